package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"go3s/output"
	"go3s/session"
)

func (c *call) probes() error {
	all := c.session.Probes()
	if len(all) == 0 {
		return errors.New("no probes yet; try syscalls:sys_enter_openat { opens[comm]++ }")
	}
	return c.table(func(w *tabwriter.Writer) {
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

func (c *call) detach() error {
	names := c.args
	if slices.Equal(c.args, []string{"all"}) {
		names = groupNames(c.session)
	}
	if len(names) == 0 {
		return errors.New("no probe is attached")
	}
	if err := c.session.Detach(names...); err != nil {
		return err
	}
	c.Print("detached " + strings.Join(names, ", ") + "\n")
	return nil
}
