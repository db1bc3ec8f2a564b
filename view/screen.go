package view

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/view/pane"
	"go3s/view/pane/counters"
	"go3s/view/pane/log"
	"go3s/view/pane/status"
	"go3s/view/theme"
)

// screen is the model: panes in their places, one of which has the keyboard, and the status line.
type screen struct {
	theme  *theme.Theme
	rooms  []room
	status pane.Pane
	w, h   int
	focus  int // index of the room that has the keyboard
	zoom   bool
	help   help
	paused bool
	pause  func(bool)
	fault  error // why the view has to end
}

// room is a pane and its place.
type room struct {
	pane.Pane
	weight int // its share of the height, against the others'
	place  place
}

// newScreen is the screen with nothing on it yet. Older log lines are read by fetch, from commands; pause tells the feed to rest.
func newScreen(t *theme.Theme, fetch log.Fetch, pause func(bool)) *screen {
	s := &screen{
		theme:  t,
		rooms:  []room{{Pane: counters.New(t), weight: 3}, {Pane: log.New(t, fetch), weight: 2}},
		status: status.New(t),
		pause:  pause,
	}
	s.rooms[s.focus].Update(pane.Focus(true))
	return s
}

// Init does nothing: the feed brings everything.
func (s *screen) Init() tea.Cmd { return nil }

// Update gives keys to the screen's own table and then to the pane with the keyboard, and everything else to all panes.
func (s *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.w, s.h = msg.Width, msg.Height
		return s, s.arrange()
	case tea.KeyMsg:
		return s, s.press(msg)
	case fault:
		s.fault = msg.err
		return s, tea.Quit
	}
	return s, s.all(msg)
}

// press is what a key does. While help is open, keys are for it.
func (s *screen) press(msg tea.KeyMsg) tea.Cmd {
	if s.help.open && msg.String() != "ctrl+c" {
		s.help.press(s, msg)
		return nil
	}
	if cmd, known := keys.Press(s, msg); known {
		return cmd
	}
	return s.rooms[s.focus].Update(msg)
}

// all hands a message to every pane.
func (s *screen) all(msg tea.Msg) tea.Cmd {
	cmds := []tea.Cmd{s.status.Update(msg)}
	for _, r := range s.rooms {
		cmds = append(cmds, r.Update(msg))
	}
	return tea.Batch(cmds...)
}

// arrange gives the panes their places anew. A pane may ask for what it needs to fill a larger one.
func (s *screen) arrange() tea.Cmd {
	foot, places := layout(s.w, s.h, s.weights(), s.focus, s.zoom)
	s.status.SetSize(s.w, min(foot, 1))
	for i := range s.rooms {
		r := &s.rooms[i]
		r.place = places[i]
		r.SetSize(r.place.inside())
	}
	return s.all(resized{})
}

// resized tells the panes that they have a new size.
type resized struct{}

func (s *screen) weights() []int {
	w := make([]int, len(s.rooms))
	for i, r := range s.rooms {
		w[i] = r.weight
	}
	return w
}

// turn gives the keyboard to another pane.
func (s *screen) turn(step int) tea.Cmd {
	n := len(s.rooms)
	lost := s.rooms[s.focus].Update(pane.Focus(false))
	s.focus = (s.focus + step + n) % n
	return tea.Batch(lost, s.rooms[s.focus].Update(pane.Focus(true)), s.arrange())
}

// View is all of the screen.
func (s *screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	foot, _ := layout(s.w, s.h, s.weights(), s.focus, s.zoom)
	c := newCanvas(s.w, s.h-foot)
	if s.help.open {
		s.help.draw(s, c)
	} else {
		for i, r := range s.rooms {
			c.frame(s.theme, r.place, r.Label(), i == s.focus, r.View())
		}
	}
	lines := c.lines()
	if foot > 0 {
		lines = append(lines, s.status.View())
	}
	if foot > 1 {
		lines = append(lines, s.helpLine())
	}
	return s.theme.Screen(strings.Join(lines, "\n"))
}
