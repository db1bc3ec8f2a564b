package command

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go3s/output"
	"go3s/session"
	"go3s/session/harmless"
)

// costWindow is how long :probes measures.
const costWindow = 100 * time.Millisecond

func (c *call) probes() error {
	before := c.session.Probes()
	if len(before) == 0 {
		return errors.New("no probes yet; try syscalls:sys_enter_openat { opens[comm]++ }")
	}
	began := time.Now()
	costs, err := c.measure(before)
	took := time.Since(began)
	if err != nil {
		return err
	}
	var rows [][]string
	var notes []string
	for i, p := range c.session.Probes() {
		row := []string{p.Name, p.State.String(), p.Hook.String(), fmt.Sprint(p.Stats.Events), "", "", fmt.Sprint(p.Stats.Lost), fmt.Sprint(p.Version), ""}
		if cost, ok := costs[p.Name]; ok && p.State == session.Attached {
			if i < len(before) && before[i].Name == p.Name {
				row[4] = output.Plain.Text(float64(p.Stats.Events-before[i].Stats.Events)/took.Seconds()) + "/s"
			}
			if cost.Runs > 0 {
				row[5] = fmt.Sprint(cost.PerRun().Nanoseconds())
			}
			row[8] = share(cost)
		}
		if p.Guard != "" {
			notes = append(notes, p.Name+": "+p.Guard)
		}
		if p.Err != nil {
			notes = append(notes, p.Name+": "+p.Err.Error())
		}
		if short := output.Shortfall(p); short != "" {
			notes = append(notes, p.Name+": "+short)
		}
		rows = append(rows, row)
	}
	c.lay([]output.Heading{
		{Name: "NAME", Cut: true, Tail: true},
		{Name: "STATE"},
		{Name: "HOOK", Cut: true, Tail: true},
		{Name: "EVENTS", Right: true},
		{Name: "RATE", Right: true},
		{Name: "NS/EVENT", Right: true},
		{Name: "LOST", Right: true},
		{Name: "V", Right: true},
		{Name: "CPU", Right: true, Less: true},
	}, rows)
	c.lines(strings.Join(notes, "\n"), "")
	return nil
}

// measure is what the attached probes cost, by name; nothing is measured if there are none.
func (c *call) measure(probes []session.Probe) (map[string]session.Cost, error) {
	if !slices.ContainsFunc(probes, func(p session.Probe) bool { return p.State == session.Attached }) {
		return nil, nil
	}
	costs, err := c.session.Cost(c.ctx, costWindow)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]session.Cost, len(costs))
	for _, cost := range costs {
		byName[cost.Probe] = cost
	}
	return byName, nil
}

func share(c session.Cost) string { return fmt.Sprintf("%.1f%%", 100*c.Share()) }

func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.TimeOnly)
}

// describe prints all about one probe.
func (c *call) describe(p session.Probe) {
	c.lines(fmt.Sprintf("%s v%d at %s, %s since %s", p.Name, p.Version, p.Hook, p.State, clock(p.Since)), "")
	if p.Err != nil {
		c.lines(p.Err.Error(), "  ")
	}
	c.lines(strings.TrimSpace(p.Source), "    ")
	counts := fmt.Sprintf("%d events", p.Stats.Events)
	if p.Stats.Lost > 0 {
		counts += fmt.Sprintf(", %d records lost", p.Stats.Lost)
	}
	if short := output.Shortfall(p); short != "" {
		counts += ", " + short
	}
	c.lines(counts, "  ")
}

func (c *call) detach() error {
	return c.each("detach", c.session.Detach, session.Attached, session.Suspended)
}

func (c *call) suspend() error { return c.each("suspend", c.session.Suspend, session.Attached) }

func (c *call) resume() error { return c.each("resume", c.session.Resume, session.Suspended) }

// each does something with the probes that are named, or with all that are in one of the states.
func (c *call) each(what string, do func(...string) error, states ...session.State) error {
	names := c.args
	if slices.Equal(names, []string{"all"}) {
		names = groupNames(c.session, states...)
		if len(names) == 0 {
			return fmt.Errorf("there is no probe to %s", what)
		}
	}
	if err := do(names...); err != nil {
		return err
	}
	c.lines(past[what]+" "+strings.Join(names, ", "), "")
	return nil
}

// past is what was done, by what was to be done.
var past = map[string]string{"detach": "detached", "suspend": "suspended", "resume": "resumed", "clear": "cleared", "drop": "dropped"}

func (c *call) undo() error { return c.change(c.session.Undo()) }

func (c *call) redo() error { return c.change(c.session.Redo()) }

func (c *call) change(r session.Result, err error) error {
	if err == nil {
		c.Report(r)
	}
	return err
}

func (c *call) history() error {
	name := c.args[0]
	versions := c.session.Versions(name)
	if len(versions) == 0 {
		return c.noProbe(name)
	}
	for _, v := range versions {
		head := fmt.Sprintf("v%d  %s", v.N, clock(v.Entered))
		if v.Current {
			head += "  current"
		}
		c.lines(head, "")
		c.lines(strings.TrimSpace(v.Source), "    ")
	}
	return nil
}

func (c *call) revert() error {
	n, err := strconv.Atoi(strings.TrimPrefix(c.args[1], "v"))
	if err != nil {
		return c.usage("%s is no version's number", harmless.Text(c.args[1]))
	}
	if len(c.session.Versions(c.args[0])) == 0 {
		return c.noProbe(c.args[0])
	}
	return c.change(c.session.Revert(c.args[0], n))
}

func (c *call) noProbe(name string) error {
	return fmt.Errorf("no probe is called %s%s", harmless.Text(name), near(name, knownGroups(c.session)))
}
