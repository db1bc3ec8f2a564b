package output

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental/layout"
	"go3s/incremental/source"
	"go3s/session/record"
	"go3s/session/table"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

var tables = []table.Table{
	{
		Map: table.Map{Name: "opens", Columns: []string{"opens"}, PerCPU: true}, CPUs: 2,
		Rows: []table.Row{
			{Key: []any{"cat"}, Total: uint64(1), PerCPU: []uint64{1, 0}},
			{Key: []any{""}, Total: uint64(3), PerCPU: []uint64{1, 2}},
			{Key: []any{"日本語の名前"}, Total: uint64(42), PerCPU: []uint64{2, 40}},
			{Key: []any{"\x1b[2J\u202e\xff"}, Total: uint64(1000), PerCPU: []uint64{1000, 0}},
			{Key: []any{"opener-with-a-long-name"}, Total: uint64(100000), PerCPU: []uint64{99999, 1}},
		},
	},
	{
		Map: table.Map{Name: "n", PerCPU: true}, CPUs: 2,
		Rows: []table.Row{{Total: uint64(42), PerCPU: []uint64{40, 2}}},
	},
	{
		Map:  table.Map{Name: "seen"},
		Rows: []table.Row{{Total: uint64(7)}},
	},
	{
		Map: table.Map{Name: "reads", Columns: []string{"pid", "comm", "ok"}, PerCPU: true}, CPUs: 2,
		Rows: []table.Row{
			{Key: []any{uint64(7), "cat", true}, Total: int64(-5), PerCPU: []uint64{^uint64(0), ^uint64(3)}},
			{Key: []any{uint64(31337), "bash", false}, Total: int64(12), PerCPU: []uint64{12, 0}},
		},
	},
	{Map: table.Map{Name: "none", Columns: []string{"none"}}},
	{
		Map: table.Map{Name: "state", Columns: []string{"state"}},
		Rows: []table.Row{
			{Key: []any{layout.Addr(0xffff888000000000)}, Total: "sleeping\n"},
			{Key: []any{layout.Addr(0x10)}, Total: []any{uint64(1), "x\x1b"}},
		},
	},
	{
		Map: table.Map{Name: "stacks", Columns: []string{"kernel", "pid", "user"}},
		Rows: []table.Row{
			{Key: []any{layout.Frames{}, uint64(1), layout.Frames{"main.idle+0x1 (/usr/bin/x)"}}, Total: uint64(1)},
			{Key: []any{layout.Frames{"schedule+0x29", "\x1b[2Jdo_nanosleep+0x6f", "entry+0x76"}, uint64(2), layout.Frames{"nanosleep+0x17", "main+0x4"}}, Total: uint64(3)},
		},
	},
}

// aggregates are tables of the other kinds of totals.
var aggregates = []table.Table{
	{
		Map: table.Map{Name: "lat", Columns: []string{"lat"}},
		Rows: []table.Row{
			{Key: []any{"cat"}, Total: table.Histogram{N: 1, Buckets: []table.Bucket{{Lo: uint64(0), Hi: uint64(1), N: 1}}}},
			{Key: []any{"\x1b[2J"}, Total: table.Histogram{N: 100_306, Buckets: []table.Bucket{
				{Lo: nil, Hi: int64(0), N: 5},
				{Lo: int64(0), Hi: int64(1), N: 1},
				{Lo: int64(1), Hi: int64(2)},
				{Lo: int64(512), Hi: int64(1024), N: 300},
				{Lo: int64(1024), Hi: int64(2048), N: 60_000},
				{Lo: int64(1 << 20), Hi: int64(1 << 21), N: 40_000},
				{Lo: int64(1 << 62), Hi: nil, N: 1},
			}}},
		},
	},
	{
		Map: table.Map{Name: "steps", Columns: []string{"pid", "comm"}},
		Rows: []table.Row{{Key: []any{uint64(7), ""}, Total: table.Histogram{N: 7, Linear: true, Buckets: []table.Bucket{
			{Lo: nil, Hi: int64(-1024), N: 1},
			{Lo: int64(-1024), Hi: int64(0), N: 3},
			{Lo: int64(0), Hi: int64(1024), N: 2},
			{Lo: int64(1024), Hi: nil, N: 1},
		}}}},
	},
	{
		Map: table.Map{Name: "all"},
		Rows: []table.Row{{Total: table.Histogram{N: 3, Buckets: []table.Bucket{
			{Lo: uint64(1 << 62), Hi: uint64(1 << 63), N: 2}, {Lo: uint64(1 << 63), Hi: nil, N: 1},
		}}}},
	},
	{
		Map: table.Map{Name: "slow", Columns: []string{"slow"}},
		Rows: []table.Row{
			{Key: []any{"cat"}, Total: table.Quantiles{N: 3, P50: int64(-7), P90: int64(8), P99: int64(9), P999: int64(9), P9999: int64(9), Max: int64(9)}},
			{Key: []any{"日本"}, Total: table.Quantiles{N: 9999, P50: int64(7), P90: int64(8), P99: int64(99999), P999: int64(1e9), P9999: int64(1e12), Max: int64(1e15)}},
		},
	},
	{
		Map: table.Map{Name: "sizes", Columns: []string{"pid", "comm"}},
		Rows: []table.Row{
			{Key: []any{uint64(1), "init"}, Total: table.Summary{N: 2, Sum: int64(5), Avg: int64(2), Min: int64(-1), Max: int64(6)}},
			{Key: []any{uint64(12345), "cat"}, Total: table.Summary{N: 1, Sum: int64(1 << 40), Avg: int64(1 << 40), Min: int64(1 << 40), Max: int64(1 << 40)}},
		},
	},
	{
		Map:  table.Map{Name: "mean"},
		Rows: []table.Row{{Total: table.Summary{N: 2, Sum: uint64(5), Avg: uint64(2)}}},
	},
	{
		Map:  table.Map{Name: "least", Columns: []string{"least"}},
		Rows: []table.Row{{Key: []any{"cat"}, Total: int64(-3)}},
	},
}

func TestTablesOfAggregates(t *testing.T) {
	for name, o := range map[string]Options{"aggregates": {PerCPU: true}, "aggregates-narrow": {Width: 40}} {
		var b bytes.Buffer
		for _, table := range aggregates {
			if err := Table(&b, table, o); err != nil {
				t.Fatal(err)
			}
		}
		golden(t, name, b.String())
	}
}

func TestTables(t *testing.T) {
	for name, o := range map[string]Options{
		"plain": {}, "percpu": {PerCPU: true}, "narrow": {Width: 24}, "hopeless": {Width: 3, PerCPU: true},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			for _, table := range tables {
				if err := Table(&b, table, o); err != nil {
					t.Fatal(err)
				}
			}
			golden(t, name, b.String())
		})
	}
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	before := table.ContentsOf(tables[0])
	for width := 1; width < 100; width++ {
		for _, o := range []Options{{}, {PerCPU: true, Since: before}, {Units: func(string) Unit { return Times }, Task: taskOf}} {
			o.Width = width
			var b bytes.Buffer
			for _, table := range slices.Concat(tables, aggregates) {
				table.Time = table.Time.Add(time.Second)
				if err := Table(&b, table, o); err != nil {
					t.Fatal(err)
				}
			}
			for line := range strings.Lines(b.String()) {
				if w := source.Width(strings.TrimSuffix(line, "\n")); w > width {
					t.Errorf("width %d: a line of %d cells: %s", width, w, line)
				}
			}
		}
	}
}

// taskOf names some processes.
func taskOf(pid uint64) string {
	return map[uint64]string{7: "cat", 31337: "\x1b]2;x\a", 12345: "日本"}[pid]
}

// TestTablesInUnitsWithRatesAndTasks compares whole tables with all that can be asked for.
func TestTablesInUnitsWithRatesAndTasks(t *testing.T) {
	var b bytes.Buffer
	show := func(table table.Table, o Options) {
		if err := Table(&b, table, o); err != nil {
			t.Fatal(err)
		}
	}
	for i := range Units() {
		o := Options{Units: func(string) Unit { return Unit(i) }}
		show(tables[0], o)
		for _, a := range aggregates {
			show(a, o)
		}
	}
	before := tables[0]
	before.Rows = before.Rows[1:4]
	earlier := table.ContentsOf(before)
	now := tables[0]
	now.Time = before.Time.Add(2 * time.Second)
	now.Rows = slices.Clone(now.Rows)
	now.Rows[2].Total = uint64(1042)
	for _, o := range []Options{
		{Since: earlier},
		{Since: earlier, By: ByRate, Top: 2, PerCPU: true},
		{By: ByKey, Top: 2},
		{Top: 1},
		{Top: 5},
	} {
		show(now, o)
	}
	counter, lat := tables[1], aggregates[0]
	counter.Time, lat.Time = now.Time, now.Time
	show(counter, Options{Since: table.ContentsOf(table.Table{Rows: []table.Row{{Total: uint64(20)}}}), Units: func(string) Unit { return Bytes }})
	show(lat, Options{Since: table.ContentsOf(table.Table{}), Top: 1})
	tasks := tables[3]
	tasks.Map.Tasks = []bool{true, false, false}
	show(tasks, Options{Task: taskOf})
	steps := aggregates[1]
	steps.Map.Tasks = []bool{true, false}
	show(steps, Options{Task: taskOf})
	one := table.Table{
		Map:  table.Map{Name: "by", Columns: []string{"by"}, Tasks: []bool{true}},
		Rows: []table.Row{{Key: []any{uint64(8)}, Total: uint64(1)}, {Key: []any{uint64(12345)}, Total: uint64(2)}},
	}
	show(one, Options{Task: taskOf})
	show(one, Options{})
	golden(t, "asked", b.String())
}

func TestOrdersAreFoundByTheirNames(t *testing.T) {
	for name, want := range map[string]Order{"value": ByValue, "key": ByKey, "rate": ByRate} {
		if got, ok := ParseOrder(name); got != want || !ok {
			t.Errorf("%s is %v, %v", name, got, ok)
		}
	}
	if _, ok := ParseOrder("size"); ok {
		t.Error("size is an order")
	}
}

func TestLineIsOneHarmlessLine(t *testing.T) {
	for in, want := range map[string]string{
		"1 cat\n":        "1 cat",
		"a\nb\n\n":       `a\nb\n`,
		"\x1b]0;title\a": `\x1b]0;title\x07`,
		"":               "",
	} {
		if got := Line(record.Record{Text: in}); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
		if got := string(AppendLine([]byte("before"), record.Decoded(record.Record{Text: in}))); got != "before"+want+"\n" {
			t.Errorf("%q is appended as %q, want %q", in, got, want)
		}
	}
}

func TestEstimatesAreMarked(t *testing.T) {
	hot := table.Table{
		Map: table.Map{Name: "hot", Columns: []string{"hot"}}, Factor: 64,
		Rows: []table.Row{{Key: []any{"a"}, Total: uint64(64), Counted: uint64(1)}, {Key: []any{"b"}, Total: uint64(1280), Counted: uint64(20)}},
	}
	mean := table.Table{
		Map: table.Map{Name: "mean"}, Factor: 1,
		Rows: []table.Row{{Total: table.Summary{N: 64, Sum: uint64(128), Avg: uint64(2)}}},
	}
	var b bytes.Buffer
	if err := Tables(&b, []table.Table{hot, mean}, Options{}); err != nil {
		t.Fatal(err)
	}
	const want = "hot (~ estimates, of 1 in 64 events)\n  a    ~64\n  b  ~1280\n\nmean  n ~64  sum ~128  avg 2\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}
