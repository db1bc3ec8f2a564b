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

	"go3s/session"
	"go3s/view/pane"
	"go3s/view/sheet"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

var start = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

// hash is a per-CPU hash with a text key. Each entry is a key and its counts on each CPU.
func hash(name string, after time.Duration, entries ...any) session.Table {
	t := session.Table{
		Map:  session.Map{Name: name, Kind: "per-CPU hash", Key: "[16]byte", Value: "uint64", Columns: []string{name}, PerCPU: true, Entries: 10240},
		Time: start.Add(after), CPUs: 2,
	}
	for i := 0; i < len(entries); i += 2 {
		counts := entries[i+1].([]uint64)
		var total uint64
		for _, n := range counts {
			total += n
		}
		t.Rows = append(t.Rows, session.Row{Key: []any{entries[i]}, Total: total, PerCPU: counts})
	}
	return t
}

// counter is a map without a key.
func counter(name string, after time.Duration, counts ...uint64) session.Table {
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
func (d *desk) show(t ...session.Table) { d.play(t) }

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
	gauge := func(after time.Duration, n int64) session.Table {
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

func randomTables(r *rand.Rand, after time.Duration) []session.Table {
	var all []session.Table
	cpus := []int{0, 1, 2, 64}[r.IntN(4)]
	for m := range r.IntN(6) {
		columns := []string{"comm", "a column with a long name", "fd"}[:r.IntN(4)]
		t := session.Table{Map: session.Map{Name: fmt.Sprintf("map%d", m), Columns: columns, Entries: r.IntN(50)}, Time: start.Add(after), CPUs: cpus}
		for range r.IntN(40) {
			row := session.Row{Total: r.Uint64() >> r.IntN(64), PerCPU: make([]uint64, cpus)}
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
	aggregate := func(name, kind string, total any, key ...any) session.Table {
		m := session.Map{Name: name, Kind: kind, Key: "string", Columns: []string{name}, Entries: 10240}
		return session.Table{Map: m, Time: start, Rows: []session.Row{{Key: key, Total: total}}}
	}
	mean := aggregate("mean", "average", session.Summary{N: 2, Sum: int64(-7), Avg: int64(-3)})
	mean.Map.Columns, mean.Map.Key = nil, ""
	p.show(
		aggregate("lat", "histogram", session.Histogram{N: 1234}, "cat"),
		aggregate("all", "statistics", session.Summary{N: 56, Sum: uint64(560), Avg: uint64(10), Min: uint64(1), Max: uint64(20)}, "ls"),
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

// big is a map of n keys of two columns on so many CPUs, after some seconds.
func big(n, cpus, second int) session.Table {
	t := session.Table{
		Map:  session.Map{Name: "opens", Kind: "per-CPU hash", Key: "key", Value: "uint64", Columns: []string{"comm", "path"}, PerCPU: true, Entries: n},
		Time: start.Add(time.Duration(second) * time.Second), CPUs: cpus,
	}
	comms := []string{"opener", "世界", "ev\x1b[31mil\n", "e\u0301te\u0301", "postgres"}
	for i := range n {
		r := session.Row{Key: []any{comms[i%len(comms)], strings.Repeat(fmt.Sprintf("/var/lib/%d", i), 20)}, PerCPU: make([]uint64, cpus)}
		var total uint64
		for c := range cpus {
			r.PerCPU[c] = uint64(second*second*1000/(i+1)) >> (c * 16 / cpus)
			total += r.PerCPU[c]
		}
		r.Total = total
		t.Rows = append(t.Rows, r)
	}
	return t
}

// seconds are messages with what some maps hold after each of the first n seconds.
func seconds(n int, maps func(second int) []session.Table) []any {
	msgs := []any{pane.Focus(true)}
	for i := range n {
		msgs = append(msgs, maps(i))
	}
	return msgs
}

func few(second int) []session.Table {
	n, after := uint64(second), time.Duration(second)*time.Second
	return []session.Table{
		hash("opens", after, "opener", []uint64{n * n * 100, n * 50}, "bash", []uint64{7, n / 3}, "世界", []uint64{n, 3 * n}, "idle", []uint64{0, 12}),
		counter("switches", after, n*1234, n*n),
		counter("forks", after, n/2, 0),
	}
}

func one(cpus, keys int) func(int) []session.Table {
	return func(second int) []session.Table { return []session.Table{big(keys, cpus, second)} }
}

var scenes = []struct {
	name string
	msgs []any
}{
	{"empty", nil},
	{"nothing-counted", seconds(1, func(int) []session.Table { return []session.Table{hash("opens", 0)} })},
	{"normal", seconds(12, few)},
	{"overflowing", append(seconds(4, one(2, 1000)), "end", "up")},
	{"many-cpus", seconds(6, one(64, 30))},
	{"many-maps", seconds(3, func(s int) (all []session.Table) {
		for i := range 30 {
			all = append(all, hash(fmt.Sprintf("map_%d", i), time.Duration(s)*time.Second, "k", []uint64{uint64(s * i), 1}))
		}
		return all
	})},
	{"filtered", append(seconds(6, one(2, 1000)), "/", "世", "enter")},
	{"filtering", append(seconds(6, one(2, 1000)), "/", "n", "o", "n", "e")},
	{"top", append(seconds(6, one(2, 1000)), "n", "down")},
	{"frozen", append(append(seconds(6, one(2, 50)), "f"), seconds(9, one(2, 50))[6:]...)},
	{"paused", append(seconds(6, few), pane.Paused(true), few(30), "down")},
	{"asked", append(seconds(6, one(2, 50)), "x")},
	{"error", append(seconds(6, one(2, 50)), viewtest.Broken("opens"))},
}

func TestScreens(t *testing.T) {
	for _, size := range viewtest.Sizes {
		for _, scene := range scenes {
			name := fmt.Sprintf("%s-%dx%d", scene.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				w, h := size[0]-2, size[1]/2
				p, shelf := New(theme.Plain()), viewtest.Shelf{}
				p.SetSize(w, h)
				shelf.Play(p, scene.msgs...)
				viewtest.Fits(t, name, p, w, h)
				viewtest.Golden(t, name, p.Label().Name+" · "+p.Label().Note+"\n"+p.View())
			})
		}
	}
}

func left(x, y int) tea.MouseMsg {
	return tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
}

// TestKeysAct has keys and clicks, and what they come to: the note, the selected row, and what goes beyond the pane.
func TestKeysAct(t *testing.T) {
	wheel := tea.MouseMsg{Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress}
	maps := []session.Table{
		hash("opens", 0, "ls", []uint64{1, 2}, "cat", []uint64{0, 9}, "ev\x1bil", []uint64{6, 0}, "sshd", []uint64{40, 2}),
		counter("forks", 0, 5, 0),
		counter("execs", 0, 2, 0),
	}
	for _, c := range []struct {
		keys     []any
		note     string
		selected any
		want     []tea.Msg
	}{
		{nil, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"down", "j"}, "opens · 4 keys, map 1 of 2", "ev\x1bil", nil},
		{[]any{"end", "k"}, "opens · 4 keys, map 1 of 2", "ev\x1bil", nil},
		{[]any{wheel}, "opens · 4 keys, map 1 of 2", "ls", nil},
		{[]any{left(3, 3)}, "opens · 4 keys, map 1 of 2", "cat", nil},
		{[]any{left(3, 20)}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{left(2, 1)}, "opens · 4 keys, map 1 of 2", "cat", nil},
		{[]any{left(2, 1), left(2, 1)}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{left(14, 0)}, "counters · 2 without a key, map 2 of 2", "forks", nil},
		{[]any{"/", "s", "enter"}, "opens · 2 of 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"/", "S", "S", "enter"}, "opens · 1 of 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"/", "s", "enter", "esc"}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"/", "s", "esc"}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"n"}, "opens · top 10 of 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"n", "n", "n", "n", "n"}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"f"}, "opens · 4 keys, frozen, map 1 of 2", "sshd", nil},
		{[]any{"f", "f"}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"x"}, "x again clears opens", "sshd", nil},
		{[]any{"x", "down", "x"}, "x again clears opens", "cat", nil},
		{[]any{"x", "x"}, "opens · 4 keys, map 1 of 2", "sshd", []tea.Msg{pane.Do{Line: ":clear opens"}}},
		{[]any{"]", "down", "x", "x"}, "counters · 2 without a key, map 2 of 2", "execs", []tea.Msg{pane.Do{Line: ":clear execs"}}},
		{[]any{"end", "up", "y"}, "opens · 4 keys, map 1 of 2", "ev\x1bil", []tea.Msg{pane.Copy{Pane: "counters", Text: "ev\\x1bil\t6\n", What: "1 row"}}},
		{[]any{"Y"}, "copying", "sshd", []tea.Msg{
			pane.Copy{Pane: "counters", Text: "key\ttotal\nsshd\t42\ncat\t9\nev\\x1bil\t6\nls\t3\n", What: "4 rows"},
		}},
		{[]any{pane.Copied{Pane: "counters", What: "4 rows"}}, "4 rows sent to the clipboard", "sshd", nil},
		{[]any{pane.Copied{Pane: "histogram", What: "4 rows"}}, "opens · 4 keys, map 1 of 2", "sshd", nil},
	} {
		p := sized(80, 8)
		p.play("t", maps)
		out := p.play(c.keys...)
		if got := p.Label().Note; got != c.note {
			t.Errorf("%v: note %q, want %q", c.keys, got, c.note)
		}
		if r := p.current().Row(p.current().Sel); r == nil || r.Key[0] != c.selected {
			t.Errorf("%v: row %v is selected, want %v", c.keys, r, c.selected)
		}
		if diff := cmp.Diff(c.want, out); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.keys, diff)
		}
	}
}

func TestWantsOnlyWhatIsShown(t *testing.T) {
	p := New(theme.Plain())
	p.SetSize(80, 8)
	wanted := func(msg tea.Msg) (names []string) {
		if cmd := p.Update(msg); cmd != nil {
			if w, ok := cmd().(sheet.Want); ok {
				for _, c := range w.Cuts {
					names = append(names, c.Map)
				}
				return names
			}
		}
		return []string{"as before"}
	}
	shelf := viewtest.Shelf{}
	news := shelf.Set([]session.Table{hash("a", 0), hash("b", 0), {Map: session.Map{Name: "h", Kind: "histogram", Columns: []string{"h"}}}, counter("c", 0, 1)})
	got := [][]string{wanted(news), wanted(news), wanted(viewtest.Key("]")), wanted(viewtest.Key("]"))}
	p.SetSize(80, 0)
	got = append(got, wanted(nil))
	p.SetSize(80, 40)
	got = append(got, wanted(nil))
	want := [][]string{{"a"}, {"as before"}, {"b"}, {sheet.Loose}, nil, {"a", "b", sheet.Loose}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
