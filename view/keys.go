package view

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/view/pane"
)

// keys are the screen's own rows of the key table; they go before those of the panes.
var keys = pane.Keymap[*screen]{
	pane.Bind("q", "back to the prompt; the probes go on", "q back", (*screen).quit, "q", "ctrl+c"),
	pane.Bind("?", "these keys", "? help", (*screen).toggleHelp, "?"),
	pane.Bind("tab shift+tab", "next, previous pane", "tab pane", (*screen).next, "tab", "shift+tab"),
	pane.Bind("z", "one pane on all of the screen", "z zoom", (*screen).toggleZoom, "z"),
	pane.Bind("p", "stand still; the session goes on", "p pause", (*screen).togglePause, "p"),
	pane.Bind("ctrl+z", "suspend; fg comes back", "", (*screen).suspend, "ctrl+z"),
}

func (s *screen) quit(string) tea.Cmd { return tea.Quit }

func (s *screen) suspend(string) tea.Cmd { return tea.Suspend }

func (s *screen) toggleHelp(string) tea.Cmd {
	s.help = true
	return nil
}

func (s *screen) next(key string) tea.Cmd {
	if key == "tab" {
		return s.turn(1)
	}
	return s.turn(-1)
}

func (s *screen) toggleZoom(string) tea.Cmd {
	s.zoom = !s.zoom
	return s.arrange()
}

func (s *screen) togglePause(string) tea.Cmd {
	s.paused = !s.paused
	s.pause(s.paused)
	return s.all(pane.Paused(s.paused))
}

// helpLine is the most used keys of the screen and of the pane with the keyboard, as many as fit.
func (s *screen) helpLine() string {
	rows := append(keys.Rows(), s.rooms[s.focus].Keys()...)
	var b strings.Builder
	w := 0
	for _, k := range rows {
		if k.Line == "" || w+2+ansi.StringWidth(k.Line) > s.w {
			continue
		}
		press, does := cutLast(k.Line)
		b.WriteString("  " + s.theme.Accent.Text(press) + s.theme.Head.Text(does))
		w += 2 + ansi.StringWidth(k.Line)
	}
	return pane.Fit(strings.TrimPrefix(b.String(), " "), s.w)
}

// cutLast splits "[ ] map" before its last word.
func cutLast(s string) (keys, does string) {
	if i := strings.LastIndexByte(s, ' '); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// drawHelp draws the key table: the screen's keys and those of each pane, beside each other where there is room.
func (s *screen) drawHelp(c *canvas) {
	type group struct {
		name string
		rows []pane.Key
	}
	groups := []group{{"everywhere", keys.Rows()}}
	for _, r := range s.rooms {
		groups = append(groups, group{r.Label().Name, r.Keys()})
	}
	show, does := 0, 0
	for _, g := range groups {
		for _, k := range g.rows {
			show, does = max(show, ansi.StringWidth(k.Show)), max(does, ansi.StringWidth(k.Does))
		}
	}
	var lines []string
	for _, g := range groups {
		lines = append(lines, "", " "+s.theme.Strong.Text(g.name))
		for _, k := range g.rows {
			lines = append(lines, "   "+s.theme.Accent.Text(pane.Fit(k.Show, show))+"  "+k.Does)
		}
	}
	p := place{0, 0, s.w, len(c.rows), len(c.rows) >= leastFramed && s.w >= leastWidth}
	w, h := p.inside()
	label := pane.Label{Name: "keys", Note: "any key closes"}
	c.frame(s.theme, p, label, true, columns(lines[1:], w, h, 3+show+2+does))
}

// columns breaks lines into columns of the given width beside each other, when they are more than h and there is room.
func columns(lines []string, w, h, width int) string {
	n := max(w/(width+3), 1)
	if len(lines) <= h || n == 1 || h <= 0 {
		return strings.Join(lines, "\n")
	}
	out := make([]string, min(h, len(lines)))
	for i := range out {
		for c := range n {
			out[i] += pane.Fit(at(lines, c*h+i), width+3)
		}
	}
	return strings.Join(out, "\n")
}
