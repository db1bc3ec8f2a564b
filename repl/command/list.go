package command

import (
	"errors"
	"fmt"
	"strings"

	"go3s/output"
	"go3s/session"
)

func (c *call) list() error {
	all := c.session.Tracepoints()
	if len(all) == 0 {
		return errors.New("the kernel's tracepoints can't be listed")
	}
	if len(c.args) == 0 {
		return c.categories(all)
	}
	found := session.MatchHooks(c.args[0], all)
	if len(found) == 0 {
		return fmt.Errorf("no tracepoint matches %s", session.Escape(c.args[0]))
	}
	c.Print(strings.Join(found, "\n") + "\n")
	return nil
}

// categories shows how many tracepoints each category has.
func (c *call) categories(all []string) error {
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
	c.Print(output.Columns(items, c.Width(), len(items)))
	return nil
}
