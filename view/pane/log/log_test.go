package log

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

	"go3s/session/record"
	"go3s/view/pane"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

// book is a log that keeps the last size records; record n says n.
type book struct {
	size, next uint64
	fetched    int
}

func (b *book) first() uint64 { return b.next - min(b.next, b.size) }

func (b *book) read(seq uint64, n int) (uint64, []record.Record) {
	b.fetched++
	seq = max(seq, b.first())
	var records []record.Record
	for i := seq; i < b.next && len(records) < n; i++ {
		records = append(records, numbered(i))
	}
	return seq, records
}

func numbered(n uint64) record.Record {
	at := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(n) * time.Millisecond)
	return record.Record{Probe: "p", Time: at, Text: fmt.Sprintf("line %d\n", n)}
}

// grow adds n records and tells the pane, with at most some of them in the message.
func (b *book) grow(p *Pane, n, some int) {
	b.next += uint64(n)
	seq := b.next - min(uint64(min(n, some)), b.next-b.first())
	_, records := b.read(seq, some)
	settle(p, p.Update(pane.Tail{First: b.first(), Next: b.next, Records: records}))
}

// settle runs commands until none is left, as the program would.
func settle(p *Pane, cmd tea.Cmd) {
	if cmd != nil {
		viewtest.Play(p, cmd())
	}
}

func press(p *Pane, names ...string) {
	for _, n := range names {
		viewtest.Play(p, n)
	}
}

func newPane(b *book, w, h int) *Pane {
	p := New(theme.Plain(), b.read)
	p.SetSize(w, h)
	return p
}

// shown is the numbers of the lines on screen; -1 for a line that is not at hand.
func shown(p *Pane) []int {
	var out []int
	for _, l := range strings.Split(p.View(), "\n") {
		n := -1
		if _, err := fmt.Sscanf(l[strings.LastIndexByte(strings.TrimSpace(l), ' ')+1:], "%d", &n); err != nil {
			n = -1
		}
		out = append(out, n)
	}
	return out
}

func lines(from, to int) []int {
	var out []int
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

func expect(t *testing.T, p *Pane, want []int) {
	t.Helper()
	if diff := cmp.Diff(want, shown(p)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestFollowsTheNewest(t *testing.T) {
	b := &book{size: 1000}
	p := newPane(b, 60, 4)
	b.grow(p, 3, 100)
	expect(t, p, lines(0, 3))
	b.grow(p, 7, 100)
	expect(t, p, lines(6, 10))
	if got, want := p.Label(), (pane.Label{Name: "log", Note: "following · 10 lines"}); got != want {
		t.Errorf("label %v, want %v", got, want)
	}
	if want := " 03:04:05.006  p  line 6"; !strings.HasPrefix(p.View(), want) {
		t.Errorf("got %q, want %q first", p.View(), want)
	}
	if b.fetched != 2 {
		t.Errorf("%d fetches: what the tail brings needs none", b.fetched-2)
	}
}

func TestUpHoldsAndCountsWhatWaits(t *testing.T) {
	b := &book{size: 2000}
	p := newPane(b, 60, 4)
	b.grow(p, 10, 100)
	press(p, "up")
	b.grow(p, 1234-10, 100)
	expect(t, p, lines(6, 10))
	if got, want := p.Label(), (pane.Label{Name: "log", Note: "held · 1,224 waiting · f follows", Alert: true}); got != want {
		t.Errorf("label %v, want %v", got, want)
	}
	press(p, "up", "up", "up")
	expect(t, p, lines(5, 9))
	press(p, "down", "down", "down", "down")
	expect(t, p, lines(6, 10))
	press(p, "f")
	expect(t, p, lines(1230, 1234))
}

func TestDownFromTheNewestLineFollows(t *testing.T) {
	b := &book{size: 1000}
	p := newPane(b, 60, 4)
	b.grow(p, 10, 100)
	press(p, "up", "down")
	if !p.held {
		t.Error("the newest line is selected and the pane follows")
	}
	press(p, "down")
	if p.held {
		t.Error("below the newest line the pane holds")
	}
}

func TestScrollingBackReachesAllThatTheSessionKeeps(t *testing.T) {
	b := &book{size: 100_000}
	p := newPane(b, 60, 10)
	b.grow(p, 150_000, 100)
	press(p, "home")
	expect(t, p, lines(50_000, 50_010))
	press(p, "pgdown", "pgdown")
	expect(t, p, lines(50_018, 50_028))
	press(p, "end", "pgup", "ctrl+u", "ctrl+u")
	expect(t, p, lines(149_971, 149_981))
	press(p, "pgdown")
	expect(t, p, lines(149_980, 149_990))
	press(p, "pgdown")
	expect(t, p, lines(149_989, 149_999))
	press(p, "ctrl+d")
	expect(t, p, lines(149_990, 150_000))
	if p.held {
		t.Error("back at the newest line the pane does not follow")
	}
}

func TestHeldLinesStayWhileTheLogMovesOn(t *testing.T) {
	b := &book{size: 100}
	p := newPane(b, 60, 4)
	b.grow(p, 50, 100)
	press(p, "up")
	b.grow(p, 1000, 100)
	expect(t, p, lines(46, 50))
	press(p, "pgdown", "pgdown", "pgdown")
	if got := shown(p); got[0] < 950 {
		t.Errorf("lines %v: the oldest kept is 950", got)
	}
	press(p, "home")
	expect(t, p, lines(950, 954))
}

func TestSpaceHoldsWithAllLinesOnScreen(t *testing.T) {
	b := &book{size: 100}
	p := newPane(b, 60, 4)
	b.grow(p, 3, 100)
	press(p, " ")
	b.grow(p, 10, 100)
	expect(t, p, lines(0, 4))
	press(p, " ")
	expect(t, p, lines(9, 13))
}

func TestPauseStandsStillAndCatchesUp(t *testing.T) {
	b := &book{size: 100}
	p := newPane(b, 60, 4)
	b.grow(p, 10, 100)
	settle(p, p.Update(pane.Paused(true)))
	b.grow(p, 20, 100)
	expect(t, p, lines(6, 10))
	settle(p, p.Update(pane.Paused(false)))
	expect(t, p, lines(26, 30))
}

func TestLongLinesScrollSideways(t *testing.T) {
	p := New(theme.Plain(), nil)
	p.SetSize(20, 1)
	p.Update(pane.Tail{Next: 1, Records: []record.Record{{Probe: "p", Text: "0123456789abcdefghijklmnop世界"}}})
	for _, c := range []struct{ key, want string }{
		{"", " 0123456789abcdefgh…"},
		{"right", " …9abcdefghijklmnop…"},
		{"l", " …hijklmnop世界"},
		{"l", " …hijklmnop世界"},
		{"left", " …9abcdefghijklmnop…"},
		{"h", " 0123456789abcdefgh…"},
		{"h", " 0123456789abcdefgh…"},
	} {
		if c.key != "" {
			press(p, c.key)
		}
		if got := p.View(); got != c.want {
			t.Errorf("after %q: %q, want %q", c.key, got, c.want)
		}
	}
}

func TestTextIsEscaped(t *testing.T) {
	p := New(theme.Plain(), nil)
	p.SetSize(70, 1)
	p.Update(pane.Tail{Next: 1, Records: []record.Record{{Probe: "\x1b]0;x\x07", Text: "a\x1b[2J\nb\u202e\n"}}})
	if got, want := p.View(), ` 00:00:00.000  \x1b]0;x\x07  a\x1b[2J\nb\u202e`; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestShowsTheRightLines holds the pane against a plain model after random keys, sizes and news: once commands have run, the
// lines on screen are a run without gaps, the last ones while following, and none that the log has is missing.
func TestShowsTheRightLines(t *testing.T) {
	keys := []string{"up", "down", "pgup", "pgdown", "home", "end", "f", " ", "k", "j", "ctrl+u", "ctrl+d", "left", "right", "L", "t"}
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 2))
		b := &book{size: uint64(1 + r.IntN(3000))}
		p := newPane(b, 10+r.IntN(120), 1+r.IntN(40))
		for step := range 60 {
			held := p.held
			switch r.IntN(4) {
			case 0:
				p.SetSize(10+r.IntN(120), 1+r.IntN(40))
				settle(p, p.Update(nil))
			case 1:
				b.grow(p, 1+r.IntN([]int{3, 300, 5000}[r.IntN(3)]), 1+r.IntN(200))
				if held != p.held {
					t.Fatalf("seed %d step %d: news changed whether the pane is held", seed, step)
				}
			default:
				press(p, keys[r.IntN(len(keys))])
			}
			p.left, p.wrap = 0, false
			viewtest.Play(p, nil)
			verify(t, fmt.Sprintf("seed %d step %d", seed, step), b, p)
		}
	}
}

func verify(t *testing.T, at string, b *book, p *Pane) {
	t.Helper()
	if b.next == 0 {
		return
	}
	view := strings.Split(p.View(), "\n")
	if len(view) > p.h {
		t.Fatalf("%s: %d lines in a place of %d", at, len(view), p.h)
	}
	rows := p.visible()
	for i, s := range rows {
		l := view[i]
		if w := ansi.StringWidth(l); w > p.w {
			t.Fatalf("%s: %d cells in a place of %d", at, w, p.w)
		}
		want := strings.TrimSpace(pane.Fit(fmt.Sprintf("line %d", s.seq), p.w-1))
		if s.seq >= b.first() && !strings.HasSuffix(strings.TrimSpace(l), want) && p.w >= 50 {
			t.Fatalf("%s: %q is not %q; log [%d, %d) held %t", at, l, want, b.first(), b.next, p.held)
		}
		if i > 0 && s.seq != rows[i-1].seq+1 && rows[i-1].seq >= b.first() {
			t.Fatalf("%s: line %d follows %d", at, s.seq, rows[i-1].seq)
		}
	}
	if want := min(uint64(p.h), b.next-rows[0].seq); uint64(len(view)) != want && rows[0].seq >= b.first() {
		t.Fatalf("%s: %d lines, want %d", at, len(view), want)
	}
	if last := rows[len(rows)-1].seq; !p.held && last+1 != b.next {
		t.Fatalf("%s: following, but the last line is %d of %d", at, last, b.next)
	}
}

// marked is a theme without colours that marks by reversing.
func marked() *theme.Theme {
	r := lipgloss.NewRenderer(&bytes.Buffer{})
	r.SetColorProfile(termenv.Ascii)
	return theme.New(r, theme.Palette{Match: theme.Look{Reverse: true}}, true)
}
