package program

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// entered is a program with texts that must compile.
func entered(t *testing.T, texts ...string) Program {
	t.Helper()
	p := New(Compile(universetest.Kernel()))
	for _, text := range texts {
		next, _, build := p.Enter(source.Cell{Name: "1", Text: text}, nil)
		if len(build.Diags) > 0 {
			t.Fatalf("%s: %v", text, build.Diags)
		}
		next.Built = build
		p = next
	}
	return p
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestAProbeThatIsReplacedIsBlankedInItsCell(t *testing.T) {
	p := entered(t,
		"a := syscalls:sys_enter_openat { n++ }\nb := syscalls:sys_enter_read { m++ }",
		"a := syscalls:sys_enter_openat { n += 2 }",
	)
	same(t, "cells", p.Cells(), []source.Cell{
		{Name: "1", Text: strings.Repeat(" ", 38) + "\nb := syscalls:sys_enter_read { m++ }"},
		{Name: "1#2", Text: "a := syscalls:sys_enter_openat { n += 2 }"},
	})
	gone := p.Without([]string{"b"})
	same(t, "cells without b", len(gone.Cells()), 1)
	same(t, "cells with it", len(p.Cells()), 2)
	same(t, "the texts are the same", SameText(p, gone), false)
	news := Compare(p.Built, gone.Build(nil))
	same(t, "what is gone", news.Gone, []string{"b"})
	same(t, "what is new", len(news.Probes), 0)
}

func TestTheLongFormIsTheSameProgram(t *testing.T) {
	p := entered(t,
		"//go3sh:set strlen 9\nfunc least() int { return 7 }\na := syscalls:sys_enter_openat /pid > 3/ { if int(pid) > least() { n++ } }",
		"b := syscalls:sys_enter_read { m[comm]++ }",
	)
	text, err := p.Suspending([]string{"b"}).Export("//go3sh:set strlen 8\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "long form", text, `package main

//go3sh:set strlen 8

import "bpf"

func least() int { return 7 }

// @tracepoint:syscalls:sys_enter_openat
// @pid > 3
func a(ctx *bpf.Context) {
	if int(pid) > least() {
		n++
	}
}

// @tracepoint:syscalls:sys_enter_read
// @suspended
func b(ctx *bpf.Context) { m[comm]++ }
`)
	again := entered(t, text)
	same(t, "suspended", again.Suspended, []string{"b"})
	same(t, "declared", again.Declared(), []string{"least"})
	for i, probe := range p.Built.Probes {
		same(t, "hash of "+probe.Name, again.Built.Probes[i].Hash, probe.Hash)
	}
	own, functions := again.Passages("a")
	same(t, "where a stands", []int{own[0].First, len(own[0].Lines)}, []int{9, 7})
	same(t, "functions", functions, []Passage{{Cell: "1", First: 7, Lines: []string{"func least() int { return 7 }"}}})
}

func TestTextsThatAreEnteredTogetherBringTypesToTheirMethods(t *testing.T) {
	cells := []source.Cell{
		{Name: "1", Text: "func (f file) half() int { return f.a / 2 }\nsyscalls:sys_enter_openat { n++ }"},
		{Name: "2", Text: "type file struct { a int }"},
		{Name: "3", Text: "func (f *file) set(a int) { f.a = a }\nconst k = 1"},
	}
	same(t, "moved", Together(cells), []source.Cell{
		{Name: "1", Text: "func (f file) half() int { return f.a / 2 }\nsyscalls:sys_enter_openat { n++ }\ntype file struct { a int }\nfunc (f *file) set(a int) { f.a = a }"},
		{Name: "3", Text: "                                     \nconst k = 1"},
	})
	alone := []source.Cell{{Name: "1", Text: "type t int; func (x t) f() t { return x }"}, {Name: "2", Text: "const k = 1"}}
	same(t, "nothing to do", Together(alone), alone)
}

func TestUnlikeIsWhatTheOtherListLacks(t *testing.T) {
	for _, c := range []struct{ a, b, onlyA, onlyB string }{
		{"", "", "", ""},
		{"abc", "abc", "", ""},
		{"abc", "abcd", "", "d"},
		{"abcd", "bcd", "a", ""},
		{"abcde", "abXde", "c", "X"},
		{"abcde", "acdeB", "b", "B"},
		{"abc", "cba", "", ""},
		{"abc", "", "abc", ""},
		{"aXbYc", "Zacb", "XY", "Z"},
	} {
		onlyA, onlyB := unlike([]byte(c.a), []byte(c.b))
		if string(onlyA) != c.onlyA || string(onlyB) != c.onlyB {
			t.Errorf("%q and %q differ in %q and %q", c.a, c.b, onlyA, onlyB)
		}
	}
}
