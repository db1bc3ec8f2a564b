package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go3s/cmd/go3sh/manual"
	"go3s/demo"
	"go3s/incremental/source"
	"go3s/repl"
	"go3s/session/program"
	"go3s/session/settings"
)

// unitOf is what the numbers of a map are written as; of all maps if it has no name.
type unitOf struct{ name, unit string }

// options are the parsed command line.
type options struct {
	cells    []source.Cell
	units    []unitOf
	patterns []string // of -l and -lv

	command string
	pids    []int
	all     bool

	last  time.Duration // --for; 0: no limit
	every time.Duration // 0: never
	delta bool
	top   int // 0: all rows

	json, view, verbose bool
	shot                string // the file for a picture; empty for none
	size                size   // of the picture

	budget    float64 // percent of the machine's CPU; 0: no limit
	mapMemory string  // as the setting; empty: its default
	noJournal bool
	plain     bool // tracepoints are attached to as they are

	check, dryRun    bool
	emit             string
	list, listFields bool
	demo             bool

	shell              string
	man, version, help bool

	given    []string // the names of the flags
	prompt   bool     // nothing was given and a user sits at the terminal
	terminal bool     // standard input and output are one
}

// apart are flags of which a command line can have one.
var apart = [][]string{
	{"check", "dry-run", "emit", "l", "lv", "view"},
	{"check", "dry-run", "emit", "l", "lv", "demo"},
	{"c", "p"},
	{"p", "all"},
	{"c", "check", "emit", "l", "lv", "view"},
	{"p", "check", "emit", "l", "lv"},
	{"json", "view"},
	{"shot", "view", "check", "dry-run", "emit", "l", "lv"},
	{"json", "dry-run"},
	{"json", "emit"},
	{"every", "view"},
	{"every", "check", "dry-run", "emit", "l", "lv"},
	{"demo", "e"},
	{"demo", "c"},
	{"demo", "p"},
}

// needs are flags that mean something only beside another.
var needs = map[string]string{"all": "c", "delta": "every", "size": "shot"}

// parse reads the command line, the files it names, and standard input where programs are expected there.
func parse(args []string) (options, error) {
	o := options{budget: settings.DefaultBudget, size: usualSize}
	p := commandLine(&o)
	rest, err := p.Parse(args)
	switch {
	case err != nil:
		return o, err
	case o.version || o.help || o.man || o.shell != "":
		return o, nil
	}
	if err := o.conflicts(p); err != nil {
		return o, err
	}
	if o.list || o.listFields {
		if len(o.cells) > 0 {
			return o, errors.New("-e can't be used with -l: what follows -l are patterns")
		}
		o.patterns = rest
		return o, nil
	}
	for _, name := range rest {
		if err := o.addFile(name); err != nil {
			return o, err
		}
	}
	return o.complete()
}

// conflicts says which flags do not go together.
func (o *options) conflicts(p *manual.Program) error {
	dashed := func(name string) string {
		f, _ := p.Flag(name)
		return f.Dashed()
	}
	for _, set := range apart {
		var both []string
		for _, name := range set {
			if slices.Contains(o.given, name) && (name != "l" || !slices.Contains(o.given, "lv")) {
				both = append(both, dashed(name))
			}
		}
		if len(both) > 1 {
			return fmt.Errorf("%s and %s can't be used together", both[0], both[1])
		}
	}
	for _, name := range o.given {
		if with := needs[name]; with != "" && !slices.Contains(o.given, with) {
			return fmt.Errorf("%s is of use with %s only", dashed(name), dashed(with))
		}
	}
	return nil
}

// addFile takes a cell from a file, or from standard input if that is named "-". The first line of a file may name its interpreter.
func (o *options) addFile(name string) error {
	var text []byte
	var err error
	if name == "-" {
		name = "stdin"
		text, err = io.ReadAll(os.Stdin)
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return fmt.Errorf("read program: %w", err)
	}
	if strings.HasPrefix(string(text), "#!") {
		text[0], text[1] = '/', '/' // a comment of the same length, so that places hold
	}
	o.cells = append(o.cells, source.Cell{Name: name, Text: string(text)})
	return nil
}

// complete settles what follows from the flags together and from what standard input and output are.
func (o options) complete() (options, error) {
	o.terminal = isTerminal(os.Stdin) && isTerminal(os.Stdout)
	if o.view && !o.terminal {
		return o, errors.New("--view needs a terminal as standard input and output")
	}
	if o.view && repl.Dumb() {
		return o, errDumb
	}
	if o.demo {
		if len(o.cells) > 0 {
			return o, errors.New("--demo brings its own probes; leave out programs")
		}
		o.cells = demo.Cells()
		o.view = o.view || o.terminal && !repl.Dumb() && !o.json && o.shot == "" && o.last == 0 && o.every == 0
		if !o.view && o.last == 0 {
			o.last = demo.Time
		}
		return o, nil
	}
	if len(o.cells) == 0 && !isTerminal(os.Stdin) {
		if err := o.addFile("-"); err != nil {
			return o, err
		}
		if strings.TrimSpace(o.cells[0].Text) == "" {
			o.cells = nil
		}
	}
	switch {
	case len(o.cells) > 0:
		o.cells = program.Together(o.cells)
		return o, nil
	case !o.terminal:
		return o, errors.New("no program: give -e, a file, or a program on standard input; the prompt needs a terminal")
	case o.command != "" || o.json || o.check || o.emit != "" || o.every > 0 || o.dryRun || o.shot != "":
		return o, errors.New("no program: give -e or a file")
	}
	o.prompt = true
	return o, nil
}
