package view

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"go3s/view/pane"
	"go3s/view/theme"
)

// canvas is lines that panes are drawn on from left to right.
type canvas struct {
	w    int
	rows []strings.Builder
}

func newCanvas(w, h int) *canvas { return &canvas{w: w, rows: make([]strings.Builder, max(h, 0))} }

func (c *canvas) lines() []string {
	lines := make([]string, len(c.rows))
	for i := range c.rows {
		lines[i] = c.rows[i].String()
	}
	return lines
}

// put appends s, made exactly w cells wide, to row y. Rows outside are left out.
func (c *canvas) put(y int, s string, w int) {
	if y >= 0 && y < len(c.rows) {
		c.rows[y].WriteString(pane.Fit(s, w))
	}
}

// frame draws a pane in its place, with its name and note in the top line. The one with the keyboard has a mark before its name and
// another colour around it.
func (c *canvas) frame(t *theme.Theme, p place, l pane.Label, focus bool, body string) {
	if p.h <= 0 || p.w <= 0 {
		return
	}
	edge := t.Border
	if focus {
		edge = t.Frame
	}
	w, h := p.inside()
	lines := strings.Split(body, "\n")
	if !p.framed {
		c.put(p.y, title(t, l, t.Border, focus, p.w), p.w)
		for i := range h {
			c.put(p.y+1+i, at(lines, i), w)
		}
		return
	}
	c.put(p.y, edge.Text("╭─")+title(t, l, edge, focus, p.w-4)+edge.Text("─╮"), p.w)
	side := edge.Text("│")
	for i := range h {
		c.put(p.y+1+i, side+pane.Fit(at(lines, i), w)+side, p.w)
	}
	c.put(p.y+p.h-1, edge.Text("╰"+strings.Repeat("─", w)+"╯"), p.w)
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// title is the name at the left and the note at the right, with a line between them, w cells wide. The note goes first when there is no
// room for both.
func title(t *theme.Theme, l pane.Label, edge theme.Ink, focus bool, w int) string {
	name, ink := " "+l.Name+" ", t.Name
	if focus {
		name, ink = "▸ "+l.Name+" ", t.Focus
	}
	nameW := ansi.StringWidth(name)
	if nameW > w {
		return ink.Text(pane.Fit(name, w))
	}
	note, noteInk := "", t.Head
	if l.Alert {
		noteInk = t.Warn
	}
	if room := w - nameW - 3; l.Note != "" && room >= 6 {
		note = " " + ansi.Truncate(l.Note, room-2, "…") + " "
	}
	return ink.Text(name) + edge.Text(strings.Repeat("─", w-nameW-ansi.StringWidth(note))) + noteInk.Text(note)
}
