package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go3s/demo"
	"go3s/incremental/source"
)

const helpText = `go3sh - a shell on the running Linux kernel

usage:
  go3sh                               the prompt; :help there explains it
  go3sh -e 'PROBE' [-e …] [FLAGS]     run probes from the command line
  go3sh FILE.go3s … [FLAGS]           run probes from files
  … | go3sh [FLAGS]                   run probes from standard input

A probe is a tracepoint, a predicate if you like, and Go between braces. Log lines are printed as they come, maps as tables at the end.
Without --for or -c it ends with Ctrl-C. Whatever way it ends, nothing stays in the kernel.

  -e PROBE        a probe, a declaration, or an expression to evaluate, which runs in the kernel; may be given again
  -c COMMAND      run COMMAND by /bin/sh, trace while it runs, then print
  --for DURATION  trace so long, such as 5s or 1m30s, then print
  --json          one JSON object a line instead of text: attached, printf, map, lost, probe,
                  error; COMMAND's own output then goes to standard error
  --view          start on the full screen; q there goes to the prompt
  --check         compile only
  --emit STAGE    print what a stage of the compiler makes of the program, and attach nothing:
                  STAGES
  --demo          start a small workload and three probes that show it; on a terminal on the full screen, otherwise for 5s
  --version       print the version
  -h, --help      print this

examples:
  go3sh -e 'syscalls:sys_enter_openat { opens[comm]++ }'
  go3sh -e 'syscalls:sys_enter_openat @comm == "bash" { printf("%d %s\n", pid, str(ctx.filename)) }'
  go3sh -e 'sched:sched_switch { switches[cpu]++ }' --for 2s
  go3sh -e 'syscalls:sys_enter_openat { opens[comm]++ }' -c 'make -j2'
  go3sh -e 'func sq(n int) int { return n * n }' -e 'sq(12)'
  go3sh --json -e 'syscalls:sys_exit_read { bytes[pid] += ctx.ret }' --for 5s

exit status:
  0    tracing ended as asked, Ctrl-C included
  1    the program has errors, or the kernel or an output failed
  2    the command line is wrong
  70   an error in go3sh itself
  77   a privilege is missing
  with -c, COMMAND's own status, or 128 plus the signal that ended it
`

// options are the parsed command line.
type options struct {
	cells   []source.Cell
	command string
	last    time.Duration // --for; 0: no limit
	json    bool
	view    bool
	check   bool
	emit    string
	demo    bool
	version bool
	prompt  bool // nothing was given and a user sits at the terminal

	terminal bool // standard input and output are one
}

var errHelp = errors.New("help was asked for")

// parse reads the command line, the files it names, and standard input where programs are expected there.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var files []string
	flags := flag.NewFlagSet("go3sh", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("e", "", func(text string) error {
		name := "-e"
		if n := len(o.cells); n > 0 {
			name = fmt.Sprintf("-e#%d", n+1)
		}
		o.cells = append(o.cells, source.Cell{Name: name, Text: text})
		return nil
	})
	flags.StringVar(&o.command, "c", "", "")
	flags.Func("for", "", func(text string) (err error) {
		if o.last, err = time.ParseDuration(text); err == nil && o.last <= 0 {
			err = errors.New("it needs a time above zero")
		}
		return err
	})
	flags.BoolVar(&o.json, "json", false, "")
	flags.BoolVar(&o.view, "view", false, "")
	flags.BoolVar(&o.check, "check", false, "")
	flags.Func("emit", "", func(stage string) error {
		o.emit = stage
		return checkStage(stage)
	})
	flags.BoolVar(&o.demo, "demo", false, "")
	flags.BoolVar(&o.version, "version", false, "")
	for rest := args; ; {
		if err := flags.Parse(rest); errors.Is(err, flag.ErrHelp) {
			return o, errHelp
		} else if err != nil {
			return o, err
		}
		if flags.NArg() == 0 {
			break
		}
		if len(rest) > flags.NArg() && rest[len(rest)-flags.NArg()-1] == "--" {
			files = append(files, flags.Args()...)
			break
		}
		files = append(files, flags.Arg(0))
		rest = flags.Args()[1:]
	}
	if o.version {
		return o, nil
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return o, fmt.Errorf("read program: %w", err)
		}
		o.cells = append(o.cells, source.Cell{Name: f, Text: string(text)})
	}
	return o.complete()
}

// complete settles what follows from the flags together and from what standard input and output are.
func (o options) complete() (options, error) {
	o.terminal = isTerminal(os.Stdin) && isTerminal(os.Stdout)
	if o.demo {
		if len(o.cells) > 0 || o.command != "" {
			return o, errors.New("--demo brings its own probes and workload; leave out programs and -c")
		}
		o.cells = demo.Cells()
		o.view = o.terminal && !o.json && o.last == 0
		if !o.view && o.last == 0 {
			o.last = demo.Time
		}
		return o, nil
	}
	if len(o.cells) == 0 && !isTerminal(os.Stdin) {
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			return o, fmt.Errorf("read program from standard input: %w", err)
		}
		if strings.TrimSpace(string(text)) != "" {
			o.cells = append(o.cells, source.Cell{Name: "stdin", Text: string(text)})
		}
	}
	switch {
	case o.view && !o.terminal:
		return o, errors.New("--view needs a terminal as standard input and output")
	case o.view && (o.json || o.check || o.emit != "" || o.command != ""):
		return o, errors.New("--view can't be used with --json, --check, --emit or -c")
	case len(o.cells) > 0:
		return o, nil
	case !o.terminal:
		return o, errors.New("no program: give -e, a file, or a program on standard input; the prompt needs a terminal")
	case o.command != "" || o.json || o.check || o.emit != "":
		return o, errors.New("no program: give -e or a file")
	}
	o.prompt = true
	return o, nil
}
