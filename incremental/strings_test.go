package incremental_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

var stringCases = map[string]func(s, t string, i, j int) (int, string){
	"caseLen": caseLen, "caseIndexing": caseIndexing, "caseFirstByte": caseFirstByte, "caseByteAt31": caseByteAt31,
	"caseTable": caseTable, "caseSliceConst": caseSliceConst, "caseSliceHead": caseSliceHead, "caseSliceTail": caseSliceTail,
	"caseSliceEight": caseSliceEight, "caseSliceAll": caseSliceAll, "caseSliceLow": caseSliceLow, "caseSliceHigh": caseSliceHigh,
	"caseSliceBoth": caseSliceBoth, "caseSliceOfSlice": caseSliceOfSlice, "caseShift": caseShift, "caseCompare": caseCompare,
	"caseCompareConst": caseCompareConst, "caseSwitch": caseSwitch, "casePrefix": casePrefix, "casePrefixOfConst": casePrefixOfConst,
	"caseSuffix": caseSuffix, "caseTrimSuffix": caseTrimSuffix, "caseIndex": caseIndex, "caseIndexConst": caseIndexConst,
	"caseIndexByte": caseIndexByte, "caseContains": caseContains, "caseJoin": caseJoin, "caseJoinConst": caseJoinConst,
	"caseJoinAligned": caseJoinAligned, "caseJoinTwice": caseJoinTwice, "caseJoinLoop": caseJoinLoop,
	"caseRangeSum": caseRangeSum, "caseRangeKeys": caseRangeKeys, "caseRangeBreak": caseRangeBreak, "caseRangeTwo": caseRangeTwo,
	"caseRangeConst": caseRangeConst, "caseFirstRunes": caseFirstRunes, "caseBytes": caseBytes, "caseRune": caseRune, "caseArray": caseArray, "caseStruct": caseStruct,
	"caseArrayOfStrings": caseArrayOfStrings, "casePhi": casePhi, "casePointer": casePointer, "caseClosure": caseClosure,
	"caseNamed": caseNamed, "caseRangeAssign": caseRangeAssign, "caseRangeLabel": caseRangeLabel, "caseRangeClosure": caseRangeClosure,
	"caseReverse": caseReverse, "caseFields": caseFields, "caseCount": caseCount, "caseNibbles": caseNibbles, "caseHash": caseHash,
	"caseAtoi": caseAtoi, "caseTernary": caseTernary, "caseSliceOverlap": caseSliceOverlap,
}

// stringCells are the maps through which the arguments go in and the results come out, and a probe that calls a case.
const (
	stringMaps = `var texts map[uint32]string
var numbers map[uint32]int64
`
	stringProbe = `
t := syscalls:sys_enter_openat {
	n, s := %s(texts[0], texts[1], int(numbers[0]), int(numbers[1]))
	count[0] = int64(n)
	result[0] = s
}
`
)

// TestStringsAreGos runs each function of stringcases_test.go natively and in the kernel and compares the results. A panic is
// a run that ends without a result and is counted. Needs root.
func TestStringsAreGos(t *testing.T) {
	decls := declarationsOf(t, "stringcases_test.go")
	for name, native := range stringCases {
		t.Run(strings.TrimPrefix(name, "case"), func(t *testing.T) {
			k := loadCase(t, decls+fmt.Sprintf(stringProbe, name))
			r := rand.New(rand.NewPCG(1, 2))
			for n := range 400 {
				s, u, i, j := stringArgs(r, n)
				wantN, wantS, panics := runNative(native, s, u, i, j)
				gotN, gotS, faults := k.run(t, s, u, i, j)
				if faults != panics || !panics && (gotN != wantN || gotS != wantS) {
					t.Fatalf("%s(%q, %q, %d, %d) is %d, %q (panics: %t), in the kernel %d, %q (faults: %t)",
						name, s, u, i, j, wantN, wantS, panics, gotN, gotS, faults)
				}
			}
		})
	}
}

// stringArgs makes arguments: all lengths, few letters so that much is equal, and now and then UTF-8 and broken UTF-8.
func stringArgs(r *rand.Rand, n int) (s, t string, i, j int) {
	text := func(size int) string {
		var b []byte
		pieces := []string{"a", "b", "ab"}
		if r.IntN(3) == 0 {
			pieces = append(pieces, "é", "→", "😀", "\xff", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80")
		}
		for len(b) < size {
			b = append(b, pieces[r.IntN(len(pieces))]...)
		}
		return string(b[:size])
	}
	if n <= 64 {
		s, t = text(n), text(r.IntN(4))
	} else {
		s, t = text(r.IntN(65)), text(r.IntN(65))
	}
	switch r.IntN(5) {
	case 0:
		t = s[len(s)/2:]
	case 1:
		t = s[:len(s)/3]
	case 2:
		t = s
	}
	return s, t, r.IntN(12) - 1, r.IntN(70) - 2
}

func runNative(f func(s, t string, i, j int) (int, string), s, t string, i, j int) (n int, r string, panics bool) {
	defer func() { panics = recover() != nil }()
	n, r = f(s, t, i, j)
	return n, r, false
}

// kernelCase is one loaded case.
type kernelCase struct {
	prog *ebpf.Program
	maps map[string]*ebpf.Map
}

// loadCase compiles a cell and loads its probe as a raw tracepoint, which runs on demand.
func loadCase(t *testing.T, text string, before ...source.Cell) *kernelCase {
	t.Helper()
	s := incremental.New(universetest.Kernel()).With(source.Cell{Name: "maps", Text: stringMaps})
	for _, c := range before {
		s = s.With(c)
	}
	s = s.With(source.Cell{Name: "case", Text: text})
	b := s.Build(incremental.BuildOptions{Verify: true})
	for _, d := range b.Diags {
		t.Fatal(source.Render(d, text))
	}
	k := &kernelCase{maps: map[string]*ebpf.Map{}}
	types := map[ir.MapKind]ebpf.MapType{
		ir.Hash: ebpf.Hash, ir.PerCPUHash: ebpf.PerCPUHash, ir.Array: ebpf.Array, ir.PerCPUArray: ebpf.PerCPUArray, ir.Counters: ebpf.Array,
	}
	for _, m := range b.Maps {
		spec := &ebpf.MapSpec{Type: types[m.Kind], KeySize: uint32(m.Key), ValueSize: uint32(m.Value), MaxEntries: uint32(m.Entries)}
		if m.Kind == ir.Counters {
			spec.Flags = 1 << 10 // BPF_F_MMAPABLE
		}
		em, err := ebpf.NewMap(spec)
		if err != nil {
			t.Fatal(m.Name, err)
		}
		t.Cleanup(func() { em.Close() })
		k.maps[m.Name] = em
	}
	insns := append(asm.Instructions(nil), b.Probes[len(b.Probes)-1].Insns...)
	for i := range insns {
		if m := k.maps[insns[i].Reference()]; m != nil {
			if err := insns[i].AssociateMap(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	var err error
	k.prog, err = ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.RawTracepoint, Instructions: insns, License: "GPL"})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Cleanup(func() { k.prog.Close() })
	return k
}

// run calls the case with arguments. faults reports a run that ended early.
func (k *kernelCase) run(t *testing.T, s, u string, i, j int) (n int, r string, faults bool) {
	t.Helper()
	put := func(m string, key uint32, v any) {
		if k.maps[m] == nil {
			return
		}
		if s, ok := v.(string); ok {
			b := make([]byte, k.maps[m].ValueSize())
			copy(b, s)
			v = b
		}
		if err := k.maps[m].Put(key, v); err != nil {
			t.Fatal(m, err)
		}
	}
	put("texts", 0, s)
	put("texts", 1, u)
	put("numbers", 0, int64(i))
	put("numbers", 1, int64(j))
	key := make([]byte, k.maps["count"].KeySize())
	_ = k.maps["count"].Delete(key)
	if _, err := k.prog.Run(&ebpf.RunOptions{Context: make([]byte, 64)}); err != nil {
		t.Fatal(err)
	}
	var count int64
	if err := k.maps["count"].Lookup(key, &count); err != nil {
		return 0, "", true
	}
	text, err := k.maps["result"].LookupBytes(key)
	if err != nil || text == nil {
		t.Fatal(err)
	}
	if end := bytes.IndexByte(text, 0); end >= 0 {
		text = text[:end]
	}
	return int(count), string(text), false
}

// TestCutStringsAreCounted puts strings of all lengths into places that are too short for some, and compares what is left and how
// many cuts were counted. Needs root.
func TestCutStringsAreCounted(t *testing.T) {
	k := loadCase(t, `
func cut(s, t string, i, j int) (int, string) {
	short[0] = "sixteen bytes ok"
	short[0] = s
	return 1, short[0]
}
`+fmt.Sprintf(stringProbe, "cut"), source.Cell{Name: "short", Text: "p := syscalls:sys_enter_openat { short[0] = comm }"})
	for n := range 65 {
		s := strings.Repeat("x", n)
		before := k.stat(t, incremental.StatCut)
		_, got, _ := k.run(t, s, "", 0, 0)
		if want := s[:min(n, 16)]; got != want {
			t.Errorf("%d bytes: %q, want %q", n, got, want)
		}
		want := uint64(0)
		if n > 16 {
			want = 1
		}
		if cuts := k.stat(t, incremental.StatCut) - before; cuts != want {
			t.Errorf("%d bytes: %d cuts counted, want %d", n, cuts, want)
		}
	}
}

// stat is the sum of one of the probe's counters over all CPUs.
func (k *kernelCase) stat(t *testing.T, stat int) uint64 {
	t.Helper()
	lines, err := k.maps["t"+incremental.StatsSuffix].LookupBytes(uint32(0))
	if err != nil {
		t.Fatal(err)
	}
	sum := uint64(0)
	for ; len(lines) > 0; lines = lines[64:] {
		sum += binary.LittleEndian.Uint64(lines[8*stat:])
	}
	return sum
}
