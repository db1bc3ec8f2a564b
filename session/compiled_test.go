package session

import (
	"testing"

	"go3s/incremental/source"
	"go3s/session/sessiontest"
)

// These tests run the real compiler over the fake kernel.

func compiled(t *testing.T) (*Session, *sessiontest.Kernel) {
	t.Helper()
	k := sessiontest.NewKernel()
	k.States = true
	s, err := Open(k, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		k.Check(t)
	})
	return s, k
}

func TestCompiledProbeFromEntryToRecord(t *testing.T) {
	s, k := compiled(t)
	same(t, "outcome", enter(t, s, "1", `p := syscalls:sys_enter_openat { printf("%d %s\n", pid, comm) }`), "attached p")
	schema := s.program.Build(func(string) {}).Probes[0].Schemas[0]
	data := make([]byte, schema.Size-16)
	copy(data, le32(7))
	copy(data[schema.Fields[1].Offset-16:], "cat")
	k.Emit(schema.ID, 1, 99, data...)
	wait(t, "the record", func() bool { _, n := s.Log().Len(); return n == 1 })
	r := s.Log().Since(0, 1)[0]
	same(t, "text", r.Text, "7 cat\n")
	same(t, "args", r.Args, []any{uint64(7), "cat"})
	same(t, "probe", r.Probe, "p")
}

func TestCompiledEditKeepsTheMapAndSwaps(t *testing.T) {
	s, k := compiled(t)
	enter(t, s, "1", `syscalls:sys_enter_openat { opens[comm]++ }`)
	k.Set("opens", []byte("bash"), 2, 3)
	same(t, "edit", enter(t, s, "2", `syscalls:sys_enter_openat { if pid > 1 { opens[comm]++ } }`), "swapped sys_enter_openat")
	same(t, "rows", rows(t, s, "opens"), []string{`[]interface {}{"bash"} 0x5 [2 3]`})
	same(t, "same program with a comment", enter(t, s, "3", `syscalls:sys_enter_openat { if pid > 1 { opens[comm]++ } /* busy */ }`), "kept sys_enter_openat")
	same(t, "source", s.Probes()[0].Source, `syscalls:sys_enter_openat { if pid > 1 { opens[comm]++ } /* busy */ }`)
	same(t, "version", s.Probes()[0].Version, 2)

	r := s.Enter(source.Cell{Name: "4", Text: `syscalls:sys_enter_openat { opens[pid]++ }`})
	same(t, "another key", r.Carried, []Carry{{"opens", "reset, because its keys were string and are uint32; 1 entry is gone"}})
	same(t, "rows", rows(t, s, "opens"), []string(nil))
}

func TestCompiledLongFormLosesAProbe(t *testing.T) {
	s, k := compiled(t)
	file := `package main

import "bpf"

// @tracepoint:syscalls:sys_enter_openat
func opens(ctx *bpf.Context) {
	n++
}

// @tracepoint:syscalls:sys_enter_read
func reads(ctx *bpf.Context) {
	m++
}
`
	same(t, "file", enter(t, s, "f.go3s", file), "attached opens reads; maps n m")
	same(t, "edit of one", enter(t, s, "2", `opens := syscalls:sys_enter_openat { n++; m++ }`), "swapped opens")
	if err := s.Detach("reads"); err != nil {
		t.Fatal(err)
	}
	same(t, "another", enter(t, s, "3", `x := syscalls:sys_enter_read { x[pid] = 1 }`), "attached x; maps x")
	same(t, "links", k.Links(), []string{"opens syscalls:sys_enter_openat", "x syscalls:sys_enter_read"})
}

func TestCompiledCellLosesItsProbesOneByOne(t *testing.T) {
	s, k := compiled(t)
	enter(t, s, "-e", `a := syscalls:sys_enter_openat { n++ }; b := syscalls:sys_enter_read { n++ }; c := syscalls:sys_enter_read { n++ }`)
	for _, name := range []string{"a", "c"} {
		if err := s.Detach(name); err != nil {
			t.Fatal(err)
		}
		same(t, "another", enter(t, s, "1", name+` := syscalls:sys_enter_write { n++ }`), "attached "+name)
	}
	same(t, "edit of the last", enter(t, s, "2", `b := syscalls:sys_enter_read { n += 2 }`), "swapped b")
	same(t, "links", k.Links(), []string{"a syscalls:sys_enter_write", "b syscalls:sys_enter_read", "c syscalls:sys_enter_write"})
}

func TestCompiledDiagnosticsOfBothErrors(t *testing.T) {
	s, k := compiled(t)
	r := s.Enter(source.Cell{Name: "-e", Text: `syscalls:sys_enter_openat { n[conm]++; printf("%d\n", pidd) }`})
	var got []string
	for _, d := range r.Diags {
		got = append(got, d.Span.Cell+" "+string(d.Code))
	}
	same(t, "diagnostics", got, []string{"-e undefined-name", "-e undefined-name"})
	same(t, "calls", k.Calls(), []string(nil))
}
