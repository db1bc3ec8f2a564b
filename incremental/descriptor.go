package incremental

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
)

// The descriptor of a program, as docs/JSON.md describes it.
type (
	programObject struct {
		Program      string         `json:"program"`
		Cell         string         `json:"cell"`
		Type         string         `json:"type"`
		Hook         string         `json:"hook,omitempty"`
		Context      []contextField `json:"context"`
		Maps         []mapObject    `json:"maps"`
		Events       []eventObject  `json:"events"`
		Instructions int            `json:"instructions"`
		ISA          int            `json:"isa"`
		Linux        string         `json:"linux"`
		Needs        []need         `json:"needs"`
	}
	contextField struct {
		Name   string `json:"name"`
		Type   string `json:"type"`
		Offset int    `json:"offset"`
		Size   int    `json:"size"`
	}
	mapObject struct {
		Name      string `json:"name"`
		Kind      string `json:"kind"`
		Key       string `json:"key,omitempty"`
		KeySize   int    `json:"key_size"`
		Value     string `json:"value,omitempty"`
		ValueSize int    `json:"value_size"`
		Entries   int    `json:"entries"`
	}
	eventObject struct {
		ID     uint32        `json:"id"`
		Kind   string        `json:"kind"`
		Format string        `json:"format,omitempty"`
		Size   int           `json:"size"`
		Fields []fieldObject `json:"fields"`
	}
	fieldObject struct {
		Name   string `json:"name"`
		Type   string `json:"type"`
		Offset int    `json:"offset"`
		Size   int    `json:"size"`
	}
	need struct {
		What  string `json:"what"`
		Linux string `json:"linux"`
	}
)

// schemaKinds are the functions that write records.
var schemaKinds = map[abi.SchemaKind]string{Printf: "printf", Print: "print", Log: "log", Emit: "emit", Exit: "exit", Done: "done"}

// mapFloors are the kernels from which on there are maps of a kind, where that is after the oldest that is thought of here.
var mapFloors = map[ir.MapKind]string{
	ir.Hash: "3.19", ir.Array: "3.19", ir.PerCPUHash: "4.6", ir.PerCPUArray: "4.6", ir.LRUHash: "4.10", ir.PerCPULRU: "4.10",
	ir.Counters: "5.5", ir.Ring: "5.8", ir.Stacks: "4.6",
}

// kindFloors are the kernels from which on there are programs of a kind.
var kindFloors = map[ir.Kind]string{
	ir.KProbe: "4.1", ir.Tracepoint: "4.7", ir.XDP: "4.8", ir.TC: "4.1", ir.PerfEvent: "4.9", ir.RawTP: "4.17", ir.TPBTF: "5.5",
	ir.FEntry: "5.5", ir.FExit: "5.5",
}

// describe is the descriptor of a program as JSON.
func (c *compiler) describe(p *Probe, maps []*Map) string {
	o := programObject{
		Program: p.Name, Cell: p.Cell, Type: p.Kind.String(), Context: []contextField{}, Maps: []mapObject{}, Events: []eventObject{},
		Instructions: instructions(p.Insns), ISA: c.memo.universe.Kernel.Features().ISA,
	}
	if p.Hook != (Hook{}) {
		o.Hook = p.Hook.String()
	}
	for _, f := range p.Context {
		o.Context = append(o.Context, contextField{f.Name, f.CType, f.Offset, f.Size})
	}
	needs := map[need]bool{{"programs of type " + o.Type, kindFloors[p.Kind]}: true}
	for _, m := range maps {
		if slices.Contains(p.Maps, m.Name) {
			o.Maps = append(o.Maps, describeMapObject(m))
			needs[need{"maps of kind " + m.Kind.String(), mapFloors[m.Kind]}] = true
		}
	}
	for _, s := range p.Schemas {
		o.Events = append(o.Events, eventObject{s.ID, schemaKinds[s.Kind], s.Format, s.Size, fieldObjects(s.Fields)})
	}
	for i := range p.Insns {
		for _, n := range insnNeeds(&p.Insns[i]) {
			needs[n] = true
		}
	}
	if p.Name == abi.OnceName {
		needs[need{"running programs by hand", "5.10"}] = true
	}
	for n := range needs {
		o.Needs = append(o.Needs, n)
	}
	slices.SortFunc(o.Needs, func(a, b need) int { return cmp.Or(compareVersions(b.Linux, a.Linux), cmp.Compare(a.What, b.What)) })
	o.Linux = o.Needs[0].Linux
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(text) + "\n"
}

// instructions counts as the kernel does: a wide load is two.
func instructions(insns asm.Instructions) int {
	n := 0
	for i := range insns {
		n += int(insns[i].Width())
	}
	return n
}

func describeMapObject(m *Map) mapObject {
	o := mapObject{Name: m.Name, Kind: m.Kind.String(), KeySize: m.Map.Key, ValueSize: m.Value, Entries: m.Entries}
	if m.KeyType != nil {
		o.Key = m.KeyType.Name
	}
	if m.ValueType != nil {
		o.Value = m.ValueType.Name
	}
	return o
}

func fieldObjects(fields []layout.Field) []fieldObject {
	out := make([]fieldObject, len(fields))
	for i, f := range fields {
		out[i] = fieldObject{f.Name, f.Type.Name, f.Offset, f.Type.Size}
	}
	return out
}

// insnNeeds are the features of the kernel that an instruction needs.
func insnNeeds(ins *asm.Instruction) []need {
	class := ins.OpCode.Class()
	switch {
	case ins.IsBuiltinCall():
		if h := ir.Helpers[ins.Constant]; h != nil {
			return []need{{"helper " + h.Name, h.Floor}}
		}
	case ins.IsFunctionCall():
		return []need{{"calls of functions", "4.16"}}
	case class == asm.Jump32Class:
		return []need{{"instruction set v3: jumps on 32 bits", "5.1"}}
	case class == asm.ALUClass && ins.OpCode.ALUOp() == asm.SDiv, class == asm.ALU64Class && ins.OpCode.ALUOp() == asm.SDiv,
		class == asm.LdXClass && ins.OpCode.Mode() == asm.MemSXMode:
		return []need{{"instruction set v4: signed division, loads that extend the sign", "6.6"}}
	}
	return nil
}

// compareVersions compares versions such as 5.8 and 5.10.
func compareVersions(a, b string) int {
	number := func(s string) int {
		major, minor, _ := strings.Cut(s, ".")
		x, _ := strconv.Atoi(major)
		y, _ := strconv.Atoi(minor)
		return x<<16 | y
	}
	return cmp.Compare(number(a), number(b))
}
