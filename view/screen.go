package view

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/view/pane"
	"go3s/view/pane/counters"
	"go3s/view/pane/histogram"
	"go3s/view/pane/log"
	"go3s/view/pane/probes"
	"go3s/view/pane/prompt"
	sourcepane "go3s/view/pane/source"
	"go3s/view/pane/status"
	"go3s/view/sheet"
	"go3s/view/theme"
)

// screen is the model: panes in their places, one of which has the keyboard, and the status line.
type screen struct {
	theme  *theme.Theme
	rooms  []*room
	status pane.Pane
	w, h   int
	foot   int   // lines below the panes
	focus  *room // has the keyboard
	before *room // had it before the prompt
	zoom   bool
	help   help
	paused bool
	mouse  bool
	leave  bool // the user asked to leave go3sh, not only the view
	fault  error
	calls  calls
}

// calls are what the screen needs of the world. They are called from commands, beside the program's goroutine, but for pause.
type calls struct {
	fetch  log.Fetch
	pause  func(bool)
	slow   func(bool)         // the terminal is not looked at
	cost   func(bool)         // what the probes cost is to be shown
	list   func(group string) // the lines of that probe are to be shown, of none if it is empty
	want   func(sheet.Want)   // what a pane shows of the maps
	stir   func()             // maps may have changed without an event
	copy   func(text string) error
	prompt Prompt                // without Run there is no prompt
	keep   func(arranged string) // takes the arrangement when the user has changed it; may be nil
	shown  func(screen string)   // is told what is drawn; may be nil
}

// newScreen is the screen with nothing on it yet.
func newScreen(t *theme.Theme, c calls) *screen {
	s := &screen{
		theme: t,
		rooms: []*room{
			{Pane: probes.New(t), name: probesRoom, shape: shape{side: left, weight: 2, least: 4, rank: 2}},
			{Pane: counters.New(t), name: "counters", shape: shape{side: left, weight: 3, least: 6, rank: 4}},
			{Pane: histogram.New(t), name: "histogram", shape: shape{side: left, weight: 3, least: 7, rank: 5}},
			{Pane: log.New(t, c.fetch), name: "log", shape: shape{side: right, weight: 2, least: 5, rank: 3}},
			{Pane: sourcepane.New(t), name: sourceRoom, shape: shape{side: right, weight: 4, least: 6, rank: 5}},
		},
		status: status.New(t),
		mouse:  true,
		calls:  c,
	}
	if c.prompt.Run != nil {
		s.rooms = append(s.rooms, &room{
			Pane: prompt.New(t, c.prompt.Line), name: "prompt",
			shape: shape{side: bottom, weight: 1, least: 3, rank: 9},
		})
	}
	s.focus = s.named("counters")
	s.focus.Update(pane.Focus(true))
	return s
}

// Init does nothing: the feed brings everything.
func (s *screen) Init() tea.Cmd { return nil }

// Update takes a message in, and arranges the panes anew where one has come to want more room, or less.
func (s *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := s.take(msg)
	return s, tea.Batch(cmd, s.settle())
}

// take gives keys to the screen's own table and then to the pane with the keyboard, the mouse to the pane below it, and everything else
// to all panes.
func (s *screen) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.w, s.h = msg.Width, msg.Height
		return s.arrange()
	case tea.KeyMsg:
		return s.keys(msg)
	case tea.MouseMsg:
		return s.point(msg)
	case tea.FocusMsg:
		s.calls.slow(false)
		return nil
	case tea.BlurMsg:
		s.calls.slow(true)
		return nil
	case fault:
		s.fault = msg.err
		return tea.Quit
	case news:
		var cmds []tea.Cmd
		for _, m := range msg {
			cmds = append(cmds, s.take(m))
		}
		return tea.Batch(cmds...)
	case sheet.Want:
		s.calls.want(msg)
		return nil
	case pane.Copy:
		return s.copied(msg)
	case pane.Do:
		return s.run(msg.Line)
	case pane.Outcome:
		return s.outcome(msg)
	case pane.Edit:
		return s.edit(msg.Text)
	case pane.Back:
		return s.back()
	case pane.Open:
		return tea.Batch(s.all(msg), s.open(msg.Pane))
	}
	return s.all(msg)
}

// outcome is what a line came to.
func (s *screen) outcome(o pane.Outcome) tea.Cmd {
	if o.Leave {
		s.leave = true
		return tea.Quit
	}
	s.calls.stir()
	cmd := s.all(o)
	if o.Edit != "" {
		cmd = tea.Batch(cmd, s.edit(o.Edit))
	}
	return cmd
}

// keys takes characters that were typed so fast that they come together one by one, unless they were pasted.
func (s *screen) keys(msg tea.KeyMsg) tea.Cmd {
	if msg.Type != tea.KeyRunes || msg.Paste || len(msg.Runes) < 2 {
		return s.press(msg)
	}
	var cmds []tea.Cmd
	for _, r := range msg.Runes {
		cmds = append(cmds, s.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: msg.Alt}))
	}
	return tea.Batch(cmds...)
}

// press is what a key does. While help is open, keys are for it; where text is typed they go there first.
func (s *screen) press(msg tea.KeyMsg) tea.Cmd {
	urgent := msg.Type == tea.KeyCtrlC || msg.Type == tea.KeyCtrlZ
	switch {
	case s.help.open && !urgent:
		s.help.press(s, msg)
		return nil
	case s.focus.typing() && !urgent:
		return s.focus.Update(msg)
	case s.focus.typing() && msg.Type == tea.KeyCtrlC:
		return tea.Batch(s.focus.Update(msg), s.back())
	}
	if cmd, known := keys.Press(s, msg); known {
		return cmd
	}
	return s.focus.Update(msg)
}

// run has a line entered as at the prompt.
func (s *screen) run(line string) tea.Cmd {
	run, width := s.calls.prompt.Run, max(s.w-2, 20)
	if run == nil {
		return nil
	}
	return func() tea.Msg { return run(line, width) }
}

// copied puts a text into the terminal's clipboard.
func (s *screen) copied(c pane.Copy) tea.Cmd {
	put := s.calls.copy
	return func() tea.Msg { return pane.Copied{Pane: c.Pane, What: c.What, Err: put(c.Text)} }
}

// all hands a message to every pane.
func (s *screen) all(msg tea.Msg) tea.Cmd {
	cmds := []tea.Cmd{s.status.Update(msg)}
	for _, r := range s.rooms {
		cmds = append(cmds, r.Update(msg))
	}
	return tea.Batch(cmds...)
}

// settle arranges the panes anew when one of them wants more lines, or fewer, than it has, or has come or gone.
func (s *screen) settle() tea.Cmd {
	foot, places := s.layout()
	if foot != s.foot {
		return s.arrange()
	}
	for i, r := range s.rooms {
		if places[i] != r.place {
			return s.arrange()
		}
	}
	return nil
}

// layout is where the panes stand as they are now.
func (s *screen) layout() (foot int, places []place) {
	shapes := make([]shape, len(s.rooms))
	for i, r := range s.rooms {
		shapes[i] = r.current()
	}
	return layout(s.w, s.h, shapes, slices.Index(s.rooms, s.focus), s.zoom)
}

// arrange gives the panes their places anew. A pane may ask for what it needs to fill a larger one.
func (s *screen) arrange() tea.Cmd {
	foot, places := s.layout()
	s.foot = foot
	s.status.SetSize(s.w, min(foot, 1))
	s.calls.cost(!s.paused && (foot > 0 || s.named(probesRoom).shown()))
	for i, r := range s.rooms {
		r.place = places[i]
		r.SetSize(r.place.inside())
		switch r.name {
		case sourceRoom:
			s.calls.list(s.listed(r))
		}
	}
	return s.all(resized{})
}

// listed is the probe whose lines are on the screen, empty for none.
func (s *screen) listed(r *room) string {
	if p, ok := r.Pane.(interface{ Group() string }); ok && r.shown() {
		return p.Group()
	}
	return ""
}

// resized tells the panes that they have a new size.
type resized struct{}

// give gives the keyboard to a pane.
func (s *screen) give(r *room) tea.Cmd {
	if r == s.focus {
		return nil
	}
	lost := s.focus.Update(pane.Focus(false))
	if s.focus.name != promptRoom {
		s.before = s.focus
	}
	s.focus = r
	return tea.Batch(lost, r.Update(pane.Focus(true)), s.arrange())
}

// Names of rooms that the screen knows more of.
const (
	probesRoom = "probes" // shows what the probes cost
	sourceRoom = "source" // shows the lines of a probe
	promptRoom = "prompt" // takes lines
)

// named is the room of that name, nil if there is none.
func (s *screen) named(name string) *room {
	for _, r := range s.rooms {
		if r.name == name {
			return r
		}
	}
	return nil
}

// open shows a pane and gives it the keyboard.
func (s *screen) open(name string) tea.Cmd {
	r := s.named(name)
	if r == nil {
		return nil
	}
	r.shape.away = false
	return tea.Batch(s.give(r), s.arrange())
}

// edit puts a text into the prompt.
func (s *screen) edit(text string) tea.Cmd {
	r := s.named(promptRoom)
	if r == nil {
		return nil
	}
	return tea.Batch(s.give(r), r.Update(pane.Edit{Text: text}))
}

// back leaves the prompt for the pane that had the keyboard before.
func (s *screen) back() tea.Cmd {
	if s.focus.name != promptRoom || s.before == nil {
		return nil
	}
	return s.give(s.before)
}

// View is all of the screen.
func (s *screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	c := newCanvas(s.w, s.h-s.foot)
	if s.help.open {
		s.help.draw(s, c)
	} else {
		s.draw(c)
	}
	lines := c.lines()
	if s.foot > 0 {
		lines = append(lines, s.status.View())
	}
	if s.foot > 1 {
		lines = append(lines, s.helpLine())
	}
	screen := s.theme.Screen(strings.Join(lines, "\n"))
	if s.calls.shown != nil {
		s.calls.shown(screen)
	}
	return screen
}

// draw draws the panes, those that begin further left first.
func (s *screen) draw(c *canvas) {
	rooms := slices.Clone(s.rooms)
	slices.SortStableFunc(rooms, func(a, b *room) int { return a.place.x - b.place.x })
	for _, r := range rooms {
		if r.shown() {
			c.frame(s.theme, r.place, r.Label(), r == s.focus, r.View())
		}
	}
}
