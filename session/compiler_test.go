package session

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental"
	"go3s/incremental/codegen"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/session/program"
)

// toy is a compiler for these tests: real syntax, and of the meaning only what a session sees of it. NAME++ is a counter,
// NAME[comm]++, NAME[pid]++ and NAME[key]++ are per-CPU hashes, last[…] is a plain hash, printf makes a schema whose number is the sum of
// the format's bytes; "refused" anywhere is a diagnostic.
type toy struct{ cells []source.Cell }

func (c toy) Without(name string) program.Compiler {
	return toy{slices.DeleteFunc(slices.Clone(c.cells), func(cell source.Cell) bool { return cell.Name == name })}
}

func (c toy) With(cell source.Cell) program.Compiler {
	cells := slices.Clone(c.cells)
	for i := range cells {
		if cells[i].Name == cell.Name {
			cells[i] = cell
			return toy{cells}
		}
	}
	return toy{append(cells, cell)}
}

func (toy) Evaluate(cell source.Cell, _ incremental.BuildOptions) *incremental.Evaluation {
	return &incremental.Evaluation{Constant: &incremental.Constant{Type: "string", Value: cell.Text}}
}

func (c toy) Build(o incremental.BuildOptions) *incremental.Build {
	if o.Stage != nil {
		o.Stage("parse")
	}
	b := &toyBuild{maps: make(map[string]bool)}
	for _, cell := range c.cells {
		if i := strings.Index(cell.Text, "refused"); i >= 0 {
			b.Diags = append(b.Diags, source.Diagnostic{
				Code: source.Unsupported, Span: source.Span{Cell: cell.Name, Start: i, End: i + 7}, Msg: "refused is refused",
			})
		}
		f, _ := syntax.Parse(cell)
		for _, p := range f.Probes {
			b.probe(cell, p)
		}
	}
	if len(b.Diags) > 0 {
		b.Probes = nil
	}
	return &b.Build
}

type toyBuild struct {
	incremental.Build
	maps map[string]bool
}

var (
	toyUint64 = &layout.Type{Kind: layout.Uint, Name: "uint64", Size: 8, Align: 8}
	toyInt32  = &layout.Type{Kind: layout.Int, Name: "int32", Size: 4, Align: 4}
	toyUint32 = &layout.Type{Kind: layout.Uint, Name: "uint32", Size: 4, Align: 4}
	toyComm   = &layout.Type{Kind: layout.String, Name: "string", Size: 16, Align: 1}
	toyKeys   = map[string]*layout.Type{
		"comm": toyComm,
		"pid":  toyUint32,
		"nice": toyInt32,
		"key": {Kind: layout.Struct, Name: "key", Size: 20, Align: 4, Fields: []layout.Field{
			{Name: "pid", Type: toyUint32}, {Name: "comm", Type: toyComm, Offset: 4},
		}},
	}
	mapUse    = regexp.MustCompile(`(\w+)(?:\[(\w+)\])?(\+\+|--| =)`)
	printfUse = regexp.MustCompile(`printf\("([^"]*)"`)
)

func (b *toyBuild) probe(cell source.Cell, p *syntax.Probe) {
	text := cell.Text[p.Span.Start:p.Span.End]
	category, name, _ := strings.Cut(p.Hooks[0].Target, ":")
	out := &incremental.Probe{
		Name: p.Name, Cell: cell.Name, Kind: ir.Tracepoint, Source: text,
		Hook:  incremental.Hook{Kind: "tracepoint", Category: category, Name: name},
		Insns: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
		Marks: []codegen.Mark{{Offset: 0, Span: p.Span}, {Offset: 1, Span: source.Span{Cell: cell.Name, Start: p.Span.End - 1, End: p.Span.End}}},
		Maps:  []string{p.Name + incremental.StatsSuffix},
		Hash:  sha256.Sum256([]byte(text)),
	}
	b.addMap(p.Name+incremental.StatsSuffix, incremental.Map{Map: ir.Map{Kind: ir.Counters, Value: 128, Entries: 1}})
	body := text[strings.Index(text, "{"):]
	for _, use := range mapUse.FindAllStringSubmatchIndex(body, -1) {
		b.use(out, body[use[2]:use[3]], submatch(body, use, 2), body[use[6]:use[7]], source.Span{
			Cell: cell.Name, Start: p.Span.End - len(body) + use[2], End: p.Span.End - len(body) + use[3],
		})
	}
	for _, use := range printfUse.FindAllStringSubmatch(body, -1) {
		b.printf(out, strings.ReplaceAll(use[1], `\n`, "\n"))
	}
	slices.Sort(out.Maps)
	b.Probes = append(b.Probes, out)
}

func submatch(s string, loc []int, n int) string {
	if loc[2*n] < 0 {
		return ""
	}
	return s[loc[2*n]:loc[2*n+1]]
}

func (b *toyBuild) use(p *incremental.Probe, name, key, op string, span source.Span) {
	m := incremental.Map{Map: ir.Map{Kind: ir.PerCPUHash, Value: 8, Entries: 1024}, ValueType: toyUint64, Span: span}
	switch {
	case key == "":
		m.Kind, m.Key, m.Entries, m.Counter = ir.PerCPUArray, 4, 1, true
	default:
		m.KeyType = toyKeys[key]
		m.Key = m.KeyType.Size
	}
	if op == "--" {
		m.ValueType, m.Value = toyInt32, 4
	}
	if op == " =" {
		m.Kind = ir.Hash
	}
	p.Maps = append(p.Maps, name)
	b.addMap(name, m)
}

func (b *toyBuild) addMap(name string, m incremental.Map) {
	if b.maps[name] {
		return
	}
	b.maps[name] = true
	m.Name = name
	b.Maps = append(b.Maps, &m)
}

// printf gives the probe a schema with an int32 for each %d and a string of 16 for each %s.
func (b *toyBuild) printf(p *incremental.Probe, format string) {
	s := &incremental.Schema{Probe: p.Name, Format: format, Size: incremental.EventHeader, ID: toyID(format)}
	for i, c := range format {
		if i == 0 || format[i-1] != '%' {
			continue
		}
		t := toyInt32
		if c == 's' {
			t = toyComm
		}
		s.Fields = append(s.Fields, layout.Field{Name: fmt.Sprint(len(s.Fields)), Type: t, Offset: s.Size})
		s.Size += t.Size
	}
	p.Schemas = append(p.Schemas, s)
	p.Maps = append(p.Maps, incremental.RingMap)
	b.addMap(incremental.RingMap, incremental.Map{Map: ir.Map{Kind: ir.Ring, Entries: 1 << 18}})
}

func toyID(format string) uint32 {
	var id uint32
	for _, c := range []byte(format) {
		id += uint32(c)
	}
	return id
}
