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
	pane.Bind("?", "these keys", "? help", (*screen).openHelp, "?"),
	pane.Bind("tab shift+tab", "next, previous pane", "tab pane", (*screen).next, "tab", "shift+tab"),
	pane.Bind("z", "one pane on all of the screen", "z zoom", (*screen).toggleZoom, "z"),
	pane.Bind("p", "stand still; the session goes on", "p pause", (*screen).togglePause, "p"),
	pane.Bind("ctrl+z", "suspend; fg comes back", "", (*screen).suspend, "ctrl+z"),
}

func (s *screen) quit(string) tea.Cmd { return tea.Quit }

func (s *screen) suspend(string) tea.Cmd { return tea.Suspend }

func (s *screen) openHelp(string) tea.Cmd {
	s.help = help{open: true}
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
