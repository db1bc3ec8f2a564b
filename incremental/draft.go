package incremental

import (
	"errors"
	"fmt"
	"slices"

	"go3s/incremental/check"
	"go3s/incremental/codegen"
	"go3s/incremental/forget"
	"go3s/incremental/ir"
	"go3s/incremental/lower"
	"go3s/incremental/opt"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// draft is a probe on its way from SSA to instructions. The compiler lowers it and collects what comes out; the back end between, from the
// optimizer on, touches nothing but the draft and can be done beside the compiler.
type draft struct {
	c        *compiler // which the back end only reads
	cell     *parsedCell
	probe    *check.Probe
	lower    func(careful bool) (*lower.Program, []source.Diagnostic)
	features universe.Features

	careful bool
	prog    *lower.Program // nil if there are diagnostics
	out     *Probe         // nil if there are diagnostics, or the back end is still to come
	diags   []source.Diagnostic
	stage   string // the one under way, for the report of a failure
	failure any    // the panic that ended the work
}

// draft lowers a probe, with care if that is asked for.
func (c *compiler) draft(p *parsedCell, pr *check.Probe, lower func(careful bool) (*lower.Program, []source.Diagnostic)) *draft {
	d := &draft{
		c: c, cell: p, probe: pr, lower: lower, features: c.memo.universe.Kernel.Features(),
		careful: slices.Contains(c.options.Careful, pr.Group),
	}
	d.toIR()
	return d
}

// toIR lowers the probe.
func (d *draft) toIR() {
	d.guarded(func() {
		d.enter("ssa", d.c.enter)
		d.prog, d.diags = d.lower(d.careful)
	})
}

// size is how many values the IR has.
func (d *draft) size() int {
	n := 0
	if d.prog != nil {
		for _, f := range d.prog.Module.Funcs {
			n += f.NumValues()
		}
	}
	return n
}

// backEnd takes a lowered probe to its instructions. enter is called when a stage starts.
func (d *draft) backEnd(enter func(stage string)) {
	if d.prog == nil || d.failure != nil {
		return
	}
	d.guarded(func() {
		d.enter("opt", enter)
		d.optimize()
		d.enter("codegen", enter)
		d.generate()
	})
}

// release gives the memory of the IR to the next probe, when the back end is done with it.
func (d *draft) release() {
	if d.prog == nil || d.failure != nil {
		return
	}
	for _, f := range d.prog.Module.Funcs {
		f.Free()
	}
}

// collect is what has become of a probe; it panics if the compiler failed on it. If the stack is too small for the probe, it is compiled
// again with care: then less lies on it.
func (c *compiler) collect(d *draft) (*Probe, []source.Diagnostic) {
	large := func(diag source.Diagnostic) bool { return diag.Code == source.TooLarge }
	if d.failure == nil && d.prog != nil && !d.careful && slices.ContainsFunc(d.diags, large) {
		d.careful = true
		d.toIR()
		d.backEnd(c.enter)
		d.release()
	}
	if d.failure != nil {
		c.stage = d.stage
		panic(d.failure)
	}
	if d.out == nil {
		return nil, d.diags
	}
	if diags := c.tooOld(d.out, d.prog.Module.Maps, hookSpan(d.probe)); len(diags) > 0 {
		return nil, diags
	}
	return d.out, nil
}

// guarded keeps a panic until the draft is collected.
func (d *draft) guarded(work func()) {
	defer func() { d.failure = recover() }()
	work()
}

func (d *draft) enter(stage string, tell func(stage string)) {
	d.stage = stage
	tell(stage)
}

// optimize takes the IR through the optimizer.
func (d *draft) optimize() {
	m, name := d.prog.Module, d.probe.Syntax.Name
	d.c.dump(StageIR, name+" (lowered)", func() string { return ir.Print(m) })
	if err := opt.Run(m, opt.Options{ISA: d.features.ISA, CPUs: d.features.CPUs}); err != nil {
		panic(err)
	}
	if d.careful {
		for _, f := range m.Funcs {
			forget.Run(f)
		}
	}
	if d.c.options.Verify {
		if err := ir.Verify(m); err != nil {
			panic(err)
		}
	}
	d.c.dump(StageIR, name, func() string { return ir.Print(m) })
}

// generate makes the instructions of the IR.
func (d *draft) generate() {
	entry, text := d.prog.Module.Funcs[0], d.probe.Syntax
	unread := !reads(entry, entry.Params[0])
	t := codegen.Target{ISA: d.features.ISA, CPUs: d.features.CPUs, Forward: d.careful}
	codes, scratch, err := generate(d.prog.Module, t, d.careful)
	if err != nil {
		d.diags = []source.Diagnostic{tooLarge(err, text.Span)}
		return
	}
	lines := d.c.lines(d.cell.file.Cell, text.Span)
	d.c.dump(StageAsm, text.Name, func() string { return listing(codes, lines) })
	d.out = d.program(codes, lines)
	d.out.Kind, d.out.Unread, d.out.Scratch = entry.Kind, unread, scratch
}

// tooLarge says what of a probe is larger than the code generator can make it. Any other error of its is a bug.
func tooLarge(err error, span source.Span) source.Diagnostic {
	var stack *codegen.StackError
	var long *codegen.RangeError
	switch d := (source.Diagnostic{Code: source.TooLarge, Span: span}); {
	case errors.As(err, &stack):
		d.Msg = fmt.Sprintf("the probe needs %d bytes of stack, and the kernel gives 512", stack.Bytes)
		d.Hint = "read shorter strings with str(p, n), or use fewer and smaller variables"
		return d
	case errors.As(err, &long):
		d.Msg = fmt.Sprintf("the probe has a function of %d instructions, with jumps that are too far: 32,767 is the most", long.Insns)
		d.Hint = "write what is alike as a loop, or several probes of it"
		return d
	}
	panic(err)
}

// reads reports whether a function does anything with a value.
func reads(f *ir.Func, v *ir.Value) bool {
	for _, b := range f.Blocks {
		for _, user := range b.Values {
			if slices.Contains(user.Args, v) {
				return true
			}
		}
		if slices.Contains(b.Term.Args, v) {
			return true
		}
	}
	return false
}

// program is the probe with its instructions.
func (d *draft) program(codes []*codegen.Code, lines func(source.Span) (codegen.Line, bool)) *Probe {
	prog, cell, text := d.prog, d.cell.file.Cell, d.probe.Syntax
	out := &Probe{
		Name: text.Name, Group: d.probe.Group, Cell: cell.Name, Hook: hookOf(d.probe), Schemas: prog.Schemas, Context: prog.Context,
		Faults: d.c.faults(d.cell, prog.Faults), FaultMap: prog.FaultMap,
		Lines: d.c.places(d.cell, prog.Lines), LineMap: prog.LineMap,
		Source: cell.Text[text.Span.Start:text.Span.End],
		Marks:  marks(codes),
	}
	for _, m := range prog.Module.Maps {
		out.Maps = append(out.Maps, m.Name)
	}
	slices.Sort(out.Maps)
	slices.SortFunc(out.Schemas, func(a, b *Schema) int { return int(int64(a.ID) - int64(b.ID)) })
	out.Hash = hashOf(out, codes)
	var err error
	if out.Insns, err = codegen.Lines(codes, lines); err != nil {
		panic(err)
	}
	return out
}

// marks are the marks of all functions, which lie one behind the other.
func marks(codes []*codegen.Code) []codegen.Mark {
	if len(codes) == 1 {
		return codes[0].Marks
	}
	raw, n := 0, 0
	for _, code := range codes {
		n += len(code.Marks)
	}
	all := make([]codegen.Mark, 0, n)
	for _, code := range codes {
		for _, m := range code.Marks {
			m.Offset += raw
			all = append(all, m)
		}
		for i := range code.Insns {
			raw += int(code.Insns[i].Width())
		}
	}
	return all
}
