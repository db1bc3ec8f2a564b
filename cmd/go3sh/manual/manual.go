// Package manual makes the help text, the man page, the Markdown page and the completion scripts of a program from one table of its
// command line, so that none of them can be behind the others. It also reads command lines by that table.
package manual

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Program describes a command line.
type Program struct {
	Name     string
	Summary  string // what it is, without a full stop
	Synopsis []Line
	Text     []string // paragraphs
	Groups   []Group
	Examples []Line
	Exits    []Line // the exit statuses and what they mean
	Files    []Line
	Environ  []Line // environment variables
	SeeAlso  []string
}

// Line is a piece of a command line, or a name, and what it is.
type Line struct{ Left, Text string }

// Group is flags that belong together.
type Group struct {
	Title string
	Flags []Flag
}

// Flag is one flag.
type Flag struct {
	Name  string // without dashes: e, json
	Arg   string // the name of its argument, in capitals; "" for a flag without one
	Short string // what it does, in one sentence without its full stop
	Long  string // more of that, full sentences; may be empty
	Values
	Set func(value string) error // takes the argument, "" without one
}

// Values say what an argument may be, for completion.
type Values struct {
	Kind  ValueKind
	Words []string // of the kind Words
}

// ValueKind is a kind of arguments.
type ValueKind uint8

// The kinds of arguments.
const (
	Text ValueKind = iota
	Words
	Files
	Processes
	Commands
)

// Dashed is the flag as it is typed: one dash before a single letter and the pair lv, two before others.
func (f Flag) Dashed() string {
	if len(f.Name) <= 2 {
		return "-" + f.Name
	}
	return "--" + f.Name
}

// Usage is the flag with its argument.
func (f Flag) Usage() string { return strings.TrimSpace(f.Dashed() + " " + f.Arg) }

// Flags are those of all groups.
func (p *Program) Flags() []Flag {
	var all []Flag
	for _, g := range p.Groups {
		all = append(all, g.Flags...)
	}
	return all
}

// Flag finds a flag by its name.
func (p *Program) Flag(name string) (Flag, bool) {
	for _, f := range p.Flags() {
		if f.Name == name {
			return f, true
		}
	}
	return Flag{}, false
}

// width is that of the help text.
const width = 100

// Help is the help text.
func (p *Program) Help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s - %s\n\nusage:\n", p.Name, p.Summary)
	columns(&b, p.Synopsis, 42)
	for _, t := range p.Text {
		b.WriteByte('\n')
		for _, line := range wrap(t, width) {
			b.WriteString(line + "\n")
		}
	}
	for _, g := range p.Groups {
		fmt.Fprintf(&b, "\n%s:\n", g.Title)
		lines := make([]Line, len(g.Flags))
		for i, f := range g.Flags {
			lines[i] = Line{f.Usage(), f.Short}
			if f.Kind == Words {
				lines[i].Text += ": " + strings.Join(f.Words, ", ")
			}
		}
		columns(&b, lines, 22)
	}
	b.WriteString("\nexamples:\n")
	for _, e := range p.Examples {
		fmt.Fprintf(&b, "  %s\n", e.Left)
	}
	b.WriteString("\nexit status:\n")
	columns(&b, p.Exits, 6)
	fmt.Fprintf(&b, "\nThe whole of it: %s --man | man -l -\n", p.Name)
	return b.String()
}

// columns writes lines in two columns, the right one wrapped.
func columns(b *strings.Builder, lines []Line, left int) {
	for _, l := range lines {
		at := "  " + l.Left
		if n := utf8.RuneCountInString(at); n < left {
			at += strings.Repeat(" ", left-n)
		} else {
			at += "  "
		}
		for _, line := range wrap(l.Text, width-left) {
			b.WriteString(strings.TrimRight(at+line, " ") + "\n")
			at = strings.Repeat(" ", left)
		}
	}
}

// wrap breaks a text into lines of at most n letters, where words allow it. An empty text is one empty line.
func wrap(text string, n int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= n:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
