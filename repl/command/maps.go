package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"go3s/output"
	"go3s/session"
)

func (c *call) maps() error {
	all := c.session.Maps()
	if len(all) == 0 {
		return errors.New("no maps yet; a probe that says opens[comm]++ makes one")
	}
	return c.table(func(w *tabwriter.Writer) {
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

func (c *call) show() error {
	name := c.args[0]
	if slices.Contains(mapNames(c.session), name) {
		return showMap(c.session, c, name, output.Options{PerCPU: true, Width: c.Width()})
	}
	for _, p := range c.session.Probes() {
		if p.Name == name {
			c.Print(describe(p))
			return nil
		}
	}
	return fmt.Errorf("no map or probe is called %s%s", session.Escape(name), near(name, append(mapNames(c.session), probeNames(c.session)...)))
}

// ShowMap prints a map as its name alone shows it at the prompt.
func ShowMap(s *session.Session, p Prompt, name string) error {
	return showMap(s, p, name, output.Options{Width: p.Width()})
}

func showMap(s *session.Session, p Prompt, name string, o output.Options) error {
	t, err := s.Read(name)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := output.Table(&b, t, o); err != nil {
		return err
	}
	p.Print(b.String())
	return nil
}

func (c *call) clear() error {
	if err := c.session.Clear(c.args[0]); err != nil {
		return err
	}
	c.Print("cleared " + c.args[0] + "\n")
	return nil
}
