package counters

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/sheet"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

var start = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

// hash is a per-CPU hash with a text key. Each entry is a key and its counts on each CPU.
func hash(name string, after time.Duration, entries ...any) table.Table {
	t := table.Table{
		Map:  table.Map{Name: name, Kind: "per-CPU hash", Key: "[16]byte", Value: "uint64", Columns: []string{name}, PerCPU: true, Entries: 10240},
		Time: start.Add(after), CPUs: 2,
	}
	for i := 0; i < len(entries); i += 2 {
		counts := entries[i+1].([]uint64)
		var total uint64
		for _, n := range counts {
			total += n
		}
		t.Rows = append(t.Rows, table.Row{Key: []any{entries[i]}, Total: total, PerCPU: counts})
	}
	return t
}

// counter is a map without a key.
func counter(name string, after time.Duration, counts ...uint64) table.Table {
	t := hash(name, after, "", counts)
	t.Map.Key, t.Map.Columns, t.Rows[0].Key = "", nil, nil
	return t
}

// desk is a pane with a shelf that answers it.
type desk struct {
	*Pane
	shelf *viewtest.Shelf
}

func sized(w, h int) *desk {
	p := &desk{New(theme.Plain()), &viewtest.Shelf{}}
	p.SetSize(w, h)
	p.play(pane.Focus(true))
	return p
}

// play gives messages to the pane and returns what goes beyond it.
func (d *desk) play(msgs ...any) []tea.Msg { return d.shelf.Play(d.Pane, msgs...) }

// show gives the pane what all maps hold now.
func (d *desk) show(t ...table.Table) { d.play(t) }

// resize gives the pane another size, as the screen does.
func (d *desk) resize(w, h int) {
	d.SetSize(w, h)
	d.play(nil)
}

// rows are the rows that the first table has got.
func (d *desk) rows() []sheet.Row { return d.tables[0].Sheet.Rows }

// press sends keys as tea names them.
func press(p *desk, names ...string) {
	for _, n := range names {
		p.play(n)
	}
}

func check(t *testing.T, p *desk, want string) {
	t.Helper()
	lines := strings.Split(p.View(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	if diff := cmp.Diff(strings.Split(strings.Trim(want, "\n"), "\n"), lines); diff != "" {
		t.Errorf("view (-want +got):\n%s\n%s", diff, strings.Join(lines, "\n"))
	}
}

func TestLargestTotalIsFirst(t *testing.T) {
	p := sized(80, 6)
	p.show(hash("opens", 0, "bash", []uint64{1, 2}, "cat", []uint64{0, 4}, "opener", []uint64{60_000, 40_000}))
	check(t, p, `
 key      ▾total    delta/s            trend │   cpu0    cpu1
▌opener  100,000          ·                  │ 60,000  40,000  ━━━━━━━━━━━━━━━━
 cat           4          ·                  │      ·       4  ╸
 bash          3          ·                  │      1       2  ╸
`)
	if got, want := p.Label(), (pane.Label{Name: "counters", Note: "opens · 3 keys"}); got != want {
		t.Errorf("label %v, want %v", got, want)
	}
}

func TestRateSpansTheLastSecond(t *testing.T) {
	p := sized(60, 6)
	for i := range 9 { // 1000 a second for one second, then nothing
		n := uint64(min(i, 4) * 250)
		p.show(hash("opens", time.Duration(i)*250*time.Millisecond, "bash", []uint64{n, 0}))
		want := []float64{0, 1000, 1000, 1000, 1000, 750, 500, 250, 0}[i]
		if got := p.rows()[0].Rate; got != want {
			t.Errorf("table %d: rate %v, want %v", i, got, want)
		}
	}
}

func TestRateOfNewAndClearedKeysCountsFromZero(t *testing.T) {
	p := sized(60, 6)
	p.show(hash("m", 0, "old", []uint64{100, 0}))
	p.show(hash("m", time.Second, "old", []uint64{30, 0}, "new", []uint64{7, 0}))
	got := map[any]float64{}
	for _, r := range p.rows() {
		got[r.Key[0]] = r.Rate
	}
	if want := (map[any]float64{"old": 30, "new": 7}); !cmp.Equal(got, want) {
		t.Errorf("rates %v, want %v", got, want)
	}
}

func TestSignedTotalsMayFall(t *testing.T) {
	gauge := func(after time.Duration, n int64) table.Table {
		t := hash("depth", after, "q", []uint64{uint64(n), 0})
		t.Rows[0].Total = n
		return t
	}
	p := sized(60, 4)
	p.show(gauge(0, 5))
	p.show(gauge(time.Second, -1500))
	check(t, p, `
 key     ▾total    delta/s           trend │   cpu0    cpu1
▌q       -1,500     -1,505               ▁ │ -1,500       ·
`)
}

func TestSelectionStaysOnItsKey(t *testing.T) {
	p := sized(60, 6)
	p.show(hash("m", 0, "a", []uint64{3, 0}, "b", []uint64{2, 0}, "c", []uint64{1, 0}))
	press(p, "down")
	p.show(hash("m", time.Second, "a", []uint64{3, 0}, "b", []uint64{9, 0}, "c", []uint64{5, 0}))
	if got := p.rows()[p.tables[0].Sel].Key[0]; got != "b" || p.tables[0].Sel != 0 {
		t.Errorf("selected %v in row %d, want b in row 0", got, p.tables[0].Sel)
	}
	press(p, "home")
	p.show(hash("m", 2*time.Second, "a", []uint64{30, 0}, "b", []uint64{9, 0}))
	if got := p.rows()[p.tables[0].Sel].Key[0]; got != "a" {
		t.Errorf("selected %v, want the first row, a", got)
	}
	press(p, "end")
	p.show(hash("m", 3*time.Second, "a", []uint64{30, 0}))
	if got := p.tables[0].Sel; got != 0 {
		t.Errorf("row %d selected, there is only row 0", got)
	}
}

func TestSortByEachColumn(t *testing.T) {
	p := sized(80, 5)
	p.show(hash("m", 0, "a", []uint64{0, 0}, "b", []uint64{0, 0}, "c", []uint64{0, 0}))
	p.show(hash("m", time.Second, "a", []uint64{3, 1}, "b", []uint64{1, 9}, "c", []uint64{2, 3}))
	order := func() (s string) {
		for _, r := range p.rows() {
			s += r.Key[0].(string)
		}
		return s
	}
	for i, want := range []string{"bca", "bca", "acb", "bca", "abc", "bca"} {
		if got := order(); got != want {
			t.Errorf("sorted by column %d: %s, want %s", p.tables[0].Cut.By, got, want)
		}
		if i == 0 {
			press(p, "S")
			if got := order(); got != "acb" {
				t.Errorf("other way round: %s, want acb", got)
			}
			press(p, "S")
		}
		press(p, "s")
	}
}

func TestEqualRowsKeepTheOrderOfTheirKeys(t *testing.T) {
	p := sized(80, 5)
	p.show(hash("m", 0, "b", []uint64{1, 0}, "c", []uint64{0, 1}, "a", []uint64{1, 0}))
	check(t, p, `
 key     ▾total    delta/s             trend │   cpu0    cpu1
▌a            1          ·                   │      1       ·  ━━━━━━━━━━━━━━━━
 b            1          ·                   │      1       ·  ━━━━━━━━━━━━━━━━
 c            1          ·                   │      ·       1  ━━━━━━━━━━━━━━━━
`)
}

func TestTablesStandBelowEachOtherWhereTheyFit(t *testing.T) {
	p := sized(50, 17)
	p.show(
		hash("opens", 0, "a", []uint64{1, 0}, "b", []uint64{2, 0}),
		counter("switches", 0, 5, 6),
		hash("reads", 0, "a", []uint64{1, 0}, "b", []uint64{2, 0}, "c", []uint64{3, 0}, "d", []uint64{4, 0}),
		counter("forks", 0, 0, 1),
	)
	check(t, p, `
▸ opens 2 keys ───────────────────────────────────
 key        ▾total    delta/s │   cpu0    cpu1
▌b               2          · │      2       ·
 a               1          · │      1       ·
  counters 2 without a key ───────────────────────
 name       ▾total    delta/s │   cpu0    cpu1
 switches       11          · │      5       6
 forks           1          · │      ·       1
  reads 4 keys ───────────────────────────────────
 key        ▾total    delta/s │   cpu0    cpu1
 d               4          · │      4       ·
 c               3          · │      3       ·
 b               2          · │      2       ·
 a               1          · │      1       ·
`)
	p.resize(50, 14)
	check(t, p, `
 [opens]  counters   reads
 key        ▾total    delta/s │   cpu0    cpu1
▌b               2          · │      2       ·
 a               1          · │      1       ·
`)
	press(p, "]")
	if got, want := p.Label().Note, "counters · 2 without a key, map 2 of 3"; got != want {
		t.Errorf("note %q, want %q", got, want)
	}
	press(p, "]", "]")
	if p.active != "opens" {
		t.Errorf("after the last map comes %q, want opens", p.active)
	}
	press(p, "3")
	if p.active != "reads" {
		t.Errorf("3 is %q, want reads", p.active)
	}
	p.resize(50, 17)
	press(p, "t")
	if !p.tabs {
		t.Error("t did not turn to tabs")
	}
}

func TestManyCPUsFold(t *testing.T) {
	m := hash("m", 0, "a", make([]uint64, 128))
	m.CPUs = 128
	m.Rows[0].PerCPU[3], m.Rows[0].Total = 7, uint64(7)
	p := sized(78, 4)
	p.show(m)
	check(t, p, `
 key     ▾total    delta/s │ cpu 0–127
▌a            7          · │ ·█··············································
`)
	p.resize(20, 4)
	check(t, p, `
 key     ▾total
▌a            7
`)
	if got, want := p.Label().Note, "m · 1 key, 128 cpus hidden"; got != want {
		t.Errorf("note %q, want %q", got, want)
	}
}

func TestLongKeysLeaveRoomForNumbers(t *testing.T) {
	p := sized(60, 4)
	p.show(hash("m", 0, strings.Repeat("long ", 40), []uint64{math.MaxUint64 / 2, 0}))
	check(t, p, `
 key                                      ▾total    delta/s
▌long long long long…  9,223,372,036,854,775,807          ·
`)
}

func TestKeysAreEscaped(t *testing.T) {
	p := sized(60, 4)
	p.show(hash("m", 0, "\x1b[2J\n", []uint64{1, 0}))
	check(t, p, `
 key         ▾total    delta/s       trend │   cpu0    cpu1
▌\x1b[2J\n        1          ·             │      1       ·
`)
}

func TestAlmostFullMapsSaySo(t *testing.T) {
	m := hash("m", 0, "a", []uint64{1, 0}, "b", []uint64{1, 0}, "c", []uint64{1, 0})
	m.Map.Entries = 3
	p := sized(60, 3)
	p.show(m)
	if got, want := p.Label().Note, "m · 1–2 of 3 keys, 100% full"; got != want {
		t.Errorf("note %q, want %q", got, want)
	}
}

func TestPauseStandsStillAndCatchesUp(t *testing.T) {
	p := sized(60, 4)
	p.show(hash("m", 0, "a", []uint64{1, 0}))
	before := p.View()
	p.play(pane.Paused(true))
	p.show(hash("m", time.Second, "a", []uint64{2, 0}))
	if p.View() != before {
		t.Error("the pane changed while paused")
	}
	p.play(pane.Paused(false))
	if p.View() == before {
		t.Error("the pane did not catch up")
	}
}

func TestMapsThatAreGoneAreNotShown(t *testing.T) {
	p := sized(60, 8)
	p.show(hash("a", 0), hash("b", 0, "k", []uint64{1, 1}))
	press(p, "]")
	p.show(hash("a", 0))
	check(t, p, `
 key     ▾total    delta/s           trend │   cpu0    cpu1
  nothing counted yet
`)
	p.show()
	if !strings.Contains(p.View(), "no maps yet") {
		t.Errorf("got:\n%s", p.View())
	}
}

// TestNeverLargerThanItsPlace draws random tables at random sizes after random keys and clicks.
func TestNeverLargerThanItsPlace(t *testing.T) {
	all := []string{
		"up", "down", "left", "right", "pgup", "pgdown", "home", "end", "s", "S", "[", "]", "t", "1", "2", "5", "n", "f", "x", "y", "Y", "/", "k", "世",
		"enter", "esc", "backspace",
	}
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := sized(r.IntN(130), r.IntN(40))
		for step := range 40 {
			switch r.IntN(6) {
			case 0:
				p.resize(r.IntN(130), r.IntN(40))
			case 1:
				p.show(randomTables(r, time.Duration(step)*time.Second)...)
			case 2:
				p.play(tea.MouseMsg{X: r.IntN(130), Y: r.IntN(40) - 1, Button: tea.MouseButton(r.IntN(6)), Action: tea.MouseActionPress})
			default:
				press(p, all[r.IntN(len(all))])
			}
			viewtest.Fits(t, fmt.Sprintf("seed %d, step %d", seed, step), p.Pane, p.w, p.h)
		}
	}
}

func randomTables(r *rand.Rand, after time.Duration) []table.Table {
	var all []table.Table
	cpus := []int{0, 1, 2, 64}[r.IntN(4)]
	for m := range r.IntN(6) {
		columns := []string{"comm", "a column with a long name", "fd"}[:r.IntN(4)]
		t := table.Table{Map: table.Map{Name: fmt.Sprintf("map%d", m), Columns: columns, Entries: r.IntN(50)}, Time: start.Add(after), CPUs: cpus}
		for range r.IntN(40) {
			row := table.Row{Total: r.Uint64() >> r.IntN(64), PerCPU: make([]uint64, cpus)}
			if m == 3 {
				row.Total = strings.Repeat("値", r.IntN(60))
			}
			for range columns {
				row.Key = append(row.Key, []any{"世界\x1b", int64(r.IntN(1e6)) - 5e5, strings.Repeat("k", r.IntN(200)), true}[r.IntN(4)])
			}
			for i := range row.PerCPU {
				row.PerCPU[i] = r.Uint64() >> r.IntN(64)
			}
			t.Rows = append(t.Rows, row)
		}
		all = append(all, t)
	}
	return all
}

// Averages and statistics are shown by the number that matters; distributions have a pane of their own.
func TestAggregatesShowOneNumber(t *testing.T) {
	p := sized(40, 24)
	aggregate := func(name, kind string, total any, key ...any) table.Table {
		m := table.Map{Name: name, Kind: kind, Key: "string", Columns: []string{name}, Entries: 10240}
		return table.Table{Map: m, Time: start, Rows: []table.Row{{Key: key, Total: total}}}
	}
	mean := aggregate("mean", "average", table.Summary{N: 2, Sum: int64(-7), Avg: int64(-3)})
	mean.Map.Columns, mean.Map.Key = nil, ""
	p.show(
		aggregate("lat", "histogram", table.Histogram{N: 1234}, "cat"),
		aggregate("all", "statistics", table.Summary{N: 56, Sum: uint64(560), Avg: uint64(10), Min: uint64(1), Max: uint64(20)}, "ls"),
		mean,
	)
	check(t, p, `
▸ all 1 key ────────────────────────────
 key        ▾sum    delta/s       trend
▌ls          560          ·
  counters 1 without a key ─────────────
 name     ▾total    delta/s       trend
 mean         -3          ·
`)
}

func TestEstimatesAreMarked(t *testing.T) {
	p := sized(100, 10)
	table := hash("opens", time.Second, "cat", []uint64{72, 8})
	table.Factor = 8
	p.show(table)
	if l := p.Label(); !strings.Contains(l.Note, "~ estimates, of 1 in 8 events") || !l.Alert {
		t.Errorf("the label is %+v", l)
	}
}
