// Package host is the running kernel as the compiler sees it, for measures of the compiler without a session.
package host

import (
	"errors"

	"go3s/attach"
	"go3s/incremental/universe"
)

// ISA is the instruction set that compilers may use which are compared: what clang -mcpu=v3 stands for.
const ISA = 3

// Kernel is the running kernel, with the instruction set of a comparison.
type Kernel struct {
	attach   *attach.Kernel
	features universe.Features
	formats  map[string]*universe.Format
	types    *universe.BTF
}

// Open looks at the running kernel. It needs root.
func Open() (*Kernel, error) {
	a, err := attach.Open(attach.Options{})
	if err != nil {
		return nil, err
	}
	f, err := a.Features()
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return &Kernel{
		attach:   a,
		features: universe.Features{ISA: ISA, CPUs: f.CPUs, Version: f.Version},
		formats:  make(map[string]*universe.Format),
	}, nil
}

// BTF describes the kernel's types, nil where it can't be read.
func (k *Kernel) BTF() *universe.BTF {
	if k.types == nil {
		if blob, err := k.attach.BTF(); err == nil {
			k.types, _ = universe.ParseBTF(blob)
		}
	}
	return k.types
}

// Close lets go of the kernel.
func (k *Kernel) Close() { _ = k.attach.Close() }

// Features are the kernel's, with the instruction set of the comparison.
func (k *Kernel) Features() universe.Features { return k.features }

// KeepsStates reports whether values may be kept with threads.
func (k *Kernel) KeepsStates() bool { return k.attach.KeepsStates() }

// Tracepoints lists nothing: no hints are asked for here.
func (k *Kernel) Tracepoints() []string { return nil }

// Tracepoint is the format of a tracepoint, read once; nil where there is none.
func (k *Kernel) Tracepoint(category, name string) *universe.Format {
	key := category + ":" + name
	if f, ok := k.formats[key]; ok {
		return f
	}
	text, err := k.attach.TracepointFormat(category, name)
	if err != nil {
		return nil
	}
	f, err := universe.ParseFormat(text)
	if err != nil {
		return nil
	}
	f.Category = category
	k.formats[key] = f
	return f
}
