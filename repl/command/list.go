package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go3s/output"
	"go3s/session/harmless"
	"go3s/session/host"
)

// functionKinds are the kinds of hooks that are functions of the kernel.
var functionKinds = []string{"kprobe", "kretprobe", "fentry", "fexit"}

func (c *call) list() error {
	all := c.session.Tracepoints()
	if len(all) == 0 {
		return errors.New("the kernel's tracepoints can't be listed")
	}
	if len(c.args) == 0 {
		return c.categories(all)
	}
	pattern := strings.TrimPrefix(c.args[0], "tracepoint:")
	found := host.MatchHooks(pattern, all)
	for _, kind := range functionKinds {
		if of, ok := strings.CutPrefix(pattern, kind+":"); ok {
			found = host.MatchHooks(kind+":"+of, prefixed(kind+":", c.session.Functions()))
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("no hook matches %s%s", harmless.Text(c.args[0]), near(pattern, all))
	}
	c.lines(strings.Join(found, "\n"), "")
	return nil
}

func prefixed(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + n
	}
	return out
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
		items[i] = harmless.Text(fmt.Sprintf("%s %d", n, count[n]))
	}
	c.Print(output.Columns(items, c.Width(), len(items)))
	return nil
}

func (c *call) fields() error {
	fields, err := c.session.Fields(c.args[0])
	if err != nil {
		return err
	}
	if len(fields) == 0 {
		c.lines("ctx has no fields at "+c.args[0], "")
		return nil
	}
	rows := make([][]string, len(fields))
	for i, f := range fields {
		rows[i] = []string{f.Name, f.Type, size(f.Size), f.CType}
		if f.Type == "" {
			rows[i][1] = "(can't be read)"
		}
	}
	headings := []output.Heading{{Name: "FIELD", Cut: true}, {Name: "TYPE", Cut: true}, {Name: "SIZE", Right: true}, {Name: "IN C", Cut: true}}
	if !slices.ContainsFunc(rows, func(row []string) bool { return row[3] != "" }) {
		headings = headings[:3]
		for i := range rows {
			rows[i] = rows[i][:3]
		}
	}
	c.lay(headings, rows)
	return nil
}

func size(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

// kernelType shows a type of the session's, or else of the kernel's.
func (c *call) kernelType() error {
	if text := c.session.TypeText(strings.Join(c.args, " ")); text != "" {
		c.lines(text, "")
		return nil
	}
	t, err := c.session.KernelType(strings.Join(c.args, " "))
	if err != nil {
		return err
	}
	if t.Text != "" {
		c.lines(t.Text, "")
		return nil
	}
	rows := make([][]string, len(t.Fields))
	for i, f := range t.Fields {
		at := fmt.Sprintf("// %d, %s", f.Offset, plural(f.Size, "byte"))
		if f.Bits > 0 {
			at = fmt.Sprintf("// %d, %s", f.Offset, plural(f.Bits, "bit"))
		}
		rows[i] = []string{f.Name, f.Type, at}
	}
	c.lines(fmt.Sprintf("type %s struct { // %s", t.Name, plural(t.Size, "byte")), "")
	for line := range strings.Lines(fieldLines(rows, c.Width())) {
		c.Print("    " + line)
	}
	c.Print("}\n")
	return nil
}

// fieldLines are the fields of a struct, one a line.
func fieldLines(rows [][]string, width int) string {
	for _, row := range rows {
		for i := range row {
			row[i] = harmless.Text(row[i])
		}
	}
	text := output.Lay([]output.Heading{{}, {Cut: true}, {}}, rows, width-4)
	_, text, _ = strings.Cut(text, "\n") // the headings, which are empty
	return text
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
