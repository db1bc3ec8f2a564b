package session_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
	"github.com/google/go-cmp/cmp"

	"go3s/attach"
	"go3s/incremental/source"
	"go3s/session"
)

// spoiling is a kernel to which programs come with each question for the process replaced by the use of a register that nothing has set.
type spoiling struct{ session.Kernel }

func (k spoiling) Load(spec attach.ProgramSpec) (attach.ProgramID, error) {
	spec.Insns = slices.Clone(spec.Insns)
	for i := range spec.Insns {
		if ins := &spec.Insns[i]; ins.IsBuiltinCall() && ins.Constant == int64(asm.FnGetCurrentPidTgid) {
			ins.OpCode, ins.Dst, ins.Src, ins.Constant = asm.Mov.Op(asm.RegSource), asm.R0, asm.R9, 0
		}
	}
	return k.Kernel.Load(spec)
}

// What the real verifier says of an instruction stands at the column that the instruction comes from.
func TestTheVerifiersWordsStandAtTheUsersColumn(t *testing.T) {
	kernel, err := attach.Open(attach.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.Open(spoiling{kernel}, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	cell := source.Cell{Name: "1", Text: "p := sched:sched_switch {\n\tcpus[cpu]++\n\tpids[pid]++\n}"}
	for what, r := range map[string]session.Result{"Enter": s.Enter(cell), "Verify": s.Verify(cell)} {
		var got strings.Builder
		for _, d := range r.Diags {
			got.WriteString(source.Render(d, cell.Text))
		}
		want := `1:3:7: the kernel's verifier refuses p: a value is used that has not been set on every way to this place [verifier]
        pids[pid]++
             ^
    give the variable a value where it is declared, before any if or loop
    the verifier's words: R9 !read_ok
`
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		if whole := r.Whole(); !strings.Contains(whole, "r0 = r9") || !strings.Contains(whole, "processed ") {
			t.Errorf("%s: the whole is not the verifier's log:\n%s", what, whole)
		}
	}
	if len(s.Probes()) != 0 {
		t.Errorf("there are probes: %+v", s.Probes())
	}
	// An expression that runs once has places, too.
	once := source.Cell{Name: "2", Text: "cpu +\n\tpid"}
	r := s.Enter(once)
	if len(r.Diags) != 1 || r.Diags[0].Code != source.Verifier || once.Text[r.Diags[0].Span.Start:] != "pid" {
		t.Errorf("the expression: %+v, %v", r.Diags, r.Err)
	}
}
