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
	"go3s/session/table"
)

func (c *call) maps() error {
	all := c.session.Maps()
	if len(all) == 0 {
		return errors.New("no maps yet; a probe that says opens[comm]++ makes one")
	}
	rows := make([][]string, len(all))
	for i, m := range all {
		key := m.Key
		if key == "" {
			key = "-"
		}
		entries := fmt.Sprint(m.Entries)
		if m.Entries == 0 {
			entries = "-"
		}
		rows[i] = []string{m.Name, key, m.Value, entries, m.Kind, strings.Join(m.Probes, " ")}
	}
	c.lay([]output.Heading{
		{Name: "NAME", Cut: true},
		{Name: "KEY", Cut: true},
		{Name: "VALUE", Cut: true},
		{Name: "ENTRIES", Right: true},
		{Name: "KIND", Less: true},
		{Name: "PROBES", Cut: true, Less: true},
	}, rows)
	return nil
}

// tableWords are the words that say how a table is shown.
var tableWords = []string{"top", "by", "as", "cpus"}

// rateWindow is how long a table is watched for its rates.
const rateWindow = time.Second

// tableOptions reads how a table is to be shown.
func (c *call) tableOptions(args []string) (output.Options, error) {
	o := tableOptions(c.session, c)
	for len(args) > 0 {
		word, value := args[0], ""
		if !slices.Contains(tableWords, word) {
			return o, c.usage("there is no %s%s", harmless.Text(word), near(word, tableWords))
		}
		args = args[1:]
		if word == "cpus" {
			o.PerCPU = true
			continue
		}
		if len(args) == 0 {
			return o, c.usage("%s what?", word)
		}
		value, args = args[0], args[1:]
		ok := false
		switch word {
		case "top":
			o.Top, _ = strconv.Atoi(value)
			ok = o.Top > 0
		case "by":
			o.By, ok = output.ParseOrder(value)
		case "as":
			var u output.Unit
			u, ok = output.ParseUnit(value)
			o.Units = func(string) output.Unit { return u }
		}
		if !ok {
			return o, c.usage("%s %s is not possible", word, harmless.Text(value))
		}
	}
	return o, nil
}

// tableOptions are how tables are shown when nothing is said.
func tableOptions(s *session.Session, p Prompt) output.Options {
	return output.Options{Width: p.Width(), Task: s.TaskName, Units: output.UnitsOf(s)}
}

func (c *call) show() error {
	name := c.args[0]
	if !slices.Contains(mapNames(c.session), name) {
		return c.showProbe(name)
	}
	o, err := c.tableOptions(c.args[1:])
	if err != nil {
		return err
	}
	if o.By == output.ByRate {
		first, err := c.session.Contents(name)
		if err != nil {
			return err
		}
		o.Since = first
		select {
		case <-c.ctx.Done():
			return c.ctx.Err()
		case <-time.After(rateWindow):
		}
	}
	return showMap(c.session, c, name, o)
}

func (c *call) showProbe(name string) error {
	found := false
	for _, p := range c.session.Probes() {
		if p.Name == name || p.Group == name {
			c.describe(p)
			found = true
		}
	}
	if !found {
		return fmt.Errorf("no map or probe is called %s%s", harmless.Text(name), near(name, append(mapNames(c.session), probeNames(c.session)...)))
	}
	return nil
}

// ShowMap prints a map as its name alone shows it at the prompt.
func ShowMap(s *session.Session, p Prompt, name string) error {
	return showMap(s, p, name, tableOptions(s, p))
}

func showMap(s *session.Session, p Prompt, name string, o output.Options) error {
	text, _, err := tableText(s, name, o)
	if err == nil {
		p.Print(text)
	}
	return err
}

// tableText is a map as text, and the reading that it was made of.
func tableText(s *session.Session, name string, o output.Options) (string, *table.Contents, error) {
	t, err := s.Contents(name)
	if err != nil {
		return "", nil, err
	}
	var b strings.Builder
	err = output.Contents(&b, t, o)
	return b.String(), t, err
}

// The shortest and the usual time between two drawings of :watch.
const (
	leastWatch = 50 * time.Millisecond
	usualWatch = time.Second
)

func (c *call) watch() error {
	name, args, every := c.args[0], c.args[1:], usualWatch
	if len(args) > 0 {
		if d, err := time.ParseDuration(args[0]); err == nil {
			every, args = d, args[1:]
		}
	}
	if every < leastWatch {
		return c.usage("the interval is %v at least", leastWatch)
	}
	o, err := c.tableOptions(args)
	if err != nil {
		return err
	}
	screen, ok := c.Prompt.(Drawer)
	if !ok {
		return errors.New("nothing can be drawn again here; :show shows it once")
	}
	for first := true; ; first = false {
		text, now, err := tableText(c.session, name, o)
		if err != nil {
			return err
		}
		wait := every
		if o.By == output.ByRate {
			o.Since = now
			if first {
				wait = min(every, leastWatch) // until there is a rate to show
			}
		}
		if done, err := screen.Draw(c.ctx, text, wait); done || err != nil {
			return err
		}
	}
}

func (c *call) clear() error {
	names := c.args
	if c.args[0] == "all" {
		if names = mapNames(c.session); len(names) == 0 {
			return errors.New("there is no map to clear")
		}
	}
	for _, name := range names {
		if err := c.session.Clear(name); err != nil {
			return err
		}
	}
	c.lines(past["clear"]+" "+strings.Join(names, ", "), "")
	return nil
}

func (c *call) drop() error {
	if err := c.session.Drop(c.args[0]); err != nil {
		return err
	}
	c.lines(past["drop"]+" "+c.args[0], "")
	return nil
}
