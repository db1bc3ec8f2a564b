package view

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/view/pane"
)

// keys are the screen's own rows of the key table; they go before those of the panes.
var keys = pane.Keymap[*screen]{
	pane.Bind("q", "back to the prompt of the shell; the probes go on", "q back", (*screen).quit, "q", "ctrl+c"),
	pane.Bind("?", "these keys", "? help", (*screen).openHelp, "?"),
	pane.Bind(": i", "type a command, a probe; esc goes back to the panes", ": prompt", (*screen).openPrompt, ":", "i"),
	pane.Bind("tab shift+tab", "next, previous pane", "tab pane", (*screen).next, "tab", "shift+tab"),
	pane.Bind("z", "one pane on all of the screen", "z zoom", (*screen).toggleZoom, "z"),
	pane.Bind("p", "stand still; the session goes on", "p pause", (*screen).togglePause, "p"),
	pane.Bind("+ -", "a larger, smaller pane", "", (*screen).resize, "+", "=", "-"),
	pane.Bind("< >", "move the pane up, down", "", (*screen).move, "<", ">"),
	pane.Bind("|", "move the pane to the other column of a wide screen", "", (*screen).across, "|"),
	pane.Bind("w W", "put the pane away; all panes back", "", (*screen).putAway, "w", "W"),
	pane.Bind("m", "leave the mouse to the terminal, which can select text then; take it back", "", (*screen).toggleMouse, "m"),
	pane.Bind("ctrl+z", "suspend; fg comes back", "", (*screen).suspend, "ctrl+z"),
}

func (s *screen) quit(string) tea.Cmd { return tea.Quit }

func (s *screen) suspend(string) tea.Cmd { return tea.Suspend }

func (s *screen) openHelp(string) tea.Cmd {
	s.help = help{open: true}
	return nil
}

func (s *screen) openPrompt(key string) tea.Cmd {
	if key == ":" {
		return s.edit(key)
	}
	return s.open(promptRoom)
}

// next gives the keyboard to the next pane that is shown; zoomed, to the next that would be.
func (s *screen) next(key string) tea.Cmd {
	step := 1
	if key != "tab" {
		step = -1
	}
	n, at := len(s.rooms), slices.Index(s.rooms, s.focus)
	for i := 1; i < n; i++ {
		r := s.rooms[((at+i*step)%n+n)%n]
		if !r.current().away {
			return s.give(r)
		}
	}
	return nil
}

func (s *screen) toggleZoom(string) tea.Cmd {
	s.zoom = !s.zoom
	return s.arrange()
}

func (s *screen) togglePause(string) tea.Cmd {
	s.paused = !s.paused
	s.calls.pause(s.paused)
	return tea.Batch(s.all(pane.Paused(s.paused)), s.arrange())
}

// resize changes the share that the pane with the keyboard has of its column.
func (s *screen) resize(key string) tea.Cmd {
	w := &s.focus.shape.weight
	if key == "-" {
		*w = max(*w-1, 1)
	} else {
		*w = min(*w+1, heaviest)
	}
	return s.rearranged()
}

// move exchanges the pane with the keyboard and its neighbour in the same column.
func (s *screen) move(key string) tea.Cmd {
	step := 1
	if key == "<" {
		step = -1
	}
	at := slices.Index(s.rooms, s.focus)
	for i := at + step; i >= 0 && i < len(s.rooms); i += step {
		if s.rooms[i].shape.side == s.focus.shape.side && !s.rooms[i].current().away {
			s.rooms[at], s.rooms[i] = s.rooms[i], s.rooms[at]
			return s.rearranged()
		}
	}
	return nil
}

// across moves the pane with the keyboard to the other column.
func (s *screen) across(string) tea.Cmd {
	switch s.focus.shape.side {
	case left:
		s.focus.shape.side = right
	case right:
		s.focus.shape.side = left
	}
	return s.rearranged()
}

// putAway takes the pane with the keyboard off the screen, but not the last one.
func (s *screen) putAway(key string) tea.Cmd {
	if key == "W" {
		for _, r := range s.rooms {
			r.shape.away = false
		}
		return s.rearranged()
	}
	gone := s.focus
	cmd := s.next("tab")
	if s.focus == gone || gone.shape.side == bottom {
		return cmd
	}
	gone.shape.away = true
	return tea.Batch(cmd, s.rearranged())
}

// rearranged draws the panes in their new places, and has the arrangement kept.
func (s *screen) rearranged() tea.Cmd {
	cmd := s.arrange()
	if s.calls.keep == nil {
		return cmd
	}
	keep, text := s.calls.keep, arrangement(s.rooms)
	return tea.Batch(cmd, func() tea.Msg { keep(text); return nil })
}

func (s *screen) toggleMouse(string) tea.Cmd {
	s.mouse = !s.mouse
	if s.mouse {
		return tea.EnableMouseCellMotion
	}
	return tea.DisableMouse
}

// point is what the mouse does: a press gives the pane below it the keyboard, and the pane gets the message with the place in its own
// cells; the frame's upper line is -1.
func (s *screen) point(msg tea.MouseMsg) tea.Cmd {
	if s.help.open {
		if msg.Action == tea.MouseActionPress && !tea.MouseEvent(msg).IsWheel() {
			s.help.open = false
		}
		return nil
	}
	for _, r := range s.rooms {
		if !r.shown() || !r.place.holds(msg.X, msg.Y) {
			continue
		}
		msg.X, msg.Y = msg.X-r.place.x, msg.Y-r.place.y-1
		if r.place.framed {
			msg.X--
		}
		var cmd tea.Cmd
		if msg.Action == tea.MouseActionPress && !tea.MouseEvent(msg).IsWheel() {
			cmd = s.give(r)
		}
		return tea.Batch(cmd, r.Update(msg))
	}
	return nil
}

// helpLine is the most used keys of the screen and of the pane with the keyboard, as many as fit. Where text is typed they are the pane's
// alone.
func (s *screen) helpLine() string {
	rows := s.focus.Keys()
	if !s.focus.typing() {
		rows = append(keys.Rows(), rows...)
	}
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
