package oracle

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"

	"go3s/attach/tracefs"
	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Host is the running kernel as the compiler sees it.
type Host struct {
	fs       *tracefs.FS
	features universe.Features
	formats  map[string]*universe.Format
	names    []string
}

// NewHost opens tracefs.
func NewHost(features universe.Features) (*Host, error) {
	fs, err := tracefs.Find()
	if err != nil {
		return nil, err
	}
	names, err := fs.Events()
	if err != nil {
		return nil, err
	}
	return &Host{fs: fs, features: features, formats: map[string]*universe.Format{}, names: names}, nil
}

// Tracepoint implements universe.Kernel.
func (h *Host) Tracepoint(category, name string) *universe.Format {
	key := category + ":" + name
	if f, ok := h.formats[key]; ok {
		return f
	}
	h.formats[key] = nil
	text, err := h.fs.Format(category, name)
	if err != nil {
		return nil
	}
	f, err := universe.ParseFormat(text)
	if err != nil {
		return nil
	}
	f.Category = category
	h.formats[key] = f
	return f
}

// Tracepoints implements universe.Kernel.
func (h *Host) Tracepoints() []string { return h.names }

// Features implements universe.Kernel.
func (h *Host) Features() universe.Features { return h.features }

// BTF describes the running kernel's types, nil where it can't be read.
func (h *Host) BTF() *universe.BTF { return runningBTF() }

// runningBTF is read once: programs that load what they ask of their thread need it.
var runningBTF = sync.OnceValue(func() *universe.BTF {
	blob, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	if err != nil {
		return nil
	}
	b, err := universe.ParseBTF(blob)
	if err != nil {
		return nil
	}
	return b
})

// Verify compiles a text and loads what comes out as the kernel would have it; where the verifier gives up, it does so once more with
// care. The error is a *Refusal where it is not accepted.
func (m *Machine) Verify(k universe.Kernel, name, text string) (careful bool, err error) {
	s := incremental.New(k).With(source.Cell{Name: name, Text: text})
	build := s.Build(incremental.BuildOptions{})
	if err = m.verify(build, text); err == nil && !m.Careful {
		return false, nil
	}
	if r, ok := errors.AsType[*Refusal](err); ok && r.gaveUp() || err == nil {
		return true, m.verify(s.Build(incremental.BuildOptions{Careful: groups(build)}), text)
	}
	return false, err
}

// groups are the names of the probes in the user's text.
func groups(b *incremental.Build) []string {
	var names []string
	for _, p := range b.Probes {
		names = append(names, p.Group)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (m *Machine) verify(build *incremental.Build, text string) error {
	if len(build.Diags) > 0 {
		return &Refusal{Diags: build.Diags, Text: text}
	}
	bound := map[string]*machineMap{}
	for i, bm := range build.Maps {
		mm, err := m.mapFor(i, bm.Map)
		if err != nil {
			return err
		}
		bound[bm.Name] = mm
	}
	for _, p := range build.Probes {
		prog, err := load(p, bound, programTypes[p.Kind])
		if err != nil {
			return &Refusal{Err: err, Text: text}
		}
		prog.Close()
	}
	return nil
}

// hooks picks tracepoints whose formats have all kinds of fields, and some of every subsystem.
func (h *Host) hooks(n int) []*universe.Format {
	var list []*universe.Format
	for i := 0; len(list) < n && i < len(h.names); i++ {
		name := h.names[i*7919%len(h.names)]
		category, name, ok := strings.Cut(name, ":")
		if !ok {
			continue
		}
		if f := h.Tracepoint(category, name); f != nil && len(f.Fields) > 0 {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *universe.Format) int { return a.ID - b.ID })
	return list
}
