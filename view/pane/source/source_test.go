package source

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"go3s/incremental"
	"go3s/session"
	"go3s/view/pane"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

var start = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

const text = `opens := syscalls:sys_enter_openat @pid > 100 {
	// who opens what
	name := str(ctx.filename)
	if strings.HasPrefix(name, "/proc/世界") {
		proc[comm]++
		return
	}
	for i := range 3 {
		rounds[i] += length(name) / ctx.flags
	}
	ev` + "\x1b[31mil\u202e" + `++
}`

// lines are those of the text n times, and a function of another cell, after some time.
func lines(n int, after time.Duration) pane.Source {
	m := pane.Source{Group: "opens", Time: start.Add(after)}
	m.Listing = session.Listing{Group: "opens", Version: 3, State: session.Attached, Counted: true}
	shares := []uint64{1000, 0, 1000, 1000, 250, 250, 0, 750, 2250, 0, 1, 0}
	for i := range n {
		for k, t := range strings.Split(text, "\n") {
			count := shares[k] * uint64(after.Milliseconds()) / uint64(1+i)
			m.Listing.Lines = append(m.Listing.Lines, session.Line{
				Cell: "in3", Number: 1 + i*12 + k, Text: t, Code: shares[k] > 0, Count: count, Faults: uint64(k/8*(11-k)/3) * 7,
			})
		}
	}
	m.Listing.Lines = append(m.Listing.Lines,
		session.Line{Cell: "lib.go3s", Number: 40, Text: "func length(s string) int {"},
		session.Line{Cell: "lib.go3s", Number: 41, Text: "\treturn len(s)", Code: true, Count: 2250 * uint64(after.Milliseconds())},
		session.Line{Cell: "lib.go3s", Number: 42, Text: "}"},
	)
	return m
}

// busy is a probe of n times the text that has been shown for some seconds.
func busy(n int) []any {
	msgs := []any{status("opens", "reads"), pane.Open{Pane: "source", Probe: "opens"}}
	for i := range 8 {
		msgs = append(msgs, lines(n, time.Duration(i)*time.Second/4))
	}
	return append(msgs, pane.Focus(true))
}

func status(groups ...string) pane.Status {
	s := pane.Status{Time: start}
	for _, g := range groups {
		s.Probes = append(s.Probes, session.Probe{Name: g, Group: g, State: session.Attached, Hook: incremental.Hook{Kind: "kprobe", Name: "f"}})
	}
	return s
}

// with is the lines, changed.
func with(m pane.Source, change func(*pane.Source)) pane.Source {
	change(&m)
	return m
}

var refused = pane.Outcome{Line: "opens := …", Bad: true, Text: "error: there is no name nmae [undefined]\n  │ opens[nmae]++\n  │       ^^^^\n"}

var scenes = []struct {
	name string
	msgs []any
}{
	{"empty", nil},
	{"normal", busy(1)},
	{"overflowing", append(busy(100), "pgdown", "right")},
	{"idle", append(busy(1), lines(1, 2*time.Second), with(lines(1, 2*time.Second), func(m *pane.Source) { m.Time = start.Add(time.Minute) }))},
	{"refused", append(busy(1), refused)},
	{"paused", append(busy(1), pane.Paused(true), lines(2, time.Hour))},
	{"suspended", append(busy(1), with(lines(1, 2*time.Second), func(m *pane.Source) { m.Listing.State = session.Suspended }))},
	{"error", append(busy(1), with(lines(1, 2*time.Second), func(m *pane.Source) {
		m.Listing.Counted, m.Err = false, errors.New("count the lines of opens: the program is too large")
	}))},
	{"gone", []any{pane.Open{Pane: "source", Probe: "opens"}, pane.Source{Group: "opens", Err: errors.New(`list: there is no probe "opens"`)}}},
}

func TestScreens(t *testing.T) {
	for _, size := range viewtest.Sizes {
		for _, scene := range scenes {
			name := fmt.Sprintf("%s-%dx%d", scene.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				p := New(theme.Plain())
				p.SetSize(size[0], size[1]/2)
				viewtest.Play(p, scene.msgs...)
				viewtest.Fits(t, name, p, size[0], size[1]/2)
				l := p.Label()
				viewtest.Golden(t, name, fmt.Sprintf("%s [%s] %t\n%s", l.Name, l.Note, l.Alert, p.View()))
			})
		}
	}
}

func TestKeysAskForWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		key  string
		want []tea.Msg
	}{
		{"e", []tea.Msg{pane.Do{Line: ":edit opens"}}},
		{"]", []tea.Msg{pane.Open{Pane: "source", Probe: "reads"}}},
		{"[", []tea.Msg{pane.Open{Pane: "source", Probe: "reads"}}},
		{"esc", []tea.Msg{pane.Open{Pane: "probes"}}},
		{"x", nil},
	} {
		p := New(theme.Plain())
		p.SetSize(80, 24)
		viewtest.Play(p, busy(1)...)
		if diff := cmp.Diff(c.want, viewtest.Play(p, c.key)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.key, diff)
		}
	}
}

func TestOtherProbesTakeTheirPlaceAndOthersNewsIsNotTaken(t *testing.T) {
	p := New(theme.Plain())
	p.SetSize(80, 24)
	if !p.Empty() {
		t.Error("there is a pane before a probe is opened")
	}
	viewtest.Play(p, busy(1)...)
	viewtest.Play(p, "]", lines(1, time.Hour))
	if got, want := strings.TrimSpace(p.View()), "reading reads"; got != want || p.Group() != "reads" {
		t.Errorf("after ] it shows %q of %s, want %q", got, p.Group(), want)
	}
	viewtest.Play(p, "esc")
	if !p.Empty() {
		t.Error("esc leaves the pane there")
	}
}

func TestClearCountsFromThere(t *testing.T) {
	p := New(theme.Plain())
	p.SetSize(80, 24)
	viewtest.Play(p, busy(1)...)
	viewtest.Play(p, "x")
	if got := p.count(0); got != 0 {
		t.Errorf("after x the first line has %d", got)
	}
	viewtest.Play(p, lines(1, 2*time.Second))
	if got := p.count(0); got != 250_000 {
		t.Errorf("a quarter of a second later it has %d, want 250000", got)
	}
	viewtest.Play(p, lines(1, time.Second))
	if got := p.count(0); got != 1_000_000 {
		t.Errorf("counted anew it has %d, want 1000000", got)
	}
}

func TestColoursDoNotChangeTheText(t *testing.T) {
	l := lines(1, time.Second).Listing.Lines
	plain, inked := colour(theme.Plain(), l), colour(viewtest.Colours(), l)
	for i := range l {
		if got := ansi.Strip(inked[i]); got != plain[i] {
			t.Errorf("line %d is %q in colours, %q without", i, got, plain[i])
		}
	}
	if want := viewtest.Colours().Quote.Text(`"/proc/世界"`); !strings.Contains(inked[3], want) {
		t.Errorf("the string has no ink: %q", inked[3])
	}
}

func TestNoViewIsLargerThanItsSize(t *testing.T) {
	for seed := range uint64(60) {
		p := New(theme.Plain())
		viewtest.Play(p, busy(1)...)
		pressed := []string{"up", "down", "left", "right", "pgup", "pgdown", "home", "end", "[", "]", "x", "e"}
		viewtest.Shake(t, seed, p, pressed, func(r *rand.Rand) tea.Msg {
			switch r.IntN(6) {
			case 0:
				return refused
			case 1:
				return pane.Outcome{}
			case 2:
				return pane.Open{Pane: "source", Probe: "opens"}
			case 3:
				return with(lines(1, time.Second), func(m *pane.Source) { m.Err = errors.New("a\nb") })
			}
			return lines(1+r.IntN(5), time.Duration(r.Int64N(int64(time.Hour))))
		})
	}
}
