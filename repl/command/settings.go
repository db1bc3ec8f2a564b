package command

import (
	"strings"

	"go3s/output"
	"go3s/session/harmless"
	"go3s/session/settings"
)

func (c *call) set() error {
	args := c.args
	if len(args) == 1 {
		name, value, ok := strings.Cut(args[0], "=")
		if !ok {
			return c.usage("set %s to what?", harmless.Text(args[0]))
		}
		args = []string{name, value}
	}
	if len(args) == 0 {
		return c.get()
	}
	if err := c.knownMap(args[0]); err != nil {
		return err
	}
	if err := c.session.Set(args[0], args[1]); err != nil {
		return err
	}
	of, err := c.session.Get(args[0])
	if err != nil {
		return err
	}
	c.lines(of.Name+" is "+of.Value+"; felt by "+of.Effect, "")
	return nil
}

func (c *call) get() error {
	if len(c.args) == 1 {
		if err := c.knownMap(c.args[0]); err != nil {
			return err
		}
		of, err := c.session.Get(c.args[0])
		if err != nil {
			return err
		}
		c.lines(of.Name+" is "+of.Value+": "+of.Text, "")
		c.lines("type: "+of.Type+"\nrange: "+of.Range+"\ndefault: "+of.Default+"\nfelt by: "+of.Effect, "  ")
		return nil
	}
	var rows [][]string
	for _, of := range c.session.Settings() {
		rows = append(rows, []string{of.Name, of.Value, of.Range, of.Text})
	}
	c.lay([]output.Heading{{Name: "SETTING"}, {Name: "VALUE", Cut: true}, {Name: "RANGE", Cut: true}, {Name: "WHAT", Cut: true}}, rows)
	return nil
}

// knownMap refuses the unit of a map that is not there.
func (c *call) knownMap(setting string) error {
	name, ok := strings.CutPrefix(setting, settings.UnitSetting)
	if !ok {
		return nil
	}
	for _, known := range mapNames(c.session) {
		if known == name {
			return nil
		}
	}
	return c.usage("no map is called %s%s", harmless.Text(name), near(name, mapNames(c.session)))
}
