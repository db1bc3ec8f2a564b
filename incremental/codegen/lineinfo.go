package codegen

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

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

// Lines is the code with BTF function and line info, so that the verifier's log and bpftool's dumps show the user's
// lines. They are c.Insns. resolve finds the line of a span; where it reports false, instructions count to the line before.
//
// Loading such code makes the kernel load a BTF blob beside the program: Linux 5.0. cilium/ebpf leaves both out on
// older kernels.
//
// Source: check_btf_line in kernel/bpf/verifier.c: offsets ascend, a function's first instruction has a line.
func Lines(c *Code, resolve func(source.Span) (Line, bool)) (asm.Instructions, error) {
	var t lineTable
	t.strings.WriteByte(0)
	for _, m := range c.Marks {
		if l, ok := resolve(m.Span); ok {
			t.add(m.Offset, l)
		}
	}
	insns := c.Insns
	if len(t.records) == 0 {
		return insns, nil
	}
	t.records[0].Insn = 0
	lines, err := t.load()
	if err != nil {
		return nil, fmt.Errorf("line info of %s: %w", c.Insns.Name(), err)
	}
	raw := 0
	for i := range insns {
		if len(lines) > 0 && int(lines[0].Offset) <= raw {
			insns[i] = insns[i].WithSource(lines[0].Line)
			lines = lines[1:]
		}
		raw += int(insns[i].Width())
	}
	insns[0] = btf.WithFuncMetadata(insns[0], c.prototype())
	return insns, nil
}

// prototype is the function's type for the kernel, which wants one for every function or for none. It checks names
// only, as the function is static.
func (c *Code) prototype() *btf.Func {
	long := &btf.Int{Name: "long", Size: 8, Encoding: btf.Signed}
	proto := &btf.FuncProto{Return: long}
	for i := range c.Params {
		proto.Params = append(proto.Params, btf.FuncParam{Name: fmt.Sprintf("p%d", i), Type: long})
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

// lineTable is line info in the kernel's form, with its strings.
//
// Source: struct bpf_line_info in include/uapi/linux/bpf.h.
type lineTable struct {
	records []lineRecord
	strings bytes.Buffer
	known   map[string]uint32
	last    Line // that was added
}

type lineRecord struct {
	Insn, File, Text uint32
	Place            uint32 // line << 10 | column
}

// The largest line and column that a record can hold.
const (
	maxLine   = 1<<22 - 1
	maxColumn = 1<<10 - 1
)

func (t *lineTable) add(offset int, l Line) {
	r := lineRecord{Insn: uint32(offset), Place: uint32(min(l.Number, maxLine))<<10 | uint32(min(l.Column, maxColumn))}
	if n := len(t.records); n > 0 && l.File == t.last.File && l.Text == t.last.Text {
		r.File, r.Text = t.records[n-1].File, t.records[n-1].Text
	} else {
		r.File, r.Text = t.intern(l.File), t.intern(strings.TrimSpace(l.Text))
		t.last = l
	}
	if n := len(t.records); n > 0 {
		last := t.records[n-1]
		if last.Insn = r.Insn; last == r {
			return
		}
	}
	t.records = append(t.records, r)
}

// intern is the offset of a string among the strings.
func (t *lineTable) intern(s string) uint32 {
	s = strings.ReplaceAll(s, "\x00", " ")
	if at, ok := t.known[s]; ok {
		return at
	}
	if t.known == nil {
		t.known = map[string]uint32{}
	}
	at := uint32(t.strings.Len())
	t.strings.WriteString(s)
	t.strings.WriteByte(0)
	t.known[s] = at
	return at
}

// load lets the library read the table: that is its only way to make lines. The blob around the strings is an
// otherwise empty BTF.
//
// Source: struct btf_header in include/uapi/linux/btf.h.
func (t *lineTable) load() (btf.LineOffsets, error) {
	order := binary.NativeEndian
	blob := order.AppendUint16(nil, 0xeB9F)
	blob = append(blob, 1, 0) // version, flags
	for _, word := range []int{24, 0, 0, 0, t.strings.Len()} {
		blob = order.AppendUint32(blob, uint32(word))
	}
	blob = append(blob, t.strings.Bytes()...)
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(blob))
	if err != nil {
		return nil, err
	}
	records := make([]byte, 0, 16*len(t.records))
	for _, r := range t.records {
		for _, word := range []uint32{r.Insn, r.File, r.Text, r.Place} {
			records = order.AppendUint32(records, word)
		}
	}
	return btf.LoadLineInfos(bytes.NewReader(records), order, uint32(len(t.records)), spec)
}
