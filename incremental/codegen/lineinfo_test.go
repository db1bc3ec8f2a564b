package codegen_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"

	"go3s/incremental/codegen"
	"go3s/incremental/source"
)

// TestLinesOfSeveralFunctions puts together functions whose marks come back to earlier places, are nowhere in the text, and lie behind a
// load that counts two. Each instruction has the line of the mark that changes the place, and a function's first one has a line in any case.
func TestLinesOfSeveralFunctions(t *testing.T) {
	at := func(start int) source.Span { return source.Span{Cell: "cell", Start: start, End: start + 1} }
	first := codegen.Code{
		Insns: asm.Instructions{
			asm.LoadImm(asm.R1, 1<<40, asm.DWord).WithSymbol("first"), asm.Mov.Imm(asm.R0, 1), asm.Mov.Imm(asm.R0, 2),
			asm.Call.Label("second"), asm.Return(),
		},
		Marks: []codegen.Mark{{Offset: 0}, {Offset: 2, Span: at(0)}, {Offset: 3, Span: at(11)}, {Offset: 4, Span: at(0)}, {Offset: 5, Span: at(0)}},
	}
	second := codegen.Code{
		Insns:  asm.Instructions{asm.Mov.Imm(asm.R0, 3).WithSymbol("second"), asm.Return()},
		Marks:  []codegen.Mark{{Offset: 0, Span: at(11)}, {Offset: 1, Span: at(12)}},
		Params: 1,
	}
	lost := codegen.Code{Insns: asm.Instructions{asm.Return().WithSymbol("lost")}, Marks: []codegen.Mark{{}}}
	insns, err := codegen.Lines([]*codegen.Code{&first, &second, &lost}, resolve)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for i := range insns {
		text := ""
		if line, ok := insns[i].Source().(*btf.Line); ok {
			text = fmt.Sprintf("%s:%d:%d %s", line.FileName(), line.LineNumber(), line.LineColumn(), line.Line())
		}
		proto := ""
		if f := btf.FuncMetadata(&insns[i]); f != nil {
			proto = fmt.Sprintf("%s(%d)", f.Name, len(f.Type.(*btf.FuncProto).Params))
		}
		fmt.Fprintf(&got, "%s|%s|%s|%s\n", insns[i].Symbol(), insns[i].Reference(), proto, text)
	}
	want := `first||first(0)|cell.go3s:1:1 a := p[0]
|||
|||cell.go3s:2:2 b := a + 1
|second||cell.go3s:1:1 a := p[0]
|||
second||second(1)|cell.go3s:2:2 b := a + 1
|||cell.go3s:2:3 b := a + 1
lost|||
`
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
