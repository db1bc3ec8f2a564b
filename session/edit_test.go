package session

import (
	"slices"
	"testing"

	"go3s/incremental/source"
)

const exported = `// A file with comments.

// size is a size.
type size uint64

// @bpf_map(type=lru_hash, max_entries=100)
var last map[uint32]uint64 // trailing

// double it
func double(n size) size { return n * 2 }

// big counts opens
big := tracepoint:syscalls:sys_exit_read, syscalls:sys_exit_write @ctx.ret > 4096 {
	calls[probe]++ // count
	bytes[comm] += ctx.ret
}
syscalls:sys_enter_openat /pid > 1/ { last[tid] = nsecs; if strings.HasPrefix(comm, "x") { n++ } }
`

func TestExportIsOneProgramInTheLongForm(t *testing.T) {
	s, _ := compiled(t)
	enter(t, s, "a", exported)
	enter(t, s, "b", `begin { print("hi") }`)
	enter(t, s, "c", `w := syscalls:sys_enter_write @comm == "bash" { n++ }; x := syscalls:sys_enter_read { n++ }`)
	if err := s.Detach("w"); err != nil {
		t.Fatal(err)
	}
	got, err := s.Export()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "program", got, `package main

import "bpf"
import "strings"

// A file with comments.

// size is a size.
type size uint64

// @bpf_map(type=lru_hash, max_entries=100)
var last map[uint32]uint64 // trailing

// double it
func double(n size) size { return n * 2 }

// big counts opens
// @tracepoint:syscalls:sys_exit_read
// @tracepoint:syscalls:sys_exit_write
// @ctx.ret > 4096
func big(ctx *bpf.Context) {
	calls[probe]++ // count
	bytes[comm] += ctx.ret
}

// @tracepoint:syscalls:sys_enter_openat
// @pid > 1
func sys_enter_openat(ctx *bpf.Context) {
	last[tid] = nsecs
	if strings.HasPrefix(comm, "x") {
		n++
	}
}

// @begin
func begin(ctx *bpf.Context) { print("hi") }

// @tracepoint:syscalls:sys_enter_read
func x(ctx *bpf.Context) { n++ }
`)
	again, _ := compiled(t)
	same(t, "outcome", enter(t, again, "x.go3s", got), "attached big.sys_exit_read big.sys_exit_write sys_enter_openat begin x; maps last calls bytes n")
	text, err := again.Export()
	same(t, "error", err, error(nil))
	same(t, "export of what was exported", text, got)
	for i, p := range again.Probes() {
		if q := s.Probes()[slices.IndexFunc(s.Probes(), func(q Probe) bool { return q.Name == p.Name })]; p.Hook != q.Hook {
			t.Errorf("probe %d is %s on %s, and was on %s", i, p.Name, p.Hook, q.Hook)
		}
	}
}

func TestExportKeepsWhatIsSuspended(t *testing.T) {
	s, _ := compiled(t)
	enter(t, s, "a", "// @suspended\np := syscalls:sys_enter_openat { n++ }\nq := syscalls:sys_enter_openat { m++ }\n")
	same(t, "entered", s.Probes()[0].State, Suspended)
	if err := s.Resume("p"); err != nil {
		t.Fatal(err)
	}
	if err := s.Suspend("q"); err != nil {
		t.Fatal(err)
	}
	text, err := s.Export()
	same(t, "error", err, error(nil))
	same(t, "program", text, `package main

import "bpf"

// @tracepoint:syscalls:sys_enter_openat
func p(ctx *bpf.Context) { n++ }

// @tracepoint:syscalls:sys_enter_openat
// @suspended
func q(ctx *bpf.Context) { m++ }
`)
	again, k := compiled(t)
	r := again.Enter(source.Cell{Name: "x.go3s", Text: text})
	same(t, "attached", r.Attached, []string{"p"})
	same(t, "suspended", r.Suspended, []string{"q"})
	same(t, "state", again.Probes()[1].State, Suspended)
	same(t, "in the kernel", slices.Contains(k.Calls(), "Swap q"), false)
	exported, err := again.Export()
	same(t, "error", err, error(nil))
	same(t, "export of what was exported", exported, text)
	if _, err := again.Undo(); err != nil {
		t.Fatal(err)
	}
	r, err = again.Redo()
	same(t, "error", err, error(nil))
	same(t, "redone", r.Suspended, []string{"q"})
}
