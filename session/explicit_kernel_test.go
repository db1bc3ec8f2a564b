package session_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental/source"
	"go3s/session"
	"go3s/session/table"
)

// Each declared kind of map counts the same events exactly, by the operators and by the methods.
func TestDeclaredMapsCountTheSame(t *testing.T) {
	s := onKernel(t, session.Options{})
	enter(t, s, fmt.Sprintf(`
type pair struct {
	whence uint32
	low    uint8
}
var hash bpf.Hash[uint32, uint64]
var percpu bpf.PerCPUHash[uint32, uint64]
var lru bpf.LRUHash[uint32, uint64]
var lrucpu bpf.LRUPerCPUHash[uint32, uint64]
var array bpf.Array[uint64]
var arraycpu bpf.PerCPUArray[uint64]
var attr map[uint32]uint64 // @bpf_map(type=array, max_entries=4)
// @bpf_map(type=lru_percpu_hash)
var above map[uint32]uint64
var structs map[pair]uint64 // @bpf_map(type=hash)
var narrow bpf.PerCPUHash[string, uint32]

func count(k uint32) { hash.Increment(k) }

p := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 {
	k := uint32(ctx.whence)
	count(k)
	percpu.Add(k, 1)
	lru[k]++
	lrucpu.Increment(k)
	array[k]++
	arraycpu.Increment(k)
	attr[k] += 1
	above[k]++
	structs[pair{k, uint8(ctx.offset)}]++
	narrow.Increment("all")
	bpf.PerCPUArray[uint64]("named").Increment(k)
	bpf::map::PerCpuArray<uint64>("seed").Increment(k)
}`, os.Getpid()))
	var values [4][]int64
	for i := range values {
		for n := range 10_000 * (i + 1) {
			values[i] = append(values[i], int64(n%2))
		}
	}
	seek(values)
	want := map[string]any{"0": uint64(10_000), "1": uint64(20_000), "2": uint64(30_000), "3": uint64(40_000)}
	for _, name := range []string{"hash", "percpu", "lru", "lrucpu", "array", "arraycpu", "attr", "above", "named", "seed"} {
		if diff := cmp.Diff(want, rowsByKey(t, s, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	halves := map[string]any{}
	for k, n := range want {
		halves[k+" 0"], halves[k+" 1"] = n.(uint64)/2, n.(uint64)/2
	}
	if diff := cmp.Diff(halves, rowsByKey(t, s, "structs")); diff != "" {
		t.Errorf("structs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"all": uint64(100_000)}, rowsByKey(t, s, "narrow")); diff != "" {
		t.Errorf("narrow (-want +got):\n%s", diff)
	}
	kinds := map[string]string{}
	for _, m := range s.Maps() {
		kinds[m.Name] = fmt.Sprint(m.Kind, " ", m.Entries)
	}
	wantKinds := map[string]string{
		"hash": "hash 10240", "percpu": "per-CPU hash 10240", "lru": "LRU hash 10240", "lrucpu": "per-CPU LRU hash 10240",
		"array": "array 1024", "arraycpu": "per-CPU array 1024", "attr": "array 4", "above": "per-CPU LRU hash 10240",
		"structs": "hash 10240", "narrow": "per-CPU hash 10240", "named": "per-CPU array 1024", "seed": "per-CPU array 1024",
	}
	if diff := cmp.Diff(wantKinds, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

// Methods read, write and delete like the operators; an array's elements beyond its end are zero to read and counted to write.
func TestMethodsOfMaps(t *testing.T) {
	s := onKernel(t, session.Options{})
	enter(t, s, fmt.Sprintf(`
type pair struct {
	a uint32
	b int64
	name string
}
var pairs bpf.Hash[string, pair]
var small bpf.Array[int32] // @bpf_map(max_entries=3)
var names bpf.LRUHash[uint32, string]
var out map[string]int64
var set map[uint32]struct{}

p := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 {
	pairs.Set("x", pair{7, -8, "seven"})
	pairs["y"] = pair{a: 9}
	if v, ok := pairs.Lookup("x"); ok {
		out["x.a"], out["x.b"] = int64(v.a), v.b
		if v.name == "seven" {
			out["x.name"] = 1
		}
	}
	v := pairs["y"]
	out["y.a"], out["y.b"] = int64(v.a), v.b
	out["none"] = pairs.Get("none").b - 1
	pairs.Update("z", pairs.Get("x"))
	pairs.Delete("x")
	delete(pairs, "y")
	small.Set(2, -5)
	small.Add(2, -2)
	small.Increment(2)
	out["small"] = int64(small.Get(2))
	out["beyond"] = int64(small[3]) + 100
	small[3] = 1
	small.Increment(4)
	names.Set(1, "one")
	names.Set(2, comm)
	if names.Get(1) == "one" && names[2] == comm {
		out["names"] = 1
	}
	set[1] = struct{}{}
	if _, ok := set[1]; ok {
		out["in"] = 1
	}
	if _, ok := set[2]; ok {
		out["not in"] = 1
	}
}`, os.Getpid()))
	seek([4][]int64{{0}})
	want := map[string]any{
		"x.a": int64(7), "x.b": int64(-8), "x.name": int64(1), "y.a": int64(9), "y.b": int64(0), "none": int64(-1),
		"small": int64(-6), "beyond": int64(100), "names": int64(1), "in": int64(1),
	}
	if diff := cmp.Diff(want, rowsByKey(t, s, "out")); diff != "" {
		t.Errorf("out (-want +got):\n%s", diff)
	}
	if rows := rowsByKey(t, s, "pairs"); len(rows) != 1 || rows["z"] == nil {
		t.Errorf("pairs holds %v, want z alone", rows)
	}
	if full := s.Probes()[0].Stats.MapFull; full != 2 {
		t.Errorf("%d updates beyond the end of an array counted, want 2", full)
	}
}

// A name with its type means the same map in each cell, and an other type is a conflict with the place of both.
func TestNamedMapsAreSharedByCells(t *testing.T) {
	s := onKernel(t, session.Options{})
	probe := func(name, body string) source.Cell {
		return source.Cell{Name: name, Text: fmt.Sprintf("%s := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 { %s }", name, os.Getpid(), body)}
	}
	for _, c := range []source.Cell{
		probe("one", `bpf.PerCPUArray[uint64]("shared").Increment(0)`),
		probe("two", `bpf.PerCPUArray[uint64]("shared").Add(0, 10)`),
		probe("three", `shared[0] += 100`),
	} {
		if r := s.Enter(c); !r.OK() {
			t.Fatal(r.Diags, r.Err)
		}
	}
	seek([4][]int64{{0, 0, 0}})
	if diff := cmp.Diff(map[string]any{"0": uint64(333)}, rowsByKey(t, s, "shared")); diff != "" {
		t.Error(diff)
	}
	four := probe("four", `bpf.Hash[uint32, uint64]("shared").Increment(0)`)
	r := s.Enter(four)
	if len(r.Diags) != 1 || r.Diags[0].Code != source.MapConflict || len(r.Diags[0].Also) != 1 || r.Diags[0].Also[0].Span.Cell != "one" {
		t.Errorf("%+v", r.Diags)
	}
}

// What another cell says of a map of aggregates holds.
func TestAggregatesOfOtherCells(t *testing.T) {
	s := onKernel(t, session.Options{})
	probe := func(name, body string) source.Cell {
		return source.Cell{Name: name, Text: fmt.Sprintf("%s := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 { %s }", name, os.Getpid(), body)}
	}
	for _, c := range []source.Cell{
		{Name: "maps", Text: "var all map[uint32]bpf.Stats"},
		probe("one", `steps.lhist(pid, 0, 10, 5); all[1].stats(pid)`),
		probe("two", `all[1].Stats(int64(-1)); steps.lhist(tid, 0, 10, 5)`),
	} {
		if r := s.Enter(c); !r.OK() {
			t.Fatal(r.Diags, r.Err)
		}
	}
	for name, body := range map[string]string{
		"bounds": "steps.lhist(pid, 0, 10, 2)", "sign": "steps.lhist(int64(pid), 0, 10, 5)", "kind": "all[1].hist(pid)", "key": "all.stats(pid)",
		"plain": "steps++",
	} {
		r := s.Enter(probe(name, body))
		if len(r.Diags) != 1 || r.Diags[0].Code != source.MapConflict || len(r.Diags[0].Also) != 1 {
			t.Errorf("%s: %+v", name, r.Diags)
		}
	}
	seek([4][]int64{{0}})
	want := table.Summary{N: 2, Sum: int64(os.Getpid() - 1), Avg: int64(os.Getpid()-1) / 2, Min: int64(-1), Max: int64(os.Getpid())}
	if diff := cmp.Diff(map[string]any{"1": want}, rowsByKey(t, s, "all")); diff != "" {
		t.Error(diff)
	}
}

// A map with other buckets starts anew, and says so.
func TestOtherBucketsStartAnew(t *testing.T) {
	s := onKernel(t, session.Options{})
	text := func(name, bounds string) string {
		return fmt.Sprintf("p := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 { %s.lhist(ctx.offset, %s) }", os.Getpid(), name, bounds)
	}
	enter(t, s, text("steps", "0, 100, 10"))
	r := s.Enter(source.Cell{Name: "-e", Text: text("steps", "0, 100, 20")})
	if want := []session.Carry{{Map: "steps", Text: "reset, because its buckets are others"}}; !r.OK() || !slices.Equal(r.Carried, want) {
		t.Errorf("%+v", r)
	}
	seek([4][]int64{{55}})
	want := map[string]any{"": histogram{1, true, map[string]uint64{"40 60": 1}}}
	if diff := cmp.Diff(want, found(rowsByKey(t, s, "steps"))); diff != "" {
		t.Error(diff)
	}
}
