package table

import (
	"iter"
	"slices"
	"strings"

	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
)

// Map is what is known of one map, without its contents.
type Map struct {
	Name    string
	Kind    string   // "per-CPU hash"
	Key     string   // the key's Go type; "" for a counter
	Value   string   // the value's Go type
	Columns []string // names of the key's columns: the fields of a struct key, otherwise one, the map's own; empty for a counter
	Tasks   []bool   // which columns are numbers of processes or threads; see TaskName
	PerCPU  bool
	Entries int // the most it can hold; 0 where each thread can have one
	Probes  []string
}

// kindNames is how the kinds of maps are called on the screen.
var kindNames = map[ir.MapKind]string{
	ir.Hash: "hash", ir.PerCPUHash: "per-CPU hash", ir.Array: "array", ir.PerCPUArray: "per-CPU array", ir.LRUHash: "LRU hash",
	ir.PerCPULRU: "per-CPU LRU hash", ir.Counters: "per-CPU counter", ir.Ring: "ring", ir.Stacks: "stacks", ir.TaskStorage: "thread state",
}

// Describe is what is known of a map that the named probes use, whose texts are programs.
func Describe(m *incremental.Map, probes []string, programs iter.Seq[string]) Map {
	v := Map{
		Probes:  probes,
		Name:    m.Name,
		Kind:    kindNames[m.Kind],
		Value:   m.ValueType.Name,
		PerCPU:  m.Kind.PerCPU(),
		Entries: m.Entries,
	}
	if m.Counter {
		v.Kind, v.Entries = "counter", 1
		if v.PerCPU {
			v.Kind = "per-CPU counter"
		}
	} else {
		v.Key = m.KeyType.Name
		v.Columns = columns(m.KeyType, m.Name)
		v.Tasks = taskColumns(m, programs)
	}
	if kind, ok := aggregateKinds[m.Aggregate.Kind]; ok {
		v.Kind, v.PerCPU = kind, false
	}
	return v
}

// hasColumns reports whether a key is shown as one column a field.
func hasColumns(key *layout.Type) bool { return key.Kind == layout.Struct && key.As == layout.Plain }

// columns are the names of a key's columns.
func columns(key *layout.Type, name string) []string {
	if !hasColumns(key) {
		return []string{name}
	}
	names := make([]string, len(key.Fields))
	for i, f := range key.Fields {
		names[i] = f.Name
	}
	return names
}

// taskNames are how probes call the numbers of processes and threads, as names of the language and of fields.
var taskNames = []string{"pid", "tid", "tgid", "bpf.PID()", "bpf.TID()"}

// taskColumns says which columns of a map's key are numbers of processes or threads: fields of that name, and the key itself where the
// programs say nothing else between the map's brackets.
func taskColumns(m *incremental.Map, programs iter.Seq[string]) []bool {
	if hasColumns(m.KeyType) {
		return fieldTasks(m.KeyType)
	}
	if !m.KeyType.IsInteger() {
		return nil
	}
	found := false
	for text := range programs {
		for _, index := range indices(text, m.Name) {
			if !slices.Contains(taskNames, index) {
				return nil
			}
			found = true
		}
	}
	if !found {
		return nil
	}
	return []bool{true}
}

// fieldTasks are the fields of a struct that are named as numbers of tasks are; nil without any.
func fieldTasks(t *layout.Type) []bool {
	tasks := make([]bool, len(t.Fields))
	for i, f := range t.Fields {
		tasks[i] = f.Type.IsInteger() && f.Type.As == layout.Plain && slices.Contains(taskNames, f.Name)
	}
	if !slices.Contains(tasks, true) {
		return nil
	}
	return tasks
}

// indices are the texts between the brackets behind a name in a program.
func indices(text, name string) []string {
	var found []string
	for {
		before, rest, ok := strings.Cut(text, name+"[")
		if !ok {
			return found
		}
		whole := before == "" || !isNamePart(before[len(before)-1])
		text = rest
		if index, _, ok := strings.Cut(rest, "]"); ok && whole {
			found = append(found, strings.TrimSpace(index))
		}
	}
}

// isNamePart reports whether a name that ends behind c would be longer.
func isNamePart(c byte) bool {
	return c == '_' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}
