package session

import (
	"slices"
	"strings"

	"go3s/incremental/layout"
)

// TaskName is the name (comm) of a running process or thread; empty if there is none of that number. It is raw.
func (s *Session) TaskName(pid uint64) string { return s.kernel.TaskName(pid) }

// taskNames are how probes call the numbers of processes and threads, as names of the language and of fields.
var taskNames = []string{"pid", "tid", "tgid", "bpf.PID()", "bpf.TID()"}

// taskColumns says which columns of a map's key are numbers of processes or threads: fields of that name, and the key itself where the
// probes say nothing else between the map's brackets. The caller holds mu.
func (s *Session) taskColumns(m *liveMap) []bool {
	if hasColumns(m.KeyType) {
		return fieldTasks(m.KeyType)
	}
	if !isInteger(m.KeyType) {
		return nil
	}
	found := false
	for _, p := range s.probes {
		if !slices.Contains(p.maps, m.Name) {
			continue
		}
		for _, index := range indices(p.source, m.Name) {
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
		tasks[i] = isInteger(f.Type) && f.Type.As == layout.Plain && slices.Contains(taskNames, f.Name)
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
