package incremental

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/cilium/ebpf/asm"

	"go3s/incremental/abi"
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
	needs := map[need]bool{}
	for _, n := range hookNeeds(p) {
		needs[n] = true
	}
	for _, m := range maps {
		if slices.Contains(p.Maps, m.Name) {
			o.Maps = append(o.Maps, describeMapObject(m))
			needs[mapNeed(m.Kind.String(), mapFloors[m.Kind])] = true
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

// compareVersions compares versions such as 5.8 and 5.10.
func compareVersions(a, b string) int { return cmp.Compare(versionNumber(a), versionNumber(b)) }
