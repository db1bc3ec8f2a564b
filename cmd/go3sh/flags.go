package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go3s/cmd/go3sh/manual"
	"go3s/incremental/source"
	"go3s/output"
	"go3s/session/settings"
	"go3s/view/shot"
)

// commandLine describes the command line of go3sh. Its flags set o.
func commandLine(o *options) *manual.Program {
	return &manual.Program{
		Name:    "go3sh",
		Summary: "a shell on the running Linux kernel",
		Synopsis: []manual.Line{
			{Left: "go3sh [-p PID]", Text: "the prompt; :help there explains it"},
			{Left: "go3sh [FLAG…] -e PROBE… [-c COMMAND]", Text: "run probes from the command line"},
			{Left: "go3sh [FLAG…] FILE…", Text: "run probes from files; - is standard input"},
			{Left: "… | go3sh [FLAG…]", Text: "run probes from standard input"},
			{Left: "go3sh -l [PATTERN…]", Text: "list hooks"},
		},
		Text: []string{
			"A probe is a hook, a predicate if you like, and Go between braces. Log lines are printed as they come, maps as tables at the end. " +
				"Without --for, -c or -p it ends with Ctrl-C. Whatever way it ends, nothing stays in the kernel.",
			"With -c or -p probes see only the events that happen while one of the processes has the CPU: of COMMAND and PID themselves, and " +
				"of all they start, which the kernel side follows through fork before the new process runs. Hooks without a process (begin, end, " +
				"interval, xdp, tc) see everything, as they do without.",
		},
		Groups:   o.groups(),
		Examples: examples,
		Exits:    exits,
		Environ: []manual.Line{
			{Left: "NO_COLOR", Text: "if set, the prompt and the screen have no colours"},
			{Left: "XDG_STATE_HOME", Text: "where the history of the prompt is kept; ~/.local/state without it"},
		},
		Files: []manual.Line{
			{Left: "~/.local/state/go3sh/history", Text: "what was entered at the prompt, readable by its owner only"},
			{Left: "/run/go3sh", Text: "what was found out about the running kernel, so that the next start need not; of other users than root it is in XDG_RUNTIME_DIR"},
		},
		SeeAlso: []string{"bpf(2)", "bpftrace(8)", "perf(1)"},
	}
}

// exits are the exit statuses and what they mean.
var exits = []manual.Line{
	{Left: strconv.Itoa(exitOK), Text: "tracing ended as asked: by Ctrl-C, SIGTERM, SIGHUP, --for, the end of PID, or exit() in a program; or nothing reads the output any more"},
	{Left: strconv.Itoa(exitFailed), Text: "the program has errors, or the kernel or an output failed"},
	{Left: strconv.Itoa(exitUsage), Text: "the command line is wrong, or a file that it names can't be read"},
	{Left: strconv.Itoa(exitInternal), Text: "an error in go3sh itself; 2 where Go's runtime ends the process for it"},
	{Left: strconv.Itoa(exitPrivilege), Text: "a privilege is missing"},
	{Left: strconv.Itoa(exitQuit), Text: "ended at once, without a last report, by SIGQUIT, as Ctrl-\\ sends it"},
	{Left: "N", Text: "of exit(N) in a program; with -c of COMMAND itself, 128 more than the number of the signal that ended it"},
}

var examples = []manual.Line{
	{Left: "go3sh -e 'syscalls:sys_enter_openat { opens[comm]++ }'", Text: "Who opens files"},
	{Left: `go3sh -e 'syscalls:sys_enter_openat @comm == "bash" { printf("%d %s\n", pid, str(ctx.filename)) }'`, Text: "Which files bash opens"},
	{Left: "go3sh -e 'sched:sched_switch { switches[cpu]++ }' --every 1s --delta", Text: "Context switches a second, by CPU"},
	{Left: "go3sh -e 'syscalls:sys_enter_openat { opens[comm]++ }' -c 'make -j2'", Text: "What a command and all it starts open"},
	{Left: "go3sh -e 'raw_syscalls:sys_enter { calls[ctx.id]++ }' -p 1234 --for 10s --top 5", Text: "The system calls that a process makes most often"},
	{Left: "go3sh -e 'func sq(n int) int { return n * n }' -e 'sq(12)'", Text: "An expression, computed in the kernel"},
	{Left: "go3sh --json -e 'syscalls:sys_exit_read { bytes[pid] += ctx.ret }' --for 5s", Text: "The same for programs"},
	{Left: "go3sh -lv sched:sched_switch", Text: "What a hook has to tell"},
	{Left: "go3sh --check probes.go3s", Text: "Whether this kernel takes a program, for CI"},
}

// groups are the flags, in the order of the help text.
func (o *options) groups() []manual.Group {
	groups := []manual.Group{
		{Title: "programs", Flags: []manual.Flag{
			{
				Name: "e", Arg: "PROBE", Short: "a probe, a declaration, or an expression to evaluate in the kernel; may be given again", Set: o.addText,
				Long: "All texts and files of a command line are one program.",
			},
		}},
		{Title: "what is traced", Flags: o.targetFlags()},
		{Title: "how long", Flags: []manual.Flag{
			{Name: "for", Arg: "DURATION", Short: "trace so long, such as 5s or 1m30s, then print", Set: duration(&o.last)},
		}},
		{Title: "what it may cost", Flags: o.costFlags()},
		{Title: "output", Flags: o.outputFlags()},
		{Title: "without tracing", Flags: o.inquiryFlags()},
		{Title: "about", Flags: o.aboutFlags()},
	}
	for _, g := range groups {
		for i, f := range g.Flags {
			g.Flags[i].Set = func(value string) error {
				o.given = append(o.given, f.Name)
				return f.Set(value)
			}
		}
	}
	return groups
}

// targetFlags say whose events are traced.
func (o *options) targetFlags() []manual.Flag {
	return []manual.Flag{
		{
			Name: "c", Arg: "COMMAND", Short: "run COMMAND by /bin/sh, trace it and all it starts until it ends, then print", Set: text(&o.command, "it needs a command"),
			Values: manual.Values{Kind: manual.Commands},
			Long:   "It starts when the probes are attached. Its exit status becomes that of go3sh.",
		},
		{
			Name: "p", Arg: "PID", Short: "trace this process and all it has started or starts; may be given again", Set: o.addProcess,
			Values: manual.Values{Kind: manual.Processes},
			Long:   "All threads of it. Tracing ends when the processes have ended that were given.",
		},
		{
			Name: "all", Short: "with -c: trace all processes while COMMAND runs", Set: manual.Switch(&o.all),
		},
	}
}

// costFlags bound what tracing takes of the machine.
func (o *options) costFlags() []manual.Flag {
	return []manual.Flag{
		{
			Name: "budget", Arg: "PERCENT", Short: "what all probes together may take of the machine's CPU; 2 if not given, off for no limit",
			Set: percent(&o.budget),
			Long: "It is measured for some milliseconds a second. Probes that take more get 1 of N events, which is said, and their counts are " +
				"scaled and marked with ~; those that take more even so are suspended.",
		},
		{
			Name: "mapmemory", Arg: "SIZE", Short: "how much of the kernel's memory all maps may take, such as 1G; 256M if not given, or a twentieth of all, if that is less",
			Set: text(&o.mapMemory, "it needs a size such as 64M"),
		},
		{
			Name: "plain", Short: "attach to tracepoints through perf's events even where raw tracepoints would do", Set: manual.Switch(&o.plain),
			Long: "Without it a probe at a tracepoint that reads no field of it goes to the raw tracepoint beneath, if no prompt follows at which it could " +
				"be edited: an event costs less there, and the probe is gone at once at the end. What it counts and tells is the same.",
		},
		{
			Name: "no-journal", Short: "do not tell the system log what is attached and detached", Set: manual.Switch(&o.noJournal),
			Long: "Without it a line goes to /dev/log, if a log listens there: who attached, replaced or detached which probe at which hook, and the " +
				"tag of its program.",
		},
	}
}

// outputFlags say what is written, and how.
func (o *options) outputFlags() []manual.Flag {
	return []manual.Flag{
		{Name: "every", Arg: "DURATION", Short: "print the maps at intervals too, such as 1s", Set: duration(&o.every)},
		{
			Name: "delta", Short: "with --every: print what came since the last time", Set: manual.Switch(&o.delta),
			Long: "The difference is taken while reading and nothing is cleared, so that no event is lost: the intervals add up to the total. " +
				"It is taken of counts, sums, averages, histograms and quantiles. Minima, maxima and maps that programs assign to are as they are.",
		},
		{Name: "top", Arg: "N", Short: "print the N largest rows of each map only", Set: count(&o.top)},
		{
			Name: "units", Arg: "UNIT", Short: "write the numbers of maps as UNIT: plain, count, bytes, time; may be given again", Set: o.addUnit,
			Values: manual.Values{Kind: manual.Words, Words: output.Units()},
			Long:   "MAP=UNIT is for one map. time takes nanoseconds and writes 1.23ms. JSON has numbers as they are.",
		},
		{
			Name: "json", Short: "print one JSON object a line instead of text", Set: manual.Switch(&o.json),
			Long: "docs/JSON.md describes the objects. COMMAND's own output then goes to standard error.",
		},
		{Name: "view", Short: "start on the full screen; q there goes to the prompt", Set: manual.Switch(&o.view)},
		{
			Name: "shot", Arg: "FILE", Short: "write a picture of the full screen at the end, as .png, .svg, .ans or .txt", Set: o.setShot,
			Values: manual.Values{Kind: manual.Files},
			Long:   "It is drawn as tracing goes on, without a terminal. The file is readable for its owner only; one that is there is written over.",
		},
		{Name: "size", Arg: "WxH", Short: "with --shot: columns and lines of the screen; 120x40 without", Set: o.size.set},
		{Name: "v", Short: "say on standard error what each stage took and what the kernel has and needs", Set: manual.Switch(&o.verbose)},
	}
}

// inquiryFlags are those that trace nothing, or a workload of their own.
func (o *options) inquiryFlags() []manual.Flag {
	return []manual.Flag{
		{
			Name: "check", Short: "compile and load the program, attach nothing", Set: manual.Switch(&o.check),
			Long: "It ends with status 0 if this kernel's verifier takes all of it, else with 1 and says why: made for CI.",
		},
		{Name: "dry-run", Short: "compile, and say what would be attached and created; load nothing", Set: manual.Switch(&o.dryRun)},
		{
			Name: "emit", Arg: "STAGE", Short: "print what a stage of the compiler makes of the program", Set: manual.Word(&o.emit, stageNames()),
			Values: manual.Values{Kind: manual.Words, Words: stageNames()},
		},
		{
			Name: "l", Short: "list the hooks that match PATTERNs, or all", Set: manual.Switch(&o.list),
			Long: "A PATTERN with a * is matched as a file name is; otherwise its parts must be found in a hook in their order.",
		},
		{
			Name: "lv", Short: "list hooks with the fields of ctx and their types", Set: manual.Switch(&o.listFields),
			Long: "A hook of any kind can be named in full, such as kprobe:vfs_read.",
		},
		{Name: "demo", Short: "start a small workload and three probes that show it", Set: manual.Switch(&o.demo), Long: "On a terminal on the full screen, otherwise for 5s."},
	}
}

// aboutFlags are about go3sh itself.
func (o *options) aboutFlags() []manual.Flag {
	return []manual.Flag{
		{
			Name: "completion", Arg: "SHELL", Short: "print a completion script", Set: manual.Word(&o.shell, manual.Shells()),
			Values: manual.Values{Kind: manual.Words, Words: manual.Shells()},
		},
		{Name: "man", Short: "print the man page", Set: manual.Switch(&o.man)},
		{Name: "version", Short: "print the version", Set: manual.Switch(&o.version)},
		{Name: "help", Short: "print this", Set: manual.Switch(&o.help)},
		{Name: "h", Short: "the same", Set: manual.Switch(&o.help)},
	}
}

// addText takes a cell from the command line.
func (o *options) addText(text string) error {
	name := "-e"
	if n := len(o.cells); n > 0 {
		name = fmt.Sprintf("-e#%d", n+1)
	}
	o.cells = append(o.cells, source.Cell{Name: name, Text: text})
	return nil
}

func (o *options) addProcess(text string) error {
	pid, err := strconv.ParseInt(text, 10, 32)
	if err != nil || pid < 1 {
		return errors.New("it is no process number")
	}
	o.pids = append(o.pids, int(pid))
	return nil
}

// addUnit takes a unit for all maps, or for one.
func (o *options) addUnit(text string) error {
	name, unit, one := strings.Cut(text, "=")
	if !one {
		name, unit = "", text
	}
	if _, ok := output.ParseUnit(unit); !ok || one && name == "" {
		return fmt.Errorf("it is none of %s, nor MAP= with one of them", strings.Join(output.Units(), ", "))
	}
	o.units = append(o.units, unitOf{name, unit})
	return nil
}

func (o *options) setShot(name string) error {
	o.shot = name
	return shot.Check(name)
}

// text takes any text but an empty one, for which it says what is needed.
func text(place *string, need string) func(string) error {
	return func(value string) error {
		if value == "" {
			return errors.New(need)
		}
		*place = value
		return nil
	}
}

func percent(place *float64) func(string) error {
	return func(value string) (err error) {
		if *place, err = settings.ParseBudget(value); err != nil {
			return errors.New("it is no percentage such as 2 or 0.5, nor off")
		}
		return nil
	}
}

func duration(place *time.Duration) func(string) error {
	return func(value string) error {
		d, err := time.ParseDuration(value)
		switch {
		case err != nil:
			return errors.New("it is no time such as 500ms, 5s or 1m30s")
		case d <= 0:
			return errors.New("it needs a time above zero")
		}
		*place = d
		return nil
	}
}

func count(place *int) func(string) error {
	return func(value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return errors.New("it needs a number above zero")
		}
		*place = n
		return nil
	}
}
