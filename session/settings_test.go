package session

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental"
)

func set(t *testing.T, s *Session, name, value string) {
	t.Helper()
	if err := s.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

func TestStringsAreAsLongAsSetFromTheNextEntryOn(t *testing.T) {
	s, k := compiled(t)
	enter(t, s, "a", `a := syscalls:sys_enter_openat { printf("%s\n", str(ctx.filename)) }`)
	set(t, s, "strlen", "200")
	if got := enter(t, s, "b", "b := syscalls:sys_enter_openat { m[str(ctx.filename)]++ }"); got != "attached b; swapped a; maps m" {
		t.Error(got)
	}
	if got := k.Map("m").Key; got != 200 {
		t.Errorf("the key has %d bytes", got)
	}
	if _, err := s.Undo(); err != nil {
		t.Fatal(err)
	}
	if got := enter(t, s, "d", "d := syscalls:sys_enter_openat { q[str(ctx.filename)]++ }"); got != "attached d; swapped a; maps q" {
		t.Error(got)
	}
	if got := k.Map("q").Key; got != 200 {
		t.Errorf("after Undo the key has %d bytes", got)
	}
	if got := enter(t, s, "c", "c := syscalls:sys_enter_openat { o[str(ctx.filename, 32)]++ }"); got != "attached c; maps o" {
		t.Error(got)
	}
}

func TestMapsHaveTheSizeThatIsSetWhenTheyAreMade(t *testing.T) {
	s, k := compiled(t)
	enter(t, s, "a", "a := sched:sched_switch { old[pid]++ }")
	set(t, s, "mapsize", "77")
	enter(t, s, "b", "b := sched:sched_switch { fresh[pid]++; old[tid]++; n++ }")
	enter(t, s, "d", "var said map[uint32]uint64 // @bpf_map(max_entries=5)\nd := sched:sched_switch { said[pid]++ }")
	enter(t, s, "said", "// @bpf_map(max_entries=10240)\nvar said map[uint32]uint64\nuses := syscalls:sys_enter_openat { said[pid]++ }")
	set(t, s, "mapsize", "99")
	enter(t, s, "b", "b := sched:sched_switch { fresh[pid] += 2; old[tid]++; n++ }")
	got := map[string]int{}
	for _, m := range []string{"old", "fresh", "said"} {
		got[m] = k.Map(m).Entries
	}
	if d := cmp.Diff(map[string]int{"old": 10240, "fresh": 77, "said": 10240}, got); d != "" {
		t.Errorf("entries (-want +got):\n%s", d)
	}
}

// An edit may give keys to what had none, or take a number of keys back: neither what had room for one nor what was said is the size then.
func TestAMapThatGetsKeysByAnEditHasRoomForThem(t *testing.T) {
	for _, before := range []string{
		"n++", "n = pid", "n.hist(pid)", "n.quantile(pid)", "n.stats(pid)", "n[pid]++", "n[comm] = nsecs; v = n[comm]", "n[pid].quantile(1)", "n[comm].hist(1)", "n[pid].lhist(1, 0, 8, 1)",
	} {
		s, k := compiled(t)
		first := "var v uint64\np := sched:sched_switch { " + before + " }"
		if strings.HasPrefix(before, "n = ") {
			first = "var n uint32\n" + first
		}
		enter(t, s, "a.go3s", first)
		enter(t, s, "a.go3s", "var v uint64\np := sched:sched_switch { n[comm]++ }")
		if got := k.Map("n").Entries; got != incremental.DefaultEntries {
			t.Errorf("after %s the map has room for %d keys", before, got)
		}
	}
	s, k := compiled(t)
	enter(t, s, "a.go3s", "// @bpf_map(max_entries=16)\nvar n map[string]uint64\np := sched:sched_switch { n[comm]++ }")
	enter(t, s, "a.go3s", "p := sched:sched_switch { n[comm]++ }")
	if got := k.Map("n").Entries; got != incremental.DefaultEntries {
		t.Errorf("without the number it has room for %d keys", got)
	}
}

func TestTheRingKeepsItsSizeOnceItIsThere(t *testing.T) {
	s, k := compiled(t)
	set(t, s, "ringsize", "64K")
	enter(t, s, "a", `a := sched:sched_switch { printf("%d\n", pid) }`)
	if got := k.Map(incremental.RingMap).Entries; got != 64<<10 {
		t.Errorf("the ring has %d bytes", got)
	}
	if err := s.Set("ringsize", "1M"); err == nil || err.Error() != "set ringsize: the ring is there since the first probe that logs, and keeps its size" {
		t.Error(err)
	}
	set(t, s, "ringsize", "64K")
	if got, _ := s.Get("ringsize"); got.Value != "65536" {
		t.Errorf("the ring is said to have %s bytes", got.Value)
	}
}
