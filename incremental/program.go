package incremental

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go3s/incremental/check"
	"go3s/incremental/codegen"
	"go3s/incremental/ir"
	"go3s/incremental/lower"
	"go3s/incremental/opt"
	"go3s/incremental/source"
)

// program takes a lowered probe through the optimizer and the code generator.
func (c *compiler) program(p *parsedCell, pr *check.Probe, prog *lower.Program) (*Probe, []source.Diagnostic) {
	features := c.memo.universe.Kernel.Features()
	c.dump(StageIR, pr.Syntax.Name+" (lowered)", func() string { return ir.Print(prog.Module) })
	c.enter("opt")
	if err := opt.Run(prog.Module, opt.Options{ISA: features.ISA, CPUs: features.CPUs}); err != nil {
		panic(err)
	}
	if err := ir.Verify(prog.Module); err != nil {
		panic(err)
	}
	c.dump(StageIR, pr.Syntax.Name, func() string { return ir.Print(prog.Module) })
	c.enter("codegen")
	code, err := codegen.Generate(prog.Module.Funcs[0], codegen.Target{ISA: features.ISA, CPUs: features.CPUs})
	var stack *codegen.StackError
	if errors.As(err, &stack) {
		return nil, []source.Diagnostic{{
			Code: source.TooLarge, Span: pr.Syntax.Span,
			Msg:  fmt.Sprintf("the probe needs %d bytes of stack, and the kernel gives 512", stack.Bytes),
			Hint: "read shorter strings with str(p, n), or use fewer and smaller variables",
		}}
	}
	if err != nil {
		panic(err)
	}
	c.dump(StageAsm, pr.Syntax.Name, code.String)
	out := &Probe{
		Name: pr.Syntax.Name, Cell: p.file.Cell.Name, Hook: hookOf(pr), Kind: prog.Module.Funcs[0].Kind,
		Insns: code.Insns, Marks: code.Marks, Schemas: prog.Schemas,
		Source: p.file.Cell.Text[pr.Syntax.Span.Start:pr.Syntax.Span.End],
	}
	for _, m := range prog.Module.Maps {
		out.Maps = append(out.Maps, m.Name)
	}
	slices.Sort(out.Maps)
	slices.SortFunc(out.Schemas, func(a, b *Schema) int { return int(int64(a.ID) - int64(b.ID)) })
	out.Hash = hashOf(out)
	if out.Insns, err = codegen.Lines(code, lines(p.file.Cell)); err != nil {
		panic(err)
	}
	return out, nil
}

// hookOf is the hook of a checked probe.
func hookOf(pr *check.Probe) Hook {
	return Hook{Kind: "tracepoint", Category: pr.Context.Format.Category, Name: pr.Context.Format.Name}
}

// hashOf identifies a program by its name, its hook and its instructions.
func hashOf(p *Probe) [32]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", p.Name, p.Hook)
	var b []byte
	for _, ins := range p.Insns {
		b = append(b[:0], byte(ins.OpCode), byte(ins.OpCode>>8), byte(ins.Dst), byte(ins.Src))
		b = binary.LittleEndian.AppendUint16(b, uint16(ins.Offset))
		b = binary.LittleEndian.AppendUint64(b, uint64(ins.Constant))
		b = append(append(b, ins.Symbol()...), 0)
		b = append(append(b, ins.Reference()...), 0)
		h.Write(b)
	}
	return [32]byte(h.Sum(nil))
}

// lines finds the line of a span in the cell's text.
func lines(cell source.Cell) func(source.Span) (codegen.Line, bool) {
	return func(span source.Span) (codegen.Line, bool) {
		if span.Cell != cell.Name || span.Start > len(cell.Text) {
			return codegen.Line{}, false
		}
		line, col := source.Position(cell.Text, span.Start)
		text, _, _ := strings.Cut(cell.Text[span.Start-col+1:], "\n")
		return codegen.Line{File: cell.Name, Number: line, Column: col, Text: text}, true
	}
}
