package histogram

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

var start = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

// powers is a histogram with so many values in each bucket from that of [2^first, 2^(first+1)) on.
func powers(first int, counts ...uint64) table.Histogram {
	var h table.Histogram
	for i, n := range counts {
		h.N += n
		h.Buckets = append(h.Buckets, table.Bucket{Lo: uint64(1) << (first + i), Hi: uint64(2) << (first + i), N: n})
	}
	return h
}

// linear is a histogram from lo on in steps, with a bucket below and one above.
func linear(lo, step int64, counts ...uint64) table.Histogram {
	h := table.Histogram{Linear: true}
	for i, n := range counts {
		h.N += n
		b := table.Bucket{Lo: lo + step*int64(i-1), Hi: lo + step*int64(i), N: n}
		if i == 0 {
			b.Lo = nil
		}
		if i == len(counts)-1 {
			b.Hi = nil
		}
		h.Buckets = append(h.Buckets, b)
	}
	return h
}

func quantiles(h table.Histogram) table.Quantiles {
	q := table.Quantiles{N: h.N, Spread: h.Buckets}
	q.P50, q.P90, q.P99, q.P999, q.P9999, q.Max = uint64(1_234), uint64(5_678), uint64(91_011), uint64(121_314), uint64(151_617), uint64(1_819_202)
	return q
}

// tableOf is a map of distributions; keyed ones have a key before each total.
func tableOf(name, kind string, after time.Duration, keyed bool, entries ...any) table.Table {
	t := table.Table{Map: table.Map{Name: name, Kind: kind, Entries: 10240}, Time: start.Add(after)}
	if !keyed {
		for _, e := range entries {
			t.Rows = append(t.Rows, table.Row{Total: e})
		}
		return t
	}
	t.Map.Key, t.Map.Columns = "string", []string{name}
	for i := 0; i < len(entries); i += 2 {
		t.Rows = append(t.Rows, table.Row{Key: []any{entries[i]}, Total: entries[i+1]})
	}
	return t
}

// wave is a distribution that wanders through the buckets with time: at each second it adds around another bucket.
func wave(second int, scale uint64) table.Histogram {
	counts := make([]uint64, 16)
	for s := range second {
		for b := range counts {
			at := 7 + 5*((s/3)%4-1) // jumps every three seconds
			d := max(b-at, at-b)
			counts[b] += scale * 100 >> (2 * d)
		}
	}
	return powers(8, counts...)
}

// run is some seconds of three maps.
func run(seconds int) []any {
	var out []any
	for s := range seconds {
		out = append(out, at(s))
	}
	return append(out, pane.Focus(true))
}

// at is what three maps hold after some seconds.
func at(second int) []table.Table {
	after, n := time.Duration(second)*time.Second, uint64(second)
	return []table.Table{
		tableOf("lat", "histogram", after, true, "ls", wave(second, 1), "世界", wave(second, 2), "ev\x1b[31mil", wave(second, 3), "postgres", wave(second, 40)),
		tableOf("size", "linear histogram", after, false, linear(0, 512, 3, n*90, n*240, 17, 0, 1, n*2)),
		tableOf("q", "quantiles", after, true, "cat", quantiles(wave(second, 7))),
	}
}

// many is a map with a thousand long keys and a wide spread.
func many() []any {
	var entries []any
	for i := range 1000 {
		counts := make([]uint64, 60)
		for b := range counts {
			counts[b] = uint64(b*i) % 977
		}
		entries = append(entries, strings.Repeat(fmt.Sprint("key", i, " "), 40), powers(1, counts...))
	}
	return []any{[]table.Table{tableOf("wide", "histogram", 0, true, entries...)}, pane.Focus(true)}
}

var scenes = []struct {
	name string
	unit string
	msgs []any
}{
	{"empty", "plain", []any{[]table.Table{tableOf("lat", "histogram", 0, true)}}},
	{"normal", "time", run(20)},
	{"chosen", "time", append(run(20), "down", "down")},
	{"interval", "time", append(run(20), "d")},
	{"heat", "time", append(run(50), "h")},
	{"linear", "bytes", append(run(20), "]")},
	{"quantiles", "time", append(run(20), "[")},
	{"overflowing", "plain", append(many(), "end", "up")},
	{"frozen", "count", append(append(run(20), "f"), run(40)...)},
	{"filter", "time", append(run(20), "/", "l")},
	{"error", "time", append(run(20), viewtest.Broken("lat"))},
}

func TestScreens(t *testing.T) {
	for _, size := range viewtest.Sizes {
		for _, scene := range scenes {
			name := fmt.Sprintf("%s-%dx%d", scene.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				p, shelf := New(theme.Plain()), viewtest.Shelf{Unit: scene.unit}
				p.SetSize(size[0]-2, size[1]/2)
				shelf.Play(p, scene.msgs...)
				viewtest.Fits(t, name, p, size[0]-2, size[1]/2)
				viewtest.Golden(t, name, p.Label().Name+" · "+p.Label().Note+"\n"+p.View())
			})
		}
	}
}

func TestTakesNoRoomWithoutDistributions(t *testing.T) {
	p, shelf := New(theme.Plain()), viewtest.Shelf{}
	p.SetSize(80, 20)
	if !p.Empty() {
		t.Error("a new pane takes room")
	}
	counts := table.Table{Map: table.Map{Name: "opens", Kind: "per-CPU hash", Columns: []string{"opens"}}}
	shelf.Play(p, []table.Table{counts})
	if !p.Empty() {
		t.Error("a map of counts is taken for a distribution")
	}
	shelf.Play(p, run(1)...)
	if p.Empty() {
		t.Error("a histogram is not shown")
	}
	shelf.Play(p, []table.Table{counts})
	if !p.Empty() {
		t.Error("a histogram that is gone is shown")
	}
}

func TestIntervalIsWhatCameSinceASecondAgo(t *testing.T) {
	p, shelf := New(theme.Plain()), viewtest.Shelf{}
	p.SetSize(60, 6)
	lat := func(after time.Duration, counts ...uint64) []table.Table {
		return []table.Table{tableOf("lat", "histogram", after, false, powers(0, counts...))}
	}
	shelf.Play(p, lat(0, 5, 5), lat(500*time.Millisecond, 6, 5), lat(time.Second, 7, 5, 3), "d")
	want := " p50 <8  p90 <8  p99 <8  p99.9 <8  max <8  n 5\n" +
		" [1]     2  ━━━━━━━━━━━━━━━━━━\n" +
		" [2, 4)  ·\n" +
		" [4, 8)  3  ━━━━━━━━━━━━━━━━━━━━━━━━━━━  ◂ p50 p90 p99 p99.9"
	if diff := cmp.Diff(want, trim(p.View())); diff != "" {
		t.Errorf("after a second (-want +got):\n%s", diff)
	}
	shelf.Play(p, lat(2*time.Second, 1)) // cleared in between
	want = " p50 1  p90 1  p99 1  p99.9 1  max 1  n 1\n [1]  1  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  ◂ p50 p90 p99 p99.9"
	if diff := cmp.Diff(want, trim(p.View())); diff != "" {
		t.Errorf("after clearing (-want +got):\n%s", diff)
	}
}

func trim(view string) string {
	lines := strings.Split(view, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestPercentilesAreBoundsOfTheirBuckets(t *testing.T) {
	s := spreadOf(powers(3, 50, 40, 9, 0, 1))
	for part, want := range map[uint64]int{1: 0, 5_000: 0, 5_001: 1, 9_000: 1, 9_001: 2, 9_900: 2, 9_901: 4, 10_000: 4} {
		if got := s.at(part); got != want {
			t.Errorf("%d of 10,000 are in bucket %d, want %d", part, got, want)
		}
	}
	if got := (spread{}).at(5_000); got != -1 {
		t.Errorf("without values: %d", got)
	}
}

func TestKeysAct(t *testing.T) {
	for _, c := range []struct {
		keys []any
		note string
		want []tea.Msg
	}{
		{[]any{}, "lat · since the start · 4 keys", nil},
		{[]any{"d"}, "lat · last second · 4 keys", nil},
		{[]any{"h"}, "lat · by the second · 4 keys", nil},
		{[]any{"h", "d"}, "lat · last second · 4 keys", nil},
		{[]any{"x"}, "x again clears lat", nil},
		{[]any{"x", "x"}, "lat · since the start · 4 keys", []tea.Msg{pane.Do{Line: ":clear lat"}}},
		{[]any{"x", "d", "x"}, "x again clears lat", nil},
		{[]any{"u"}, "unit: count", nil},
		{[]any{"f"}, "lat · since the start · 4 keys · frozen", nil},
		{[]any{"/", "l", "s", "enter"}, "lat · since the start · 1 of 4 keys", nil},
		{[]any{"/", "l", "s", "enter", "esc"}, "lat · since the start · 4 keys", nil},
		{[]any{pane.Copied{Pane: "histogram", What: "the picture"}}, "the picture sent to the clipboard", nil},
		{[]any{tea.MouseMsg{X: 9, Y: 0, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}}, "size · since the start", nil},
	} {
		p, shelf := New(theme.Plain()), viewtest.Shelf{}
		p.SetSize(100, 20)
		shelf.Play(p, run(5)...)
		out := shelf.Play(p, c.keys...)
		if got := p.Label().Note; got != c.note {
			t.Errorf("%v: note %q, want %q", c.keys, got, c.note)
		}
		if diff := cmp.Diff(c.want, out); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.keys, diff)
		}
	}
}

func TestCopiesWhatIsShown(t *testing.T) {
	p, shelf := New(theme.Plain()), viewtest.Shelf{}
	p.SetSize(100, 20)
	out := shelf.Play(p, []table.Table{tableOf("lat", "histogram", 0, true, "ev\x1bil", powers(3, 1, 3))}, "y")
	want := "lat  ev\\x1bil\n p50 <32  p90 <32  p99 <32  p99.9 <32  max <32  n 4  per s 0.0\n" +
		" [8, 16)   1  " + strings.Repeat("━", 21) + "╸\n" +
		" [16, 32)  3  " + strings.Repeat("━", 65) + "  ◂ p50 p90 p99 p99.9\n"
	if diff := cmp.Diff([]tea.Msg{pane.Copy{Pane: "histogram", What: "the picture", Text: want}}, out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNeverLargerThanItsPlace(t *testing.T) {
	keys := []string{"up", "down", "pgup", "pgdown", "home", "end", "d", "h", "u", "s", "S", "/", "k", "esc", "enter", "f", "x", "y", "[", "]"}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		p, shelf := New(theme.Plain()), viewtest.Shelf{Unit: []string{"plain", "bytes", "time"}[seed%3]}
		w, h, second := 0, 0, 0
		for range 60 {
			switch r.IntN(5) {
			case 0:
				w, h = r.IntN(240), r.IntN(60)
				p.SetSize(w, h)
				shelf.Play(p, nil)
			case 1:
				second += r.IntN(9)
				msg := at(second)
				if r.IntN(12) == 0 {
					msg = many()[0].([]table.Table)
				}
				shelf.Play(p, msg)
			case 2:
				shelf.Play(p, tea.MouseMsg{X: r.IntN(100), Y: r.IntN(40) - 1, Button: tea.MouseButton(r.IntN(6)), Action: tea.MouseActionPress})
			default:
				shelf.Play(p, keys[r.IntN(len(keys))])
			}
			viewtest.Fits(t, fmt.Sprint("seed ", seed), p, w, h)
		}
	}
}
