package session

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental/source"
	"go3s/session/table"
)

// rows are the rows of a map as text: key, total, values of the CPUs.
func rows(t *testing.T, s *Session, name string) []string {
	t.Helper()
	table, err := s.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range table.Rows {
		lines = append(lines, fmt.Sprintf("%#v %#v %d", r.Key, r.Total, r.PerCPU))
	}
	return lines
}

func TestReadSumsOverCPUsAndSorts(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", `p := syscalls:sys_enter_read { a[comm]++; b[key]++; n++; last[pid] = 1; d[pid]-- }`)

	k.Set("a", []byte("bash"), 2, 3)
	k.Set("a", []byte("cat"), 1, 0)
	k.Set("a", []byte("awk"), 0, 5)
	k.Set("a", []byte("\x1b[2J\xff"), 1<<63, 1)
	same(t, "by total, then key; strings as they are", rows(t, s, "a"), []string{
		`[]interface {}{"cat"} 0x1 [1 0]`,
		`[]interface {}{"awk"} 0x5 [0 5]`,
		`[]interface {}{"bash"} 0x5 [2 3]`,
		`[]interface {}{"\x1b[2J\xff"} 0x8000000000000001 [9223372036854775808 1]`,
	})

	k.Set("b", append(le32(7), "x"...), 1, 1)
	k.Set("b", append(le32(6), "y"...), 1, 1)
	same(t, "struct keys have a column a field", rows(t, s, "b"), []string{
		`[]interface {}{0x6, "y"} 0x2 [1 1]`,
		`[]interface {}{0x7, "x"} 0x2 [1 1]`,
	})

	k.Set("n", le32(0), 40, 2)
	same(t, "a counter has one row", rows(t, s, "n"), []string{`[]interface {}(nil) 0x2a [40 2]`})

	k.Set("last", le32(1), 99)
	same(t, "a plain map has no CPUs", rows(t, s, "last"), []string{`[]interface {}{0x1} 0x63 []`})

	minus := func(n int32) uint64 { return uint64(uint32(-n)) }
	k.Set("d", le32(1), minus(3), 1)
	k.Set("d", le32(2), 5, minus(1))
	read, err := s.Read("d")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "signed sums", []any{read.Rows[0].Total, read.Rows[1].Total}, []any{int64(-2), int64(4)})
	same(t, "signed CPU", int64(read.Rows[0].PerCPU[0]), int64(-3))
	same(t, "columns of CPUs", read.CPUs, 2)
	same(t, "map", read.Map, table.Map{
		Name: "d", Kind: "per-CPU hash", Key: "uint32", Value: "int32", Columns: []string{"d"}, Tasks: []bool{true},
		PerCPU: true, Entries: 1024, Probes: []string{"p"},
	})
}

func TestEmptyMapHasNoRows(t *testing.T) {
	s, _ := start(t)
	enter(t, s, "1", opens)
	same(t, "rows", len(rows(t, s, "opens")), 0)
}

func TestClear(t *testing.T) {
	s, k := start(t)
	enter(t, s, "1", `p := syscalls:sys_enter_read { a[comm]++; n++ }`)
	k.Set("a", []byte("bash"), 2, 3)
	k.Set("n", le32(0), 40, 2)
	for _, name := range []string{"a", "n"} {
		if err := s.Clear(name); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "hash", len(rows(t, s, "a")), 0)
	same(t, "counter", rows(t, s, "n"), []string{`[]interface {}(nil) 0x0 [0 0]`})
}

func TestUnknownMapIsNamedWithANearOne(t *testing.T) {
	s, _ := start(t)
	enter(t, s, "1", opens)
	_, err := s.Read("opnes")
	same(t, "read", fmt.Sprint(err), `read opnes: there is no map "opnes"; did you mean opens?`)
	same(t, "clear", fmt.Sprint(s.Clear("events")), `clear events: there is no map "events"; there is opens`)
}

func TestMapsOfSeveralProbes(t *testing.T) {
	s, _ := start(t)
	enter(t, s, "1", `a := syscalls:sys_enter_read { n++ }; b := syscalls:sys_exit_read { n++; m[pid]++ }`)
	var got []string
	for _, m := range s.Maps() {
		got = append(got, fmt.Sprint(m.Name, " ", m.Kind, " ", m.Probes))
	}
	same(t, "maps", got, []string{"n per-CPU counter [a b]", "m per-CPU hash [b]"})
	if r := s.Enter(source.Cell{Name: "2", Text: `b := syscalls:sys_exit_read { m[pid]++ }`}); !r.OK() {
		t.Fatal(r)
	}
	same(t, "probes of n after b left it", s.Maps()[0].Probes, []string{"a"})
}

func TestMapsSayWhoUsesThem(t *testing.T) {
	s, _ := compiling(t)
	enter(t, s, "1", "a := sched:sched_switch { n++; m[pid]++; n += 2 }\nb := sched:sched_wakeup { n++ }")
	enter(t, s, "2", "c := sched:sched_wakeup { printf(\"%d\", pid); o++ }")
	if err := s.Suspend("b"); err != nil {
		t.Fatal(err)
	}
	if err := s.Detach("c"); err != nil {
		t.Fatal(err)
	}
	got := make(map[string][]string)
	for _, m := range s.Maps() {
		got[m.Name] = m.Probes
		if !s.HasMap(m.Name) {
			t.Errorf("there is a map %s, and there is none", m.Name)
		}
	}
	want := map[string][]string{"n": {"a", "b"}, "m": {"a"}, "o": nil}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the users of maps (-want +got):\n%s", diff)
	}
	for _, name := range []string{"", "a", "a.stats", "ring", "p"} {
		if s.HasMap(name) {
			t.Errorf("%q is a map of the user's", name)
		}
	}
}
