package codegen_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/google/go-cmp/cmp"

	"go3s/incremental/codegen"
	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/internal/leaks"
)

// TestMain fails when a test leaves a program or map behind as an open descriptor. The tests of this package load
// programs and need root.
func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

const userText = `a := p[0]
b := a + 1
c := p[500]
return c
`

// faulty reads beyond the context at line 3 of userText.
const faulty = `func "a fault" raw_tp {
b0:
	v0 = param.ptr 0
	v1 = load64.i64 v0 @ cell:0:9
	v2 = const.i64 1
	v3 = add.i64 v1 v2 @ cell:10:20
	v4 = load64.i64 v0 +4000 @ cell:21:32
	v5 = xor.i64 v4 v3 @ cell:33:41
	v6 = trunc.i32 v5
	ret v6
}
`

// resolve is what a session does with the source package.
func resolve(s source.Span) (codegen.Line, bool) {
	if !s.IsValid() {
		return codegen.Line{}, false
	}
	before := userText[:s.Start]
	start := strings.LastIndexByte(before, '\n') + 1
	text, _, _ := strings.Cut(userText[start:], "\n")
	return codegen.Line{
		File: s.Cell + ".go3s", Number: strings.Count(before, "\n") + 1, Column: s.Start - start + 1, Text: text,
	}, true
}

func generate(t testing.TB, text string, isa int) *codegen.Code {
	t.Helper()
	m, err := ir.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := ir.Verify(m); err != nil {
		t.Fatal(err)
	}
	c, err := codegen.Generate(m.Funcs[0], codegen.Target{ISA: isa, CPUs: 2})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func load(insns asm.Instructions) (*ebpf.Program, error) {
	return ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.RawTracepoint, Instructions: insns, License: "GPL"})
}

// TestVerifierLogShowsTheUsersLines loads a program that the kernel refuses. Needs root.
func TestVerifierLogShowsTheUsersLines(t *testing.T) {
	insns, err := codegen.Lines([]*codegen.Code{generate(t, faulty, 3)}, resolve)
	if err != nil {
		t.Fatal(err)
	}
	p, err := load(insns)
	if err == nil {
		p.Close()
		t.Fatal("the kernel took a load beyond the context")
	}
	var ve *ebpf.VerifierError
	if !errors.As(err, &ve) {
		t.Fatal(err)
	}
	var got []string
	for _, line := range ve.Log {
		if strings.HasPrefix(line, ";") {
			got = append(got, line)
		}
	}
	want := []string{"; a := p[0] @ cell.go3s:1", "; b := a + 1 @ cell.go3s:2", "; c := p[500] @ cell.go3s:3"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s\nin %v", d, ve.Log)
	}
}

// TestProgramInfoHasTheUsersLines reads back what bpftool prog dump shows. Needs root.
func TestProgramInfoHasTheUsersLines(t *testing.T) {
	insns, err := codegen.Lines([]*codegen.Code{generate(t, strings.Replace(faulty, "+4000", "+8", 1), 3)}, resolve)
	if err != nil {
		t.Fatal(err)
	}
	p, err := load(insns)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	info, err := p.Info()
	if err != nil {
		t.Fatal(err)
	}
	back, err := info.Instructions()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range back {
		if src := back[i].Source(); src != nil {
			got = append(got, fmt.Sprintf("%d: %s", i, src))
		}
	}
	want := []string{"0: a := p[0]", "1: b := a + 1", "2: c := p[500]", "3: return c"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s\nof %v", d, back)
	}
}

// TestListingShowsSourceBesideCode compares a whole listing; a 64-bit load counts two in the offsets of marks.
func TestListingShowsSourceBesideCode(t *testing.T) {
	text := strings.Replace(faulty, "v2 = const.i64 1", "v2 = const.i64 1311768467294899695 @ cell:10:20", 1)
	c := generate(t, text, 3)
	got := c.Listing(func(s source.Span) string {
		l, _ := resolve(s)
		return l.Text
	})
	want := `	; a := p[0]
   0: r2 = *(u64 *)(r1 +0)
	; b := a + 1
   1: r3 = 0x1234567890abcdef ll
   3: r2 += r3
	; c := p[500]
   4: r0 = *(u64 *)(r1 +4000)
	; return c
   5: r0 ^= r2
   6: exit
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
