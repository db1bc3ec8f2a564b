package blame

import (
	"errors"
	"io/fs"
	"testing"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/codegen"
	"go3s/incremental/ir"
	"go3s/incremental/source"
)

var (
	hook  = source.Span{Cell: "1", Start: 0, End: 9}
	line  = source.Span{Cell: "1", Start: 20, End: 30}
	later = source.Span{Cell: "1", Start: 40, End: 50}
	probe = &incremental.Probe{Name: "p", Marks: []codegen.Mark{{Offset: 2, Span: line}, {Offset: 5, Span: later}}}
)

func TestAVerifiersRefusalStandsWhereTheInstructionComesFrom(t *testing.T) {
	for insn, want := range map[string]source.Span{
		"4: (79) r1 = *(u64 *)(r1 +0)": line,
		"5: (79) r1 = *(u64 *)(r1 +0)": later,
		"0: (79) r1 = *(u64 *)(r1 +0)": hook,
	} {
		err := &attach.VerifierError{Program: "p", Log: []string{insn, "R1 invalid mem access 'scalar'"}}
		d := Load(probe, hook, err)
		if d == nil || d.Code != source.Verifier || d.Span != want {
			t.Errorf("%s: %+v, want it at %v", insn, d, want)
		}
	}
}

func TestWhatIsNoMatterOfTheTextHasNoPlace(t *testing.T) {
	placed := &incremental.Map{Map: ir.Map{Name: "m"}, Span: line}
	denied := &fs.PathError{Op: "bpf", Path: "map", Err: fs.ErrPermission}
	for what, d := range map[string]*source.Diagnostic{
		"a program that may not be loaded":       Load(probe, hook, denied),
		"a program that may not be attached":     Attach(probe, hook, "", denied),
		"a map that may not be made":             Map(placed, denied),
		"a map that is not in the text, refused": Map(&incremental.Map{Map: ir.Map{Name: "own"}}, errors.New("full")),
	} {
		if d != nil {
			t.Errorf("%s: %v", what, d)
		}
	}
	refused := &attach.RefusedError{Reason: "it is full", Remedy: "make room", Err: fs.ErrPermission}
	for what, d := range map[string]*source.Diagnostic{
		"the kernel does not load p: it is full": Load(probe, hook, refused),
		"p can't be attached: it is full":        Attach(probe, hook, "", refused),
		"m can't be created: it is full":         Map(placed, refused),
	} {
		if d == nil || d.Msg != what || d.Hint != "make room" {
			t.Errorf("%+v, want %s", d, what)
		}
	}
	if d := Attach(probe, hook, "did you mean q?", refused); d.Hint != "did you mean q?" {
		t.Errorf("the hint is %q", d.Hint)
	}
}
