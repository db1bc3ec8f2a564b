package repl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"go3s/output"
	"go3s/session"
)

// command is one ":" command. Help, completion and the command's call all come from its row in commands.
type command struct {
	name  string
	args  string // as help shows them
	min   int    // arguments
	max   int
	short string
	long  string
	run   func(*Repl, context.Context, []string) error
	words func(*Repl) []string // what an argument may be, for completion; nil: nothing is known
}

// commands are all commands in the order that help shows them.
func commands() []command {
	return []command{
		{
			name: "help", args: "[TOPIC]", max: 1, short: "this list, or all about one command, word or topic",
			long: "Topics are the commands, the words that a probe knows (:help comm), and: " + strings.Join(topicNames(), ", ") + ".",
			run:  (*Repl).help, words: func(*Repl) []string { return helpTopics() },
		},
		{
			name: "probes", short: "the probes, with what they counted and lost",
			long: "EVENTS are runs that passed the predicate, LOST are records that found the ring full.",
			run:  (*Repl).probes,
		},
		{
			name: "maps", short: "the maps and counters",
			long: "A map is created by its first use and stays until the end. Its name alone, such as opens, shows its contents.",
			run:  (*Repl).maps,
		},
		{
			name: "show", args: "NAME", min: 1, max: 1, short: "a map with a column for each CPU, or a probe's source and counts",
			run: (*Repl).show, words: func(r *Repl) []string { return append(r.mapNames(), r.probeNames()...) },
		},
		{
			name: "clear", args: "MAP", min: 1, max: 1, short: "remove all entries of a map, or set them to zero",
			run: (*Repl).clear, words: (*Repl).mapNames,
		},
		{
			name: "detach", args: "NAME…|all", min: 1, max: 100, short: "take probes out of the kernel; their maps stay",
			run: (*Repl).detach, words: func(r *Repl) []string { return append(r.groupNames(), "all") },
		},
		{
			name: "list", args: "[PATTERN]", max: 1, short: "tracepoints to attach to; parts of a name, or * for any text",
			long: "Without a pattern it lists the categories. :list openat finds what Tab finds; :list sched:*wake* takes * as in a file name.",
			run:  (*Repl).list, words: func(r *Repl) []string { return r.session.Tracepoints() },
		},
		{
			name: "view", short: "live counters and log lines on the whole screen; q comes back",
			run: (*Repl).openView,
		},
		{
			name: "time", short: "where the time of the last entry went",
			run: (*Repl).times,
		},
		{
			name: "quit", short: "detach all probes, print all maps, leave; Ctrl-D does the same",
			run: func(r *Repl, _ context.Context, _ []string) error { r.quit = true; return nil },
		},
	}
}

// findCommand takes a name or the beginning of one.
func findCommand(name string) (command, error) {
	all := commands()
	var found []command
	for _, c := range all {
		if c.name == name {
			return c, nil
		}
		if name != "" && strings.HasPrefix(c.name, name) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		hint := near(name, commandNames())
		if hint == "" {
			hint = "; :help lists them"
		}
		return command{}, fmt.Errorf("no command :%s%s", session.Escape(name), hint)
	}
	names := make([]string, len(found))
	for i, c := range found {
		names[i] = ":" + c.name
	}
	return command{}, fmt.Errorf(":%s may be %s", name, strings.Join(names, " or "))
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

// command runs a command's text without the colon.
func (r *Repl) command(ctx context.Context, text string) error {
	words := strings.Fields(text)
	if len(words) == 0 {
		return r.help(ctx, nil)
	}
	c, err := findCommand(words[0])
	if err != nil {
		return err
	}
	if args := words[1:]; len(args) < c.min || len(args) > c.max {
		return errors.New("usage: " + c.usage())
	}
	return c.run(r, ctx, words[1:])
}

func (c command) usage() string { return strings.TrimSpace(":" + c.name + " " + c.args) }

func (r *Repl) mapNames() []string {
	var names []string
	for _, m := range r.session.Maps() {
		names = append(names, m.Name)
	}
	return names
}

func (r *Repl) probeNames() []string {
	var names []string
	for _, p := range r.session.Probes() {
		names = append(names, p.Name)
	}
	return names
}

// groupNames are the names that attached probes have in the user's text: probes of several hooks are detached together.
func (r *Repl) groupNames() []string {
	var names []string
	for _, p := range r.session.Probes() {
		if p.State == session.Attached && !slices.Contains(names, p.Group) {
			names = append(names, p.Group)
		}
	}
	return names
}

func (r *Repl) probes(context.Context, []string) error {
	all := r.session.Probes()
	if len(all) == 0 {
		return errors.New("no probes yet; try syscalls:sys_enter_openat { opens[comm]++ }")
	}
	return r.table(func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "NAME\tHOOK\tSTATE\tVERSION\tEVENTS\tLOST\tSINCE")
		for _, p := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%s\n", p.Name, p.Hook, stateName(p.State), p.Version, p.Stats.Events, p.Stats.Lost, clock(p.Since))
		}
	})
}

func stateName(s session.State) string {
	switch s {
	case session.Attached:
		return "attached"
	case session.Detaching:
		return "detaching"
	case session.Gone:
		return "detached"
	case session.Failed:
		return "failed"
	}
	return fmt.Sprintf("state %d", s)
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.TimeOnly)
}

func (r *Repl) maps(context.Context, []string) error {
	all := r.session.Maps()
	if len(all) == 0 {
		return errors.New("no maps yet; a probe that says opens[comm]++ makes one")
	}
	return r.table(func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "NAME\tKIND\tKEY\tVALUE\tENTRIES\tPROBES")
		for _, m := range all {
			key := m.Key
			if key == "" {
				key = "-"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", m.Name, m.Kind, key, m.Value, m.Entries, strings.Join(m.Probes, " "))
		}
	})
}

// table prints aligned columns.
func (r *Repl) table(fill func(*tabwriter.Writer)) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fill(w)
	if err := w.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		r.print(strings.TrimRight(line, " \n") + "\n")
	}
	return nil
}

func (r *Repl) showMap(name string, o output.Options) error {
	t, err := r.session.Read(name)
	if err != nil {
		return err
	}
	return output.Table(r.term, t, o)
}

func (r *Repl) show(_ context.Context, args []string) error {
	name := args[0]
	if r.isMap(name) {
		return r.showMap(name, output.Options{PerCPU: true, Width: r.term.Width()})
	}
	for _, p := range r.session.Probes() {
		if p.Name == name {
			r.print(describe(p))
			return nil
		}
	}
	return fmt.Errorf("no map or probe is called %s%s", session.Escape(name), near(name, append(r.mapNames(), r.probeNames()...)))
}

// describe is all about one probe.
func describe(p session.Probe) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s v%d at %s, %s since %s\n", p.Name, p.Version, p.Hook, stateName(p.State), clock(p.Since))
	if p.Err != nil {
		fmt.Fprintf(&b, "  %s\n", session.Escape(p.Err.Error()))
	}
	for line := range strings.Lines(strings.TrimSpace(p.Source)) {
		b.WriteString("    " + session.Escape(strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "  ")) + "\n")
	}
	fmt.Fprintf(&b, "  %d events", p.Stats.Events)
	if p.Stats.Lost > 0 {
		fmt.Fprintf(&b, ", %d records lost", p.Stats.Lost)
	}
	if short := output.Shortfall(p); short != "" {
		b.WriteString(", " + short)
	}
	b.WriteString("\n")
	return b.String()
}

func (r *Repl) detach(_ context.Context, args []string) error {
	names := args
	if slices.Equal(args, []string{"all"}) {
		names = r.groupNames()
	}
	if len(names) == 0 {
		return errors.New("no probe is attached")
	}
	if err := r.session.Detach(names...); err != nil {
		return err
	}
	r.print("detached " + strings.Join(names, ", ") + "\n")
	return nil
}

func (r *Repl) clear(_ context.Context, args []string) error {
	if err := r.session.Clear(args[0]); err != nil {
		return err
	}
	r.print("cleared " + args[0] + "\n")
	return nil
}

func (r *Repl) openView(ctx context.Context, _ []string) error {
	if r.view == nil {
		return errors.New("there is no screen to open the view on")
	}
	r.printer.pause(true)
	defer r.printer.pause(false)
	return r.view(ctx)
}

func (r *Repl) times(context.Context, []string) error {
	if len(r.last) == 0 {
		return errors.New("nothing was entered yet")
	}
	return r.table(func(w *tabwriter.Writer) {
		for _, s := range r.last {
			fmt.Fprintf(w, "%s\t%8.3f ms\n", s.Name, float64(s.Time)/float64(time.Millisecond))
		}
		fmt.Fprintf(w, "total\t%8.3f ms\n", float64(total(r.last))/float64(time.Millisecond))
	})
}

func (r *Repl) list(_ context.Context, args []string) error {
	all := r.session.Tracepoints()
	if len(all) == 0 {
		return errors.New("the kernel's tracepoints can't be listed")
	}
	if len(args) == 0 {
		return r.categories(all)
	}
	found := matchHooks(args[0], all)
	if len(found) == 0 {
		return fmt.Errorf("no tracepoint matches %s", session.Escape(args[0]))
	}
	r.print(strings.Join(found, "\n") + "\n")
	return nil
}

// categories shows how many tracepoints each category has.
func (r *Repl) categories(all []string) error {
	count := map[string]int{}
	var names []string
	for _, h := range all {
		category, _, _ := strings.Cut(h, ":")
		if count[category] == 0 {
			names = append(names, category)
		}
		count[category]++
	}
	items := make([]string, len(names))
	for i, n := range names {
		items[i] = fmt.Sprintf("%s %d", n, count[n])
	}
	r.print(columns(items, r.term.Width(), len(items)))
	return nil
}
