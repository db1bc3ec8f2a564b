package view

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/view/pane"
)

// help is the key table over the panes.
type help struct {
	open bool
	top  int // the first line shown
}

// press scrolls the table where it is longer than the screen. Any other key closes it.
func (h *help) press(s *screen, msg tea.KeyMsg) {
	lines, _, height := h.body(s)
	most := max(len(lines)-height, 0)
	switch msg.String() {
	case "down", "j":
		h.top = min(h.top+1, most)
	case "up", "k":
		h.top = max(h.top-1, 0)
	case "pgdown":
		h.top = min(h.top+height, most)
	case "pgup":
		h.top = max(h.top-height, 0)
	default:
		h.open = false
	}
}

// draw draws the table on all of the canvas.
func (h *help) draw(s *screen, c *canvas) {
	lines, p, height := h.body(s)
	top := max(min(h.top, len(lines)-height), 0)
	label := pane.Label{Name: "keys", Note: "any key closes"}
	if len(lines) > height {
		label.Note = "↑ ↓ scroll · any other key closes"
	}
	c.frame(s.theme, p, label, true, strings.Join(lines[top:], "\n"))
}

// body is the lines of the table as the screen has room for them: in columns beside each other where they are too many for one.
func (h *help) body(s *screen) (lines []string, p place, height int) {
	p = place{0, 0, s.w, s.h - s.foot, s.h-s.foot >= leastFramed && s.w >= leastWidth}
	w, height := p.inside()
	lines, width := h.lines(s)
	width += 3
	n := w / width
	if height == 0 || len(lines) <= height || n < 2 {
		return lines, p, height
	}
	n = min(n, (len(lines)+height-1)/height)
	each := (len(lines) + n - 1) / n
	rows := make([]string, each)
	for i := range rows {
		for c := range n {
			rows[i] += pane.Fit(at(lines, c*each+i), width)
		}
	}
	return rows, p, height
}

// lines are the keys of the screen and of each pane, the one with the keyboard first, and the width of the widest line.
func (h *help) lines(s *screen) (lines []string, width int) {
	type group struct {
		name string
		rows []pane.Key
	}
	groups := []group{{"everywhere", keys.Rows()}}
	at := slices.Index(s.rooms, s.focus)
	for i := range s.rooms {
		r := s.rooms[(at+i)%len(s.rooms)]
		groups = append(groups, group{r.Label().Name, r.Keys()})
	}
	show := 0
	for _, g := range groups {
		for _, k := range g.rows {
			show = max(show, ansi.StringWidth(k.Show))
		}
	}
	for i, g := range groups {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, " "+s.theme.Strong.Text(g.name))
		for _, k := range g.rows {
			l := "   " + s.theme.Accent.Text(pane.Fit(k.Show, show)) + "  " + k.Does
			lines = append(lines, l)
			width = max(width, ansi.StringWidth(l))
		}
	}
	return lines, width
}
