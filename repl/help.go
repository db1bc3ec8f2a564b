package repl

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"go3s/session"
)

// word is a name that every probe knows.
type word struct{ name, form, text string }

// words are the predeclared names, for help and completion.
var words = []word{
	{"pid", "pid", "the process: uint32"},
	{"tid", "tid", "the thread: uint32"},
	{"uid", "uid", "the user: uint32"},
	{"gid", "gid", "the group: uint32"},
	{"comm", "comm", "the thread's name: string, 16 bytes"},
	{"cpu", "cpu", "the CPU the probe runs on: uint32"},
	{"nsecs", "nsecs", "nanoseconds since boot, of CLOCK_MONOTONIC: uint64"},
	{"ctx", "ctx.FIELD", "a field of the tracepoint, by the kernel's name; Tab after ctx. lists them"},
	{"str", "str(p), str(p, n)", "the string that p points to, 64 or n bytes of it"},
	{"printf", "printf(FORMAT, …)", "a log line, with Go's verbs"},
	{"print", "print(a, b, …)", "a log line: the values with blanks between them"},
	{"log", `log("…", "name", v, …)`, "a log line: a message and values with their names"},
	{"emit", "emit(v)", "a record: one value, mostly a struct"},
	{"exit", "exit(), exit(n)", "end this run and the tracing, with a status"},
	{"strftime", "strftime(FORMAT, ns)", "a time such as nsecs, as %H:%M:%S or 15:04:05 say"},
	{"ksym", "ksym(addr)", "an address in the kernel, by its symbol"},
	{"usym", "usym(addr)", "an address in the process, by its symbol and file"},
	{"kaddr", `kaddr("name")`, "the address of a symbol of the kernel"},
	{"ntop", "ntop(addr)", "an address of the network: a uint32, [4]byte or [16]byte"},
	{"buf", "buf(p, n)", "the n bytes that p points to"},
	{"delete", "delete(m, k)", "remove an entry of a map"},
}

// keywords are the words of Go that a probe's body may begin a statement with.
var keywords = []string{"break", "const", "continue", "else", "false", "for", "if", "range", "return", "switch", "true", "var"}

// topic is a page of help that belongs to no command.
type topic struct{ name, text string }

var topics = []topic{
	{"probes", `A probe is a hook, a predicate if you like, and Go between braces:

    syscalls:sys_enter_openat { opens[comm]++ }
    syscalls:sys_enter_openat @comm == "bash" { printf("%d %s\n", pid, str(ctx.filename)) }
    slow := sched:sched_switch { if ctx.prev_state == 1 { sleeps[ctx.prev_comm]++ } }

A probe is called after its hook unless it has a name of its own. Entering a name again replaces the probe in one
step; its maps keep their counts. An entry that is not complete goes on in the next line.
`},
	{"expressions", `An expression is evaluated and printed; statements run once. All but constants runs in the kernel:

    1<<20                            a constant of Go
    func fib(n int) int { … }        then fib(30)
    opens                            a map, as a table
    opens["bash"] * 100 / n          values of maps, summed over the CPUs
    opens["bash"] = 0                what it does to maps stays; delete(opens, "bash") too
    strftime("%H:%M:%S", nsecs)      the time

They see what probes see but for ctx, and run in this process: pid is that of go3sh. A variable that is to stay is
declared: var limit = 5.
`},
	{"aggregates", `What a map makes of the values it is given, exact over all CPUs; without a key too, as lat.hist(ns):

    lat[comm].hist(ns)               a histogram, by powers of two
    lat[comm].lhist(ns, 0, 1000, 50) one with buckets of 50 from 0 to 1000; the bounds are constants
    lat[comm].quantile(ns)           p50, p90, p99, p99.9, p99.99 and the maximum, within 0.8 %
    x[k].stats(v)                    how many, their sum, average, minimum and maximum
    x[k].avg(v) .min(v) .max(v) .sum(v) .count()

The map's name shows it. A map has one of these for all its keys. How many keys it can hold says
var lat map[string]bpf.Hist // @bpf_map(max_entries=65536)
`},
	{"keys", `Tab          complete the word under the cursor, or list what it may become
Up, Down     earlier entries; Ctrl-R searches them
Ctrl-C       give up this line; probes stay
Ctrl-D       leave; probes are detached and maps printed
Ctrl-A/E     start, end of the line; Ctrl-W, Ctrl-U, Ctrl-K cut; Ctrl-Y puts back
`},
}

func topicNames() []string {
	var names []string
	for _, t := range topics {
		names = append(names, t.name)
	}
	return names
}

// helpTopics is all that :help knows.
func helpTopics() []string {
	names := commandNames()
	for _, w := range words {
		names = append(names, w.name)
	}
	for _, t := range topicNames() {
		if !slices.Contains(names, t) {
			names = append(names, t)
		}
	}
	return names
}

func (r *Repl) help(_ context.Context, args []string) error {
	if len(args) == 0 {
		return r.overview()
	}
	name, colon := strings.CutPrefix(args[0], ":")
	said := false
	if c, err := findCommand(name); err == nil && (c.name == name || colon) {
		r.print(fmt.Sprintf("%s\n  %s\n", c.usage(), c.short))
		if c.long != "" {
			r.print("  " + c.long + "\n")
		}
		said = true
	}
	if colon && said {
		return nil
	}
	for _, w := range words {
		if w.name == name {
			r.print(fmt.Sprintf("%s\n  %s\n", w.form, w.text))
			said = true
		}
	}
	for _, t := range topics {
		if t.name == name {
			r.print(t.text)
			said = true
		}
	}
	if !said {
		return fmt.Errorf("no help on %s%s", session.Escape(args[0]), near(name, helpTopics()))
	}
	return nil
}

// overview is the table of commands and the words of the language.
func (r *Repl) overview() error {
	r.print("Type a probe, such as   syscalls:sys_enter_openat { opens[comm]++ }   or a map's name, or a command:\n\n")
	err := r.table(func(w *tabwriter.Writer) {
		for _, c := range commands() {
			fmt.Fprintf(w, "  %s\t%s\n", c.usage(), c.short)
		}
	})
	if err != nil {
		return err
	}
	r.print("\nIn a probe:\n\n")
	return r.table(func(w *tabwriter.Writer) {
		for _, x := range words {
			fmt.Fprintf(w, "  %s\t%s\n", x.form, x.text)
		}
	})
}
