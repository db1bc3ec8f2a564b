package command

import (
	"strings"
	"text/tabwriter"
)

// table prints aligned columns.
func (c *call) table(fill func(*tabwriter.Writer)) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fill(w)
	if err := w.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		c.Print(strings.TrimRight(line, " \n") + "\n")
	}
	return nil
}
