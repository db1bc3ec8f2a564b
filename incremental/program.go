package incremental

import (
	"crypto/sha256"
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
	return out, nil
}

// hookOf is the hook of a checked probe.
func hookOf(pr *check.Probe) Hook {
	return Hook{Kind: "tracepoint", Category: pr.Context.Format.Category, Name: pr.Context.Format.Name}
}

// hashOf identifies a program by its hook and instructions.
func hashOf(p *Probe) [32]byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n%v\n", p.Name, p.Hook, p.Insns)
	return sha256.Sum256([]byte(b.String()))
}
