package command

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"go3s/session"
)

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
	names := Names()
	for _, w := range words {
		names = append(names, w.Name)
	}
	for _, t := range topicNames() {
		if !slices.Contains(names, t) {
			names = append(names, t)
		}
	}
	return names
}

func (c *call) help() error {
	if len(c.args) == 0 {
		return c.overview()
	}
	name, colon := strings.CutPrefix(c.args[0], ":")
	said := false
	if cmd, err := Find(name); err == nil && (cmd.Name == name || colon) {
		c.Print(fmt.Sprintf("%s\n  %s\n", cmd.Usage(), cmd.Short))
		if cmd.Long != "" {
			c.Print("  " + cmd.Long + "\n")
		}
		said = true
	}
	if colon && said {
		return nil
	}
	for _, w := range words {
		if w.Name == name {
			c.Print(fmt.Sprintf("%s\n  %s\n", w.Form, w.Text))
			said = true
		}
	}
	for _, t := range topics {
		if t.name == name {
			c.Print(t.text)
			said = true
		}
	}
	if !said {
		return fmt.Errorf("no help on %s%s", session.Escape(c.args[0]), near(name, helpTopics()))
	}
	return nil
}

// overview is the table of commands and the words of the language.
func (c *call) overview() error {
	c.Print("Type a probe, such as   syscalls:sys_enter_openat { opens[comm]++ }   or a map's name, or a command:\n\n")
	err := c.table(func(w *tabwriter.Writer) {
		for _, cmd := range All() {
			fmt.Fprintf(w, "  %s\t%s\n", cmd.Usage(), cmd.Short)
		}
	})
	if err != nil {
		return err
	}
	c.Print("\nIn a probe:\n\n")
	return c.table(func(w *tabwriter.Writer) {
		for _, x := range words {
			fmt.Fprintf(w, "  %s\t%s\n", x.Form, x.Text)
		}
	})
}
