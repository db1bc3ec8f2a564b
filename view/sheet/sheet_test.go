package sheet

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"go3s/session/table"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

// tableOf has a row for each name and count, after some seconds.
func tableOf(second int, entries ...any) table.Table {
	t := table.Table{
		Map:  table.Map{Name: "opens", Kind: "per-CPU hash", Key: "string", Columns: []string{"opens"}, PerCPU: true},
		Time: start.Add(time.Duration(second) * time.Second), CPUs: 2,
	}
	for i := 0; i < len(entries); i += 2 {
		n := uint64(entries[i+1].(int))
		t.Rows = append(t.Rows, table.Row{Key: []any{entries[i]}, Total: n, PerCPU: []uint64{n / 3, n - n/3}})
	}
	slices.SortFunc(t.Rows, func(a, b table.Row) int {
		if d := int(a.Total.(uint64)) - int(b.Total.(uint64)); d != 0 {
			return d
		}
		return table.CompareKeys(a, b)
	})
	return t
}

// names are the keys of a sheet's rows, with "-" before those that are not on the screen and ">" before the chosen one.
func names(s Sheet) string {
	var out []string
	for i, r := range s.Rows {
		name := fmt.Sprint(r.Key[0])
		if at := s.From + i; at < s.Offset || at >= s.Offset+s.Cut.Height {
			name = "-" + name
		} else if at == s.Index {
			name = ">" + name
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func TestCutHasTheRowsThatAreAskedFor(t *testing.T) {
	var tally Tally
	tally.Take(table.ContentsOf(tableOf(0, "a", 5, "b", 5, "cat", 9, "d", 1, "Cash", 3)), "plain")
	tally.Take(table.ContentsOf(tableOf(1, "a", 5, "b", 7, "cat", 9, "d", 4, "Cash", 3)), "plain")
	id := func(name string) string {
		return string(table.ContentsOf(table.Table{Rows: []table.Row{{Key: []any{name}}}}).ID(0))
	}
	for _, c := range []struct {
		cut     Cut
		want    string
		matches int
	}{
		{Cut{By: ByTotal, Height: 9}, ">cat b a d Cash", 5},
		{Cut{By: ByTotal, Up: true, Height: 9}, ">Cash d a b cat", 5},
		{Cut{By: 0, Up: true, Height: 9}, ">Cash a b cat d", 5},
		{Cut{By: 0, Height: 9}, ">d cat b a Cash", 5},
		{Cut{By: ByRate, Height: 9}, ">d b cat a Cash", 5},
		{Cut{By: ByCPU - 1, Height: 9}, ">cat b a d Cash", 5},
		{Cut{By: ByTotal, Height: 9, Filter: "CA"}, ">cat Cash", 2},
		{Cut{By: ByTotal, Height: 9, Filter: "x"}, "", 0},
		{Cut{By: ByTotal, Height: 9, Top: 2}, ">cat b", 5},
		{Cut{By: ByTotal, Height: 2}, ">cat b -a -d -Cash", 5},
		{Cut{By: ByTotal, Height: 2, Chosen: id("d")}, "-cat -b a >d -Cash", 5},
		{Cut{By: ByTotal, Height: 2, Chosen: id("a"), Offset: 2}, "-cat -b >a d -Cash", 5},
		{Cut{By: ByTotal, Height: 2, Chosen: id("gone"), At: 4}, "-cat -b -a d >Cash", 5},
		{Cut{By: ByTotal, Height: 2, At: 99}, "-cat -b -a d >Cash", 5},
		{Cut{By: ByTotal, Height: 2, Whole: true}, ">cat b -a -d -Cash", 5},
		{Cut{By: ByTotal, Height: 0}, "-cat -b -a -d -Cash", 5},
	} {
		s := tally.Cut(c.cut)
		if got := names(s); got != c.want || s.Matches != c.matches || s.Keys != 5 {
			t.Errorf("%+v: %q, %d of %d; want %q, %d of 5", c.cut, got, s.Matches, s.Keys, c.want, c.matches)
		}
	}
}

func TestCutHasOnlyWhatIsNearTheScreen(t *testing.T) {
	var tally Tally
	tally.Take(table.ContentsOf(large(10_000, 0)), "plain")
	s := tally.Cut(Cut{By: ByTotal, Height: 40, At: 5000, Offset: 4990})
	if s.From != 4950 || len(s.Rows) != 120 || s.Count != 10_000 {
		t.Errorf("%d rows from %d of %d", len(s.Rows), s.From, s.Count)
	}
	if s = tally.Cut(Cut{By: ByTotal, Height: 40, Whole: true}); len(s.Rows) != Most {
		t.Errorf("the whole has %d rows", len(s.Rows))
	}
}

func TestTrendsAreOfRowsThatHaveBeenOnTheScreen(t *testing.T) {
	var tally Tally
	for i := range 5 {
		tally.Take(table.ContentsOf(tableOf(i, "a", 10*i, "b", i*i)), "plain")
		if i == 1 {
			tally.Cut(Cut{By: ByTotal, Height: 1})
		}
	}
	got := map[any][]float64{}
	for _, r := range tally.Cut(Cut{By: ByTotal, Height: 5}).Rows {
		got[r.Key[0]] = r.Trend
	}
	if diff := cmp.Diff(map[any][]float64{"a": {10, 10, 10, 10}, "b": {1, 3, 5, 7}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPastOfADistribution(t *testing.T) {
	var tally Tally
	for i := range 10 { // half a second apart
		tally.Take(table.ContentsOf(table.Table{
			Map: table.Map{Kind: "histogram"}, Time: start.Add(time.Duration(i) * step / 2), Rows: []table.Row{{Total: table.Histogram{N: uint64(i)}}},
		}), "plain")
	}
	var got []uint64
	for _, m := range tally.Cut(Cut{Height: 1}).Past {
		got = append(got, m.Total.(table.Histogram).N)
	}
	if !slices.Equal(got, []uint64{0, 2, 4, 6, 8}) {
		t.Errorf("moments %v", got)
	}
}

func TestScrollShowsTheRow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		count, height := 1+r.IntN(50), 1+r.IntN(20)
		index, offset := r.IntN(count), r.IntN(60)-5
		got := Scroll(offset, index, height, count)
		if got < 0 || got > index || got+height <= index || got > 0 && got+height > count {
			t.Fatalf("row %d of %d, %d on the screen from %d", index, count, height, got)
		}
	}
}

// large is a map of n keys on two CPUs.
func large(n, second int) table.Table {
	t := tableOf(second)
	for i := range n {
		total := uint64((i + second) * 7 / 3)
		t.Rows = append(t.Rows, table.Row{Key: []any{fmt.Sprintf("worker/%05d", i)}, Total: total, PerCPU: []uint64{total / 3, total - total/3}})
	}
	return t
}

// BenchmarkTally is one round of a map with 10,000 keys and two CPUs, which is done four times a second beside the program's goroutine.
func BenchmarkTally(b *testing.B) {
	tables := []table.Table{large(10_000, 0), large(10_000, 1)}
	var tally Tally
	for i := 0; b.Loop(); i++ {
		c := table.ContentsOf(tables[i%2])
		c.Time = start.Add(time.Duration(i) * 250 * time.Millisecond)
		tally.Take(c, "plain")
		tally.Cut(Cut{By: ByTotal, Height: 40})
	}
}

// BenchmarkResort is what a press of the sort key asks for.
func BenchmarkResort(b *testing.B) {
	var tally Tally
	tally.Take(table.ContentsOf(large(10_000, 0)), "plain")
	for i := 0; b.Loop(); i++ {
		tally.Cut(Cut{By: ByTotal - i%3, Height: 40})
	}
}
