package output

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental/layout"
	"go3s/incremental/source"
	"go3s/session"
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

var tables = []session.Table{
	{
		Map: session.Map{Name: "opens", Columns: []string{"opens"}, PerCPU: true}, CPUs: 2,
		Rows: []session.Row{
			{Key: []any{"cat"}, Total: uint64(1), PerCPU: []uint64{1, 0}},
			{Key: []any{""}, Total: uint64(3), PerCPU: []uint64{1, 2}},
			{Key: []any{"日本語の名前"}, Total: uint64(42), PerCPU: []uint64{2, 40}},
			{Key: []any{"\x1b[2J\u202e\xff"}, Total: uint64(1000), PerCPU: []uint64{1000, 0}},
			{Key: []any{"opener-with-a-long-name"}, Total: uint64(100000), PerCPU: []uint64{99999, 1}},
		},
	},
	{
		Map: session.Map{Name: "n", PerCPU: true}, CPUs: 2,
		Rows: []session.Row{{Total: uint64(42), PerCPU: []uint64{40, 2}}},
	},
	{
		Map:  session.Map{Name: "seen"},
		Rows: []session.Row{{Total: uint64(7)}},
	},
	{
		Map: session.Map{Name: "reads", Columns: []string{"pid", "comm", "ok"}, PerCPU: true}, CPUs: 2,
		Rows: []session.Row{
			{Key: []any{uint64(7), "cat", true}, Total: int64(-5), PerCPU: []uint64{^uint64(0), ^uint64(3)}},
			{Key: []any{uint64(31337), "bash", false}, Total: int64(12), PerCPU: []uint64{12, 0}},
		},
	},
	{Map: session.Map{Name: "none", Columns: []string{"none"}}},
	{
		Map: session.Map{Name: "state", Columns: []string{"state"}},
		Rows: []session.Row{
			{Key: []any{layout.Addr(0xffff888000000000)}, Total: "sleeping\n"},
			{Key: []any{layout.Addr(0x10)}, Total: []any{uint64(1), "x\x1b"}},
		},
	},
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

func TestCutKeysLeaveLinesThatFit(t *testing.T) {
	for width := 20; width < 60; width++ {
		var b bytes.Buffer
		if err := Table(&b, tables[0], Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if w := source.Width(strings.TrimSuffix(line, "\n")); w > width {
				t.Errorf("width %d: a line of %d cells: %s", width, w, line)
			}
		}
	}
}

func TestLineIsOneHarmlessLine(t *testing.T) {
	for in, want := range map[string]string{
		"1 cat\n":        "1 cat",
		"a\nb\n\n":       `a\nb\n`,
		"\x1b]0;title\a": `\x1b]0;title\x07`,
		"":               "",
	} {
		if got := Line(session.Record{Text: in}); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
