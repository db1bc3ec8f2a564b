package log

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"go3s/session/record"
	"go3s/view/pane"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

// TestFilterShowsWhatMatches holds the filtered pane against a plain model, while the log grows and drops lines: once commands have run, all
// lines of the log that match are there and no others.
func TestFilterShowsWhatMatches(t *testing.T) {
	patterns := []string{"", "evil", "hosts", "= 3$", "[", "nothing", "sELF", "self"}
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 4))
		size, next := uint64(1+r.IntN(6000)), uint64(0)
		p := New(theme.Plain(), func(seq uint64, n int) (uint64, []record.Record) { return library(size, next)(seq, n) })
		p.SetSize(100, 10)
		pattern := ""
		for range 12 {
			switch r.IntN(3) {
			case 0:
				pattern = patterns[r.IntN(len(patterns))]
				viewtest.Play(p, append([]any{"/", "ctrl+u"}, typing("end", pattern, "enter")...)...)
				if pattern == "[" { // not a pattern: what was typed before it stands
					pattern = ""
				}
			case 1:
				viewtest.Play(p, []string{"up", "home", "f"}[r.IntN(3)])
			default:
				next += uint64(r.IntN(5000))
				viewtest.Play(p, tailOf(size, next))
			}
			first := next - min(next, size)
			var want, got []uint64
			re := regexp.MustCompile(pattern)
			if strings.ToLower(pattern) == pattern {
				re = regexp.MustCompile("(?i)" + pattern)
			}
			for i := first; i < next; i++ {
				rec := opens(i)
				if re.MatchString(text(&rec)) {
					want = append(want, i)
				}
			}
			for seq, ok := p.previous(p.next); ok && seq >= first; seq, ok = p.previous(seq) {
				got = append([]uint64{seq}, got...)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, /%s/ in [%d, %d) (-want +got):\n%s", seed, pattern, first, next, diff)
			}
			for i, s := range p.visible() {
				if s.seq >= first && !p.shelf.has(s.seq) {
					t.Fatalf("seed %d, /%s/: row %d, line %d, is not at hand", seed, pattern, i, s.seq)
				}
			}
		}
	}
}

// TestFilterShowsTheNewestFirst: the first chunk that comes back is that of the newest lines.
func TestFilterShowsTheNewestFirst(t *testing.T) {
	p := New(theme.Plain(), library(kept, many))
	p.SetSize(100, 5)
	viewtest.Play(p, tailOf(kept, many), "/")
	cmd := p.Update(viewtest.Key("h"))
	for range 2 {
		cmd = p.Update(cmd())
	}
	rows := p.visible()
	if last := rows[len(rows)-1].seq; last < many-100 {
		t.Errorf("the newest line shown is %d of %d", last, many)
	}
	if note := p.Label().Note; !strings.Contains(note, "% sifted") {
		t.Errorf("%q does not say that it is not done", note)
	}
}

// TestAnOldFilterIsForgotten: what comes late of a filter that was changed meanwhile has no effect.
func TestAnOldFilterIsForgotten(t *testing.T) {
	p := New(theme.Plain(), library(kept, many))
	p.SetSize(100, 5)
	viewtest.Play(p, tailOf(kept, many), "/")
	late := p.Update(viewtest.Key("h"))
	viewtest.Play(p, "x", "y")
	viewtest.Play(p, late())
	if n := len(p.sieve.hits); n != 0 {
		t.Errorf("%d lines match hxy", n)
	}
}

func TestSearchGoesFromMatchToMatch(t *testing.T) {
	p := New(theme.Plain(), library(kept, many))
	p.SetSize(100, 10)
	viewtest.Play(p, tailOf(kept, many))
	// Every 66th line has both /etc/hosts and 5; the pane finds the newest first.
	viewtest.Play(p, typing(`\`, "hosts = 5", "enter")...)
	var got []uint64
	for _, keys := range []string{"", "n", "n", "N", "N", "N"} {
		if keys != "" {
			viewtest.Play(p, keys)
		}
		got = append(got, p.cursor)
	}
	newest := uint64(0)
	for i := uint64(many - 66); i < many; i++ {
		if rec := opens(i); strings.Contains(rec.Text, "hosts = 5") {
			newest = i
		}
	}
	want := []uint64{newest, newest - 66, newest - 132, newest - 66, newest, newest}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("selected lines (-want +got):\n%s", diff)
	}
	if want := "no newer line has /hosts = 5/"; p.Label().Note != want {
		t.Errorf("note %q, want %q", p.Label().Note, want)
	}
	viewtest.Play(p, "home", "n")
	if want := "no older line has /hosts = 5/"; p.Label().Note != want {
		t.Errorf("note %q, want %q", p.Label().Note, want)
	}
	viewtest.Play(p, "esc", "n")
	if want := `nothing to search for; \ searches`; p.Label().Note != want {
		t.Errorf("note %q, want %q", p.Label().Note, want)
	}
}

func TestMatchesAreMarked(t *testing.T) {
	p := New(marked(), library(10, 3))
	p.SetSize(100, 3)
	viewtest.Play(p, tailOf(10, 3))
	viewtest.Play(p, typing("/", "o(p|s)", "enter")...)
	if got, want := strings.Split(p.View(), "\n")[0], "\x1b[7mop\x1b[0mener[1000] \x1b[7mop\x1b[0mens /etc/h\x1b[7mos\x1b[0mts = -2"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want %q at the end", got, want)
	}
}

func TestMouseSelectsOpensAndScrolls(t *testing.T) {
	press := func(y int) tea.MouseMsg {
		return tea.MouseMsg{Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
	}
	p := New(theme.Plain(), library(kept, 100))
	p.SetSize(100, 10)
	viewtest.Play(p, tailOf(kept, 100), press(2))
	if !p.held || p.cursor != 92 {
		t.Errorf("held %t, selected %d, want 92", p.held, p.cursor)
	}
	viewtest.Play(p, press(2))
	if p.mode != detail {
		t.Error("a press on the selected line does not open it")
	}
	viewtest.Play(p, "esc", tea.MouseMsg{Button: tea.MouseButtonWheelUp, Action: tea.MouseActionPress})
	if got := p.start(); got != (spot{seq: 87}) {
		t.Errorf("the wheel went to %v, want 87", got)
	}
	viewtest.Play(p, tea.MouseMsg{Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress}, press(-1))
	if p.held {
		t.Error("at the newest line the wheel does not follow, or a press on the title holds")
	}
}

func TestWindowCutsByCells(t *testing.T) {
	for _, c := range []struct {
		s       string
		left, w int
		want    string
	}{
		{"abcdef", 0, 6, "abcdef"},
		{"abcdef", 0, 4, "abc…"},
		{"abcdef", 2, 6, "…def"},
		{"abcdef", 9, 6, "…"},
		{"", 9, 6, ""},
		{"世界世界", 0, 8, "世界世界"},
		{"世界世界", 0, 7, "世界世…"},
		{"世界世界", 0, 6, "世界… "},
		{"世界世界", 1, 7, "…界世界"},
		{"世界世界", 2, 7, "… 世界"},
		{"e\u0301e\u0301e\u0301", 0, 2, "e\u0301…"},
		{"abc", 1, 1, "…"},
		{"abc", 0, 0, ""},
	} {
		v := window(c.s, c.left, c.w)
		if got := v.pre + c.s[v.from:v.to] + v.post; got != c.want {
			t.Errorf("%q from %d in %d cells: %q, want %q", c.s, c.left, c.w, got, c.want)
		}
	}
}

func TestBreaksWrapByCells(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{
		{"abcdef", 4, "abcd|ef"},
		{"abcd", 4, "abcd"},
		{"", 4, ""},
		{"世界世", 3, "世|界|世"},
		{"ae\u0301b", 2, "ae\u0301|b"},
		{"世界", 1, "世|界"},
	} {
		starts := breaks(c.s, c.w)
		var rows []string
		for i, from := range starts {
			to := len(c.s)
			if i+1 < len(starts) {
				to = starts[i+1]
			}
			rows = append(rows, c.s[from:to])
		}
		if got := strings.Join(rows, "|"); got != c.want {
			t.Errorf("%q in %d cells: %q, want %q", c.s, c.w, got, c.want)
		}
	}
}

func TestWhatIsAtHandStaysBounded(t *testing.T) {
	p := New(theme.Plain(), library(kept, many))
	p.SetSize(100, 50)
	for i := uint64(0); i < many; i += 997 {
		viewtest.Play(p, tailOf(kept, i))
	}
	viewtest.Play(p, tailOf(kept, many), "home")
	for range 300 {
		viewtest.Play(p, "pgdown")
	}
	if n := len(p.shelf); n > shelfSize {
		t.Errorf("%d records at hand, want at most %d", n, shelfSize)
	}
}

// BenchmarkSift is 100,000 lines held against a filter.
func BenchmarkSift(b *testing.B) {
	records := make([]record.Record, kept)
	for i := range records {
		records[i] = opens(uint64(i))
	}
	fetch := func(seq uint64, n int) (uint64, []record.Record) { return seq, records[seq:min(int(seq)+n, kept)] }
	for b.Loop() {
		p := New(theme.Plain(), fetch)
		p.SetSize(100, 10)
		viewtest.Play(p, pane.Tail{Next: kept, Records: records[kept-100:]})
		viewtest.Play(p, typing("/", "z", "enter")...)
		if len(p.sieve.hits) != 0 {
			b.Fatal(fmt.Sprint(len(p.sieve.hits), " lines match"))
		}
	}
}
