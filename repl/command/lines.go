package command

import (
	"strings"

	"go3s/output"
	"go3s/session/harmless"
)

// lines prints a text from elsewhere, harmless for a terminal, each line behind an indent.
func (c *call) lines(text, indent string) {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "    ")
		b.WriteString(strings.TrimRight(indent+harmless.Text(line), " ") + "\n")
	}
	c.Print(b.String())
}

// lay prints a table of text.
func (c *call) lay(headings []output.Heading, rows [][]string) {
	for _, row := range rows {
		for i := range row {
			row[i] = harmless.Text(row[i])
		}
	}
	c.Print(output.Lay(headings, rows, c.Width()))
}
