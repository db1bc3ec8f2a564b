package view

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"github.com/muesli/termenv"

	"go3s/repl/complete"
	"go3s/repl/line"
	"go3s/session"
	"go3s/session/record"
	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/sheet"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

var start = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

// read is a log of next records; record n says n.
func read(next uint64) func(uint64, int) (uint64, []record.Record) {
	return func(seq uint64, n int) (uint64, []record.Record) {
		var out []record.Record
		for i := seq; i < min(seq+uint64(n), next); i++ {
			out = append(out, record.Record{
				Probe: []string{"opens", "sys_enter_read"}[i%2],
				Time:  start.Add(time.Duration(i) * 1234 * time.Microsecond),
				Text:  fmt.Sprintf("%d opener[%d] /var/lib/opener/data/%d.db\n", i, 1000+i*7%9000, i*i),
			})
		}
		return seq, out
	}
}

// stage is a screen and what it is shown.
type stage struct {
	*screen
	t     *testing.T
	shelf viewtest.Shelf
	came  []tea.Msg // from the shelf
}

func newStage(t *testing.T, th *theme.Theme, w, h int, next uint64) *stage {
	s := newSilentStage(t, th, next)
	s.send(tea.WindowSizeMsg{Width: w, Height: h})
	return s
}

// newSilentStage is a stage whose screen has no size yet.
func newSilentStage(t *testing.T, th *theme.Theme, next uint64) *stage {
	s := &stage{screen: newScreen(th, callsFor(next)), t: t}
	s.calls.want = func(w sheet.Want) { s.came = append(s.came, s.shelf.Want(w)) }
	return s
}

// callsFor are calls to a log of next records, with a prompt that repeats what is typed.
func callsFor(next uint64) calls {
	return calls{fetch: read(next), pause: func(bool) {}, slow: func(bool) {}, cost: func(bool) {}, list: func(string) {}, want: func(sheet.Want) {}, stir: func() {}, prompt: echo}
}

// echo is a prompt for which every line is whole, and that takes none that begins with a bang.
var echo = Prompt{
	Line: line.Options{
		Prompt: "go3sh> ", More: "  ...> ", Whole: func(string) bool { return true }, History: none{},
		Complete: func(string, int) (int, []complete.Candidate) { return 0, nil },
	},
	Run: func(text string, width int) pane.Outcome {
		return pane.Outcome{Line: text, Text: fmt.Sprintf("%s (%d)\n", text, width), Bad: strings.HasPrefix(text, "!"), Leave: text == ":quit"}
	},
}

// none is a history without entries.
type none struct{}

func (none) Len() int               { return 0 }
func (none) At(int) string          { return "" }
func (none) Search(string, int) int { return -1 }

// send gives messages to the screen, where a []table.Table is all maps with their contents, and runs the commands that come back, as the program would.
func (s *stage) send(msgs ...tea.Msg) {
	for len(msgs)+len(s.came) > 0 {
		if len(s.came) > 0 {
			msgs, s.came = append(s.came, msgs...), nil
		}
		msg := msgs[0]
		msgs = msgs[1:]
		if tables, ok := msg.([]table.Table); ok {
			msg = news{s.shelf.Set(tables)}
		}
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, cmd := range batch {
				if cmd != nil {
					msgs = append(msgs, cmd())
				}
			}
			continue
		}
		if _, cmd := s.Update(msg); cmd != nil {
			msgs = append(msgs, cmd())
		}
	}
}

func (s *stage) press(names ...string) {
	for _, n := range names {
		s.send(viewtest.Key(n))
	}
}

// tableOf is a per-CPU hash of n rows, whose counts are those of a busy machine after some time.
func tableOf(name string, columns []string, n, cpus int, after time.Duration) table.Table {
	t := table.Table{
		Map:  table.Map{Name: name, Kind: "per-CPU hash", Key: "key", Value: "uint64", Columns: columns, PerCPU: true, Entries: 10240},
		Time: start.Add(after), CPUs: cpus,
	}
	if columns == nil {
		t.Map.Key = ""
	}
	comms := []string{"opener", "sshd", "systemd-journal", "世界", "ev\x1b[31mil", "postgres", "redis-server"}
	for i := range n {
		r := table.Row{PerCPU: make([]uint64, cpus)}
		for c := range columns {
			if c == 0 {
				r.Key = append(r.Key, comms[i%len(comms)]+strings.Repeat("+", i/len(comms)))
			} else {
				r.Key = append(r.Key, int64(i*c))
			}
		}
		var total uint64
		for c := range cpus {
			r.PerCPU[c] = uint64(after.Seconds()*1e4) / uint64((i+1)*(i+1)*(c+1))
			total += r.PerCPU[c]
		}
		r.Total = total
		t.Rows = append(t.Rows, r)
	}
	return t
}

func statusOf(after time.Duration, stats session.Stats, probes ...session.Probe) pane.Status {
	return pane.Status{Time: start.Add(after), Probes: probes, Totals: session.Totals{Stats: stats, Since: start}}
}

var attached = []session.Probe{
	{Name: "opens", State: session.Attached}, {Name: "sys_enter_read", State: session.Attached}, {Name: "sw", State: session.Attached},
}

// tailOf is the end of a log of next records.
func tailOf(next uint64) pane.Tail {
	at, records := read(next)(next-min(next, tail), tail)
	return pane.Tail{Next: at + uint64(len(records)), Records: records}
}

// scenes are the states of the golden screens.
var scenes = []struct {
	name string
	play func(s *stage)
}{
	{"empty", func(s *stage) { s.send(statusOf(0, session.Stats{})) }},
	{"normal", func(s *stage) {
		for i := range 3 {
			after := time.Duration(i) * 500 * time.Millisecond
			s.send(
				statusOf(after, session.Stats{Events: uint64(i) * 5210}, attached...),
				[]table.Table{tableOf("opens", []string{"opens"}, 5, 2, after), tableOf("sw", nil, 1, 2, after)},
				tailOf(uint64(i)*3),
			)
		}
	}},
	{"overflowing", func(s *stage) { overflow(s) }},
	{"held", func(s *stage) {
		overflow(s)
		s.press("tab", "pgup", "up")
		s.send(tailOf(100_000))
	}},
	{"paused", func(s *stage) {
		overflow(s)
		s.press("down", "down", "s", "p", "z")
		s.send([]table.Table{})
	}},
	{"help", func(s *stage) {
		overflow(s)
		s.press("?")
	}},
	{"help-scrolled", func(s *stage) {
		overflow(s)
		s.press("tab", "?", "pgdown", "pgdown", "pgdown")
	}},
}

// overflow is more maps, rows, CPUs, lines and columns than any screen has room for.
func overflow(s *stage) {
	for i := range 3 {
		after := time.Duration(i) * 1000 * time.Second
		var tables []table.Table
		for _, name := range []string{"opens", "reads", "writes", "closes", "stats", "forks", "execs", "exits"} {
			tables = append(tables, tableOf(name, []string{"comm", "fd"}, 200, 64, after))
		}
		s.send(
			statusOf(after, session.Stats{Events: uint64(i) * 123_456_789, Lost: uint64(i) * 1500, MapFull: 3}, attached...),
			tables,
			tailOf(5000),
		)
	}
}

func TestScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}, {20, 5}, {40, 10}} {
		for _, scene := range scenes {
			name := fmt.Sprintf("%s-%dx%d", scene.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				s := newStage(t, theme.Plain(), size[0], size[1], 100_000)
				scene.play(s)
				viewtest.Golden(t, name, s.View())
			})
		}
	}
	t.Run("ascii-80x24", func(t *testing.T) {
		s := newStage(t, theme.ASCII(), 80, 24, 100_000)
		overflow(s)
		viewtest.Golden(t, "ascii-80x24", s.View())
	})
}

// coloured is a theme with all colours.
func coloured() *theme.Theme {
	r := lipgloss.NewRenderer(&bytes.Buffer{})
	r.SetColorProfile(termenv.TrueColor)
	r.SetHasDarkBackground(true)
	return theme.New(r, theme.Calm, true)
}

// TestScreenFillsTheWindow draws random data at random sizes after random keys: the screen is exactly as high as the window and never wider;
// with colours it is the same text; in ASCII it is ASCII.
func TestScreenFillsTheWindow(t *testing.T) {
	keys := []string{
		"up", "down", "left", "right", "pgup", "pgdown", "home", "end", "tab", "shift+tab", "s", "S", "[", "]", "t", "z", "p", "?", "1", "4", "f", "esc",
		":", "i", "enter", "+", "-", "<", ">", "|", "w", "W", "/", "x", "世",
	}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		w, h := 1+r.IntN(240), 1+r.IntN(60)
		next := uint64(r.IntN(10_000))
		plain := newStage(t, theme.Plain(), w, h, next)
		colour := newStage(t, coloured(), w, h, next)
		ascii := newStage(t, theme.ASCII(), w, h, next)
		for step := range 20 {
			var msg tea.Msg
			key := ""
			switch r.IntN(6) {
			case 0:
				w, h = 1+r.IntN(240), 1+r.IntN(60)
				msg = tea.WindowSizeMsg{Width: w, Height: h}
			case 1:
				msg = tailOf(uint64(r.Int64N(int64(next + 1))))
			case 2:
				after := time.Duration(step) * time.Second
				var all []table.Table
				for m := range r.IntN(9) {
					all = append(all, tableOf(fmt.Sprintf("map%d", m), []string{"comm", "fd", "x"}[:r.IntN(4)], r.IntN(50), 1+r.IntN(100), after))
				}
				msg = all
			case 3:
				msg = statusOf(time.Duration(step)*time.Second, session.Stats{Events: r.Uint64(), Lost: r.Uint64() >> 40}, attached[:r.IntN(4)]...)
			default:
				key = keys[r.IntN(len(keys))]
			}
			for _, s := range []*stage{plain, colour, ascii} {
				if key != "" {
					s.press(key)
				} else {
					s.send(msg)
				}
			}
			checkFill(t, fmt.Sprintf("seed %d step %d", seed, step), plain.View(), w, h)
			if got := ansi.Strip(colour.View()); got != plain.View() {
				t.Fatalf("seed %d step %d: colours change the text:\n%s", seed, step, cmp.Diff(plain.View(), got))
			}
			text := ascii.View()
			checkFill(t, fmt.Sprintf("seed %d step %d, ASCII", seed, step), text, w, h)
			if i := strings.IndexFunc(text, func(r rune) bool { return r > '~' || r < ' ' && r != '\n' }); i >= 0 {
				t.Fatalf("seed %d step %d: %q in an ASCII screen", seed, step, text[i:i+4])
			}
		}
	}
}

func checkFill(t *testing.T, at, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Fatalf("%s: %d lines in a window of %d:\n%s", at, len(lines), h, view)
	}
	for _, l := range lines {
		if got := ansi.StringWidth(l); got > w {
			t.Fatalf("%s: %d cells in a window of %d: %q", at, got, w, l)
		}
	}
}

func TestLayoutGivesEachPaneItsPart(t *testing.T) {
	for _, c := range []struct {
		w, h   int
		zoom   bool
		foot   int
		places []place
	}{
		{80, 24, false, 2, []place{{0, 0, 80, 11, true}, {0, 11, 80, 8, true}, {0, 19, 80, 3, true}}},
		{80, 24, true, 2, []place{{}, {0, 0, 80, 22, true}, {}}},
		{200, 50, false, 2, []place{{0, 0, 110, 45, true}, {110, 0, 90, 45, true}, {0, 45, 200, 3, true}}},
		{80, 15, false, 2, []place{{}, {0, 0, 80, 10, true}, {0, 10, 80, 3, true}}},
		{20, 5, false, 1, []place{{}, {0, 0, 20, 4, false}, {}}},
		{5, 1, false, 0, []place{{}, {0, 0, 5, 1, false}, {}}},
	} {
		shapes := []shape{{side: left, weight: 3, least: 6, rank: 2}, {side: right, weight: 2, least: 5, rank: 1}, {side: bottom, weight: 1, least: 3, wants: 3, rank: 9}}
		foot, places := layout(c.w, c.h, shapes, 1, c.zoom)
		if foot != c.foot || !cmp.Equal(places, c.places, cmp.AllowUnexported(place{})) {
			t.Errorf("%dx%d zoom %t: %d, %v; want %d, %v", c.w, c.h, c.zoom, foot, places, c.foot, c.places)
		}
	}
}

func TestKeysReachThePaneInFocusOnly(t *testing.T) {
	s := newStage(t, theme.Plain(), 80, 24, 100)
	s.send(tailOf(100), []table.Table{tableOf("opens", []string{"opens"}, 5, 2, time.Second)})
	note := func() string { return s.named("log").Label().Note }
	s.press("up")
	if got := note(); got != "following · 100 lines" {
		t.Errorf("a key for the counters reached the log: %s", got)
	}
	s.press("tab", "up")
	if got := note(); got != "held · f follows" {
		t.Errorf("after tab and up: %s", got)
	}
	s.press("shift+tab", "f")
	if got := note(); got != "held · f follows" {
		t.Errorf("a key for the counters reached the log: %s", got)
	}
}

func TestKeysThatComeTogetherAllCount(t *testing.T) {
	s := newStage(t, theme.Plain(), 80, 24, 100)
	s.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("zp:é世")})
	if got := strings.TrimSpace(s.named(promptRoom).View()); !s.zoom || !s.paused || got != "go3sh> :é世" {
		t.Errorf("zoom %t, paused %t, prompt %q", s.zoom, s.paused, got)
	}
}

func TestPauseTellsTheFeed(t *testing.T) {
	var told []bool
	s := newSilentStage(t, theme.Plain(), 0)
	s.calls.pause = func(on bool) { told = append(told, on) }
	s.press("p", "p")
	if !cmp.Equal(told, []bool{true, false}) {
		t.Errorf("told %v", told)
	}
}

func TestQuitKeys(t *testing.T) {
	for _, key := range []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("q")}, {Type: tea.KeyCtrlC}} {
		for _, help := range []bool{false, true} {
			s := newScreen(theme.Plain(), callsFor(0))
			s.help.open = help
			_, cmd := s.Update(key)
			quit := cmd != nil && cmd() == tea.Quit()
			if want := !help || key.Type == tea.KeyCtrlC; quit != want {
				t.Errorf("%s with help %t: quits %t, want %t", key, help, quit, want)
			}
		}
	}
}

func TestPromptTakesAllKeysAndShowsWhatCameOfThem(t *testing.T) {
	s := newStage(t, theme.Plain(), 80, 24, 100)
	prompt := func() string { return s.named(promptRoom).View() }
	s.press(":", "q", "p", " ", "z", "enter")
	if got, want := prompt(), "go3sh>  \n:qp z (78)"; strings.TrimRight(got, " \n") != want {
		t.Errorf("after a line: %q, want %q", got, want)
	}
	if s.zoom || s.paused || s.focus.name != promptRoom {
		t.Errorf("typed keys reached the screen: zoom %t, paused %t, focus %s", s.zoom, s.paused, s.focus.name)
	}
	s.press("!", "x", "enter")
	if got, want := prompt(), "go3sh> !x \n!x (78)"; got != want {
		t.Errorf("after a line that was refused: %q, want %q", got, want)
	}
	s.press("esc")
	if s.focus.name != "counters" {
		t.Errorf("esc goes to %s", s.focus.name)
	}
	s.send(pane.Edit{Text: "opens := a:b {\n\tn++\n}"})
	if got, want := prompt(), "go3sh> opens := a:b {\n  ...>     n++\n  ...> } \n!x (78)"; got != want {
		t.Errorf("after a text to edit: %q, want %q", got, want)
	}
	s.press("ctrl+c")
	if s.focus.name != "counters" || strings.Contains(prompt(), "opens") {
		t.Errorf("ctrl+c leaves the focus at %s and the text %q", s.focus.name, prompt())
	}
	s.send(pane.Do{Line: ":quit"})
	if !s.leave {
		t.Error(":quit does not leave")
	}
}

func TestPanesAreArrangedByKeys(t *testing.T) {
	s := newStage(t, theme.Plain(), 200, 50, 100)
	var kept []string
	s.calls.keep = func(text string) { kept = append(kept, text) }
	s.press("+", "|", "<", "w", "W", "-")
	want := []string{
		"probes:2 counters:4 histogram:3 | log:2 source:4", "probes:2 histogram:3 | counters:4 log:2 source:4", "probes:2 histogram:3 | -counters:4 log:2 source:4", "probes:2 histogram:3 | counters:4 log:2 source:4",
		"probes:2 histogram:3 | counters:4 log:1 source:4",
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("arrangements (-want +got):\n%s", diff)
	}
	rooms, err := arranged(newStage(t, theme.Plain(), 80, 24, 0).rooms, "log:9 | -counters:1")
	if got := arrangement(rooms); err != nil || got != "log:9 probes:2 histogram:3 | -counters:1 source:4" {
		t.Errorf("arranged: %q, %v", got, err)
	}
	for _, bad := range []string{"logs:1", "log:0", "log", "log:x", "prompt:1"} {
		if _, err := arranged(s.rooms, bad); err == nil {
			t.Errorf("%q is taken for an arrangement", bad)
		}
	}
}

func TestMouseGivesTheKeyboardAndScrolls(t *testing.T) {
	s := newStage(t, theme.Plain(), 80, 24, 100)
	s.send(tailOf(100))
	log := s.named("log")
	wheel := tea.MouseMsg{X: 5, Y: log.place.y + 2, Button: tea.MouseButtonWheelUp, Action: tea.MouseActionPress}
	s.send(wheel)
	if s.focus.name != "counters" {
		t.Errorf("the wheel gives the keyboard to %s", s.focus.name)
	}
	s.send(tea.MouseMsg{X: 5, Y: log.place.y + 2, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	if s.focus.name != "log" {
		t.Errorf("a press on the log gives the keyboard to %s", s.focus.name)
	}
}

// TestKeyTableHasNoRowTwice finds keys that a pane could never see, or that two rows of a table claim.
func TestKeyTableHasNoRowTwice(t *testing.T) {
	s := newScreen(theme.Plain(), callsFor(0))
	own := map[string]bool{}
	for _, k := range keys.Rows() {
		for key := range strings.FieldsSeq(k.Show) {
			own[key] = true
		}
	}
	for _, r := range s.rooms {
		for _, k := range r.Keys() {
			for key := range strings.FieldsSeq(k.Show) {
				if own[key] && k.Show != "1 - 9" && r.name != promptRoom {
					t.Errorf("%s: the screen takes %q of %q", r.Label().Name, key, k.Show)
				}
			}
		}
		shown := map[string]bool{}
		for _, k := range append(keys.Rows(), r.Keys()...) {
			if shown[k.Show] {
				t.Errorf("%s: %q stands twice", r.Label().Name, k.Show)
			}
			shown[k.Show] = true
			if k.Does == "" {
				t.Errorf("%s: %q says nothing", r.Label().Name, k.Show)
			}
		}
	}
}
