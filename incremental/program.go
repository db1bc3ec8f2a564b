package incremental

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go3s/incremental/lower"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/check"
	"go3s/incremental/codegen"
	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// hookSpan is where the hook of a probe is written; the whole probe where it has several.
func hookSpan(pr *check.Probe) source.Span {
	if hooks := pr.Syntax.Hooks; len(hooks) == 1 && hooks[0].Span.IsValid() {
		return hooks[0].Span
	}
	return pr.Syntax.Span
}

// assemble compiles all functions of a program. They share the stack: where one calls another, the needs of both add up.
func assemble(m *ir.Module, t codegen.Target) ([]*codegen.Code, error) {
	codes := make([]*codegen.Code, len(m.Funcs))
	stacks := map[string]int{}
	for i, f := range m.Funcs {
		var err error
		if codes[i], err = codegen.Generate(f, t); err != nil {
			return nil, err
		}
		stacks[f.Name] = codes[i].Stack
	}
	if len(m.Funcs) > 1 {
		if n := deepest(m, m.Funcs[0], stacks); n > codegen.MaxStack {
			return nil, &codegen.StackError{Bytes: n}
		}
	}
	return reached(codes), nil
}

// reached leaves out the functions that the program's instructions do not refer to: the code generator may have found that a call is
// never reached, and the kernel takes no function that nobody calls.
func reached(codes []*codegen.Code) []*codegen.Code {
	if len(codes) == 1 {
		return codes
	}
	seen := map[string]bool{codes[0].Insns[0].Symbol(): true}
	for more := true; more; {
		more = false
		for _, code := range codes {
			if !seen[code.Insns[0].Symbol()] {
				continue
			}
			for i := range code.Insns {
				ins := &code.Insns[i]
				if name := ins.Reference(); (ins.IsFunctionCall() || ins.IsLoadOfFunctionPointer()) && name != "" && !seen[name] {
					seen[name], more = true, true
				}
			}
		}
	}
	return slices.DeleteFunc(codes, func(code *codegen.Code) bool { return !seen[code.Insns[0].Symbol()] })
}

// deepest is how much stack a function and those it calls need together, as the kernel counts it.
//
// Source: check_max_stack_depth in kernel/bpf/verifier.c.
func deepest(m *ir.Module, f *ir.Func, stacks map[string]int) int {
	below := 0
	for _, b := range f.Blocks {
		for _, v := range b.Values {
			if v.Op != ir.OpCallFunc && v.Op != ir.OpFunc {
				continue
			}
			for _, g := range m.Funcs {
				if g.Name == v.Func {
					below = max(below, deepest(m, g, stacks))
				}
			}
		}
	}
	return (max(stacks[f.Name], 1)+31)&^31 + below
}

// listing is the instructions of all functions as text, under the places in the source that they come from.
func listing(codes []*codegen.Code, lines func(source.Span) (codegen.Line, bool)) string {
	var b strings.Builder
	last := ""
	for _, code := range codes {
		b.WriteString(code.Listing(func(span source.Span) string {
			line, ok := lines(span)
			if !ok || !span.IsValid() {
				return ""
			}
			text := fmt.Sprintf("%s:%d:%d: %s", line.File, line.Number, line.Column, shortened(line.Text[min(line.Column-1, len(line.Text)):]))
			if text == last {
				return ""
			}
			last = text
			return text
		}))
	}
	return b.String()
}

// shortened is as much of a line as stands beside instructions.
func shortened(text string) string {
	const most = 60
	runes := []rune(strings.TrimSpace(text))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}

// places are the places of spans in the cell that is compiled, which an edit may have changed, and in others.
func (c *compiler) places(own *parsedCell, spans []source.Span) []Place {
	var places []Place
	for _, span := range spans {
		p := Place{Cell: span.Cell}
		text, known := c.textOf(own.file.Cell, span.Cell)
		if !known {
			text = own.text
		}
		if span.Start <= len(text) {
			p.Line, p.Column = source.Position(text, span.Start)
		}
		places = append(places, p)
	}
	return places
}

// faults are the places of faults.
func (c *compiler) faults(own *parsedCell, list []lower.Fault) []Fault {
	spans := make([]source.Span, len(list))
	for i, f := range list {
		spans[i] = f.Span
	}
	var faults []Fault
	for i, p := range c.places(own, spans) {
		faults = append(faults, Fault{Place: p, Cause: list[i].Cause})
	}
	return faults
}

// hookOf is the hook of a checked probe.
func hookOf(pr *check.Probe) Hook {
	if pr.Context == nil {
		return Hook{}
	}
	if pr.Hook.Kind != "tracepoint" {
		return Hook{Kind: pr.Hook.Kind, Name: pr.Hook.Target}
	}
	return Hook{Kind: "tracepoint", Category: pr.Context.Format.Category, Name: pr.Context.Format.Name}
}

// hashOf identifies a program by its name, its hook and its instructions.
func hashOf(p *Probe, codes []*codegen.Code) [32]byte {
	const each = 24 // bytes of an instruction, and some for a name
	n := 0
	for _, code := range codes {
		n += each * len(code.Insns)
	}
	b := make([]byte, 0, n+len(p.Name)+each)
	b = append(strconv.AppendQuote(append(strconv.AppendQuote(b, p.Name), ' '), p.Hook.String()), '\n')
	for _, code := range codes {
		for i := range code.Insns {
			ins := &code.Insns[i]
			b = append(b, byte(ins.OpCode), byte(ins.OpCode>>8), byte(ins.Dst), byte(ins.Src))
			b = binary.LittleEndian.AppendUint16(b, uint16(ins.Offset))
			b = binary.LittleEndian.AppendUint64(b, uint64(ins.Constant))
			if ins.Metadata == (asm.Metadata{}) {
				b = append(b, 0, 0)
				continue
			}
			b = append(append(b, ins.Symbol()...), 0)
			b = append(append(b, ins.Reference()...), 0)
		}
	}
	return sha256.Sum256(b)
}

// placer finds places in a text.
type placer struct {
	text   string
	starts []int // of its lines
}

// position is where an offset lies: its line and column, both from 1, and the whole line.
func (p *placer) position(text string, offset int) (line, col int, whole string) {
	if p.starts == nil || p.text != text {
		p.text, p.starts = text, make([]int, 1, 1+strings.Count(text, "\n"))
		for i := range len(text) {
			if text[i] == '\n' {
				p.starts = append(p.starts, i+1)
			}
		}
	}
	line, exact := slices.BinarySearch(p.starts, offset)
	if exact {
		line++
	}
	start, end := p.starts[line-1], len(text)
	if line < len(p.starts) {
		end = p.starts[line] - 1
	}
	return line, offset - start + 1, text[start:end]
}

// textOf is the text of a cell, which may be the one that is compiled, own: an edit may have changed that.
func (c *compiler) textOf(own source.Cell, cell string) (text string, known bool) {
	if cell == own.Name {
		return own.Text, true
	}
	for _, p := range c.parsed {
		if p.file.Cell.Name == cell {
			return p.file.Cell.Text, true
		}
	}
	return "", false
}

// lines finds the lines of spans in the texts of all cells. A span of none counts to where the probe starts: the kernel wants a line for
// every function of a program.
func (c *compiler) lines(own source.Cell, start source.Span) func(source.Span) (codegen.Line, bool) {
	places := placer{}
	return func(span source.Span) (codegen.Line, bool) {
		text, known := c.textOf(own, span.Cell)
		if !span.IsValid() || !known || span.Start > len(text) {
			span, text = start, own.Text
		}
		if span.Start > len(text) {
			return codegen.Line{}, false
		}
		line, col, whole := places.position(text, span.Start)
		return codegen.Line{File: span.Cell, Number: line, Column: col, Text: whole}, true
	}
}
