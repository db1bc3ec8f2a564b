package command

import (
	"fmt"
	"slices"
	"strings"

	"go3s/incremental/source"
	"go3s/output"
	"go3s/session/harmless"
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
	{"keys", `Tab          complete the word under the cursor, or list what it may become, with types; again: choose
Up, Down     lines of an entry, then earlier entries; Ctrl-R searches them
Enter        enter what is whole; Alt-Enter begins a new line whatever it is
Ctrl-C       give up what is typed; probes stay
Ctrl-D       leave; probes are detached and maps printed
Ctrl-A/E     start, end of the line; Alt-B/F a word back, forward
Ctrl-W/U/K   cut a word, to the start, to the end; Ctrl-Y puts back; Ctrl-_ takes a change back
Ctrl-L       clear the screen
A paste of several lines is one entry, which Enter enters.
`},
}

func topicNames() []string {
	names := []string{settingsTopic}
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
		c.overview()
		return nil
	}
	name, colon := strings.CutPrefix(c.args[0], ":")
	said := false
	if cmd, err := Find(name); err == nil && (cmd.Name == name || colon) {
		c.aboutCommand(cmd)
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
	if name == settingsTopic {
		c.aboutSettings()
		said = true
	}
	if !said {
		return fmt.Errorf("no help on %s%s", harmless.Text(c.args[0]), near(name, helpTopics()))
	}
	return nil
}

func (c *call) aboutCommand(cmd Command) {
	c.Print(fmt.Sprintf("%s\n  %s\n", cmd.Usage(), cmd.Short))
	if cmd.Long != "" {
		c.Print(wrapped(cmd.Long, "  ", c.Width()))
	}
}

// settingsTopic is the topic that is made of the settings there are.
const settingsTopic = "settings"

func (c *call) aboutSettings() {
	c.Print("Settings are changed by :set NAME VALUE, and shown by :get.\n\n")
	for _, of := range c.session.Settings() {
		c.Print(wrapped(fmt.Sprintf("%s is %s: %s", of.Name, of.Value, of.Text), "", c.Width()))
		c.Print(wrapped(fmt.Sprintf("%s, %s; default %s; felt by %s", of.Type, of.Range, of.Default, of.Effect), "    ", c.Width()))
	}
}

// wrapped is a text in lines of at most width cells, each behind an indent.
func wrapped(text, indent string, width int) string {
	var b strings.Builder
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && source.Width(indent+line+" "+word) > width {
			b.WriteString(indent + line + "\n")
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	b.WriteString(indent + line + "\n")
	return b.String()
}

// overview is the table of commands and the words of the language.
func (c *call) overview() {
	c.Print("Type a probe, such as   syscalls:sys_enter_openat { opens[comm]++ }   or a map's name, or a command:\n")
	for _, group := range Groups() {
		var rows [][]string
		for _, cmd := range All() {
			if cmd.Group == group {
				usage := cmd.Usage()
				if len(usage) > longUsage {
					usage = ":" + cmd.Name + " " + strings.Fields(cmd.Args)[0] + " …"
				}
				rows = append(rows, []string{"  " + usage, cmd.Short})
			}
		}
		c.Print("\n" + output.Lay([]output.Heading{{Name: group}, {Cut: true}}, padded(rows), c.Width()))
	}
	rows := make([][]string, len(words))
	for i, x := range words {
		rows[i] = []string{"  " + x.Form, x.Text}
	}
	c.Print("\n" + output.Lay([]output.Heading{{Name: "In a probe"}, {Cut: true}}, padded(rows), c.Width()))
}

// longUsage is how long a usage may be to stand in the overview.
const longUsage = 24

// padded makes the first column of all tables of the overview one width.
func padded(rows [][]string) [][]string {
	for _, row := range rows {
		row[0] += strings.Repeat(" ", max(0, longUsage+2-source.Width(row[0])))
	}
	return rows
}
