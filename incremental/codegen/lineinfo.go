package codegen

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"go3s/incremental/arena"

	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"go3s/incremental/source"
)

// Line is a place in the user's text as the kernel shows it.
type Line struct {
	File   string
	Number int    // from 1
	Column int    // from 1, in bytes
	Text   string // the whole line
}

// Lines is a program, all functions in the order of codes, with BTF function and line info, so that the verifier's log and bpftool's
// dumps show the user's lines. The instructions of codes get them, too. resolve finds the line of a span; where it reports false,
// instructions count to the line before.
//
// Loading such code makes the kernel load a BTF blob beside the program: Linux 5.0. cilium/ebpf leaves both out on
// older kernels.
//
// Source: check_btf_line in kernel/bpf/verifier.c: offsets ascend, a function's first instruction has a line.
func Lines(codes []*Code, resolve func(source.Span) (Line, bool)) (asm.Instructions, error) {
	t := lineTables.Get()
	defer t.release()
	for _, c := range codes {
		for _, m := range c.Marks {
			at := noPlace
			if l, ok := resolve(m.Span); ok {
				at = t.place(l)
			}
			t.marked = append(t.marked, at)
		}
	}
	if err := t.load(); err != nil {
		return nil, fmt.Errorf("line info of %s: %w", codes[0].Insns.Name(), err)
	}
	n, marked := 0, t.marked
	for _, c := range codes {
		t.attach(c, marked[:len(c.Marks)])
		marked = marked[len(c.Marks):]
		n += len(c.Insns)
	}
	if len(codes) == 1 {
		return codes[0].Insns, nil
	}
	all := make(asm.Instructions, 0, n)
	for _, c := range codes {
		all = append(all, c.Insns...)
	}
	return all, nil
}

// parameters are the names of all parameters that a function can have.
var parameters = [...]string{"p0", "p1", "p2", "p3", "p4"}

// prototype is the function's type for the kernel, which wants one for every function or for none. It checks names
// only, as the function is static.
func (c *Code) prototype() *btf.Func {
	long := &btf.Int{Name: "long", Size: 8, Encoding: btf.Signed}
	proto := &btf.FuncProto{Return: long, Params: make([]btf.FuncParam, c.Params)}
	for i := range proto.Params {
		proto.Params[i] = btf.FuncParam{Name: parameters[i], Type: long}
	}
	return &btf.Func{Name: identifier(c.Insns.Name()), Type: proto, Linkage: btf.StaticFunc}
}

// identifier makes a name that BTF allows: a C identifier.
func identifier(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	if clean == "" || clean[0] >= '0' && clean[0] <= '9' {
		clean = "_" + clean
	}
	return clean[:min(len(clean), 127)]
}

// lineTable is the places in the text that a program comes from, with line info in the kernel's form for each. Its memory is used again.
//
// Source: struct bpf_line_info in include/uapi/linux/bpf.h.
type lineTable struct {
	places []place
	marked []int32 // for each mark of the program, one function after the other, its index in places, or noPlace
	blob   []byte  // BTF with the strings
	lines  []byte  // the kernel's form of places
	reader bytes.Reader
}

// place is a place in the text.
type place struct {
	file, text       string // the text is that of the line, without space around it
	at               uint32 // line << 10 | column
	fileOff, textOff uint32 // where the strings are among the strings
	line             *btf.Line
	source           asm.Metadata // of instructions that have nothing else
}

// mark says that an instruction, and those behind it, come from the place.
func (p *place) mark(ins *asm.Instruction) {
	if ins.Metadata != (asm.Metadata{}) {
		*ins = ins.WithSource(p.line)
		return
	}
	if p.source == (asm.Metadata{}) {
		p.source = ins.WithSource(p.line).Metadata
	}
	ins.Metadata = p.source
}

// noPlace is for marks that are nowhere in the text.
const noPlace int32 = -1

// The largest line and column that the kernel's form can hold.
const (
	maxLine   = 1<<22 - 1
	maxColumn = 1<<10 - 1
)

var lineTables arena.Pool[lineTable]

func (t *lineTable) release() {
	clear(t.places)
	t.places, t.marked, t.blob, t.lines = t.places[:0], t.marked[:0], t.blob[:0], t.lines[:0]
	t.reader.Reset(nil)
	lineTables.Put(t)
}

// recent is how many places are looked through for one that is there already, or has the same strings. Code goes to and fro between few.
const recent = 16

// place is the index of a line in the table.
func (t *lineTable) place(l Line) int32 {
	p := place{file: l.File, text: strings.TrimSpace(l.Text), at: uint32(min(l.Number, maxLine))<<10 | uint32(min(l.Column, maxColumn))}
	for i := len(t.places) - 1; i >= max(0, len(t.places)-recent); i-- {
		q := &t.places[i]
		if p.file == q.file {
			p.fileOff = q.fileOff
			if p.text == q.text {
				if p.at == q.at {
					return int32(i)
				}
				p.textOff = q.textOff
			}
		}
	}
	if p.fileOff == 0 {
		p.fileOff = t.add(p.file)
	}
	if p.textOff == 0 {
		p.textOff = t.add(p.text)
	}
	t.places = append(t.places, p)
	return int32(len(t.places)) - 1
}

// blobHeader is the BTF without the strings. It is otherwise empty.
//
// Source: struct btf_header in include/uapi/linux/btf.h.
const blobHeader = 24

// add is the offset of a string among the strings.
func (t *lineTable) add(s string) uint32 {
	if len(t.blob) == 0 {
		t.blob = append(t.blob, make([]byte, blobHeader+1)...) // the empty string is the first
	}
	if s == "" {
		return 0
	}
	at := len(t.blob) - blobHeader
	t.blob = append(append(t.blob, strings.ReplaceAll(s, "\x00", " ")...), 0)
	return uint32(at)
}

// load lets the library read the table: that is its only way to make lines.
func (t *lineTable) load() error {
	if len(t.places) == 0 {
		return nil
	}
	order := binary.NativeEndian
	order.PutUint16(t.blob, 0xeB9F)
	t.blob[2] = 1 // version
	order.PutUint32(t.blob[4:], blobHeader)
	order.PutUint32(t.blob[20:], uint32(len(t.blob)-blobHeader))
	t.reader.Reset(t.blob)
	spec, err := btf.LoadSpecFromReader(&t.reader)
	if err != nil {
		return err
	}
	for i := range t.places {
		p := &t.places[i]
		for _, word := range [...]uint32{uint32(i), p.fileOff, p.textOff, p.at} {
			t.lines = order.AppendUint32(t.lines, word)
		}
	}
	t.reader.Reset(t.lines)
	lines, err := btf.LoadLineInfos(&t.reader, order, uint32(len(t.places)), spec)
	if err != nil {
		return err
	}
	for i := range lines {
		t.places[lines[i].Offset].line = lines[i].Line
	}
	return nil
}

// attach gives the instructions of a function their lines, of the places that its marks have.
func (t *lineTable) attach(c *Code, marked []int32) {
	last, raw, next := noPlace, 0, 0
	for i, at := range marked {
		if at == noPlace || at == last {
			continue
		}
		if last != noPlace {
			for raw < c.Marks[i].Offset {
				raw += int(c.Insns[next].Width())
				next++
			}
		}
		last = at
		t.places[at].mark(&c.Insns[next])
	}
	if last != noPlace {
		c.Insns[0] = btf.WithFuncMetadata(c.Insns[0], c.prototype())
	}
}
