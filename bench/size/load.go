package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"go3s/bench/host"
	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/source"
)

// compileGo3s compiles and loads a file with one probe.
func compileGo3s(k *host.Kernel, path string) (*listing, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	build := incremental.New(k).With(source.Cell{Name: "1", Text: string(text)}).Build(incremental.BuildOptions{})
	if len(build.Diags) > 0 {
		return nil, errors.New(source.Render(build.Diags[0], string(text)))
	}
	if len(build.Probes) != 1 {
		return nil, fmt.Errorf("%d probes, want one", len(build.Probes))
	}
	maps := map[string]*ebpf.Map{}
	defer func() {
		for _, m := range maps {
			_ = m.Close()
		}
	}()
	for _, m := range build.Maps {
		if maps[m.Name], err = newMap(m); err != nil {
			return nil, fmt.Errorf("map %s: %w", m.Name, err)
		}
	}
	insns := build.Probes[0].Insns
	bound := append(asm.Instructions(nil), insns...)
	for i := range bound {
		if m := maps[bound[i].Reference()]; m != nil && bound[i].IsLoadFromMap() {
			if err := bound[i].AssociateMap(m); err != nil {
				return nil, err
			}
		}
	}
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: "prog", Type: ebpf.TracePoint, Instructions: bound, License: "GPL"})
	if err != nil {
		return nil, fmt.Errorf("%+v", err)
	}
	defer func() { _ = prog.Close() }()
	return listingOf(insns, prog)
}

var mapTypes = map[ir.MapKind]ebpf.MapType{
	ir.Hash: ebpf.Hash, ir.PerCPUHash: ebpf.PerCPUHash, ir.Array: ebpf.Array, ir.PerCPUArray: ebpf.PerCPUArray,
	ir.LRUHash: ebpf.LRUHash, ir.PerCPULRU: ebpf.LRUCPUHash, ir.Counters: ebpf.Array, ir.Ring: ebpf.RingBuf,
	ir.TaskStorage: ebpf.TaskStorage,
}

func newMap(m *incremental.Map) (*ebpf.Map, error) {
	spec := &ebpf.MapSpec{Type: mapTypes[m.Kind], KeySize: uint32(m.Key), ValueSize: uint32(m.Value), MaxEntries: uint32(m.Entries)}
	switch m.Kind {
	case ir.Counters:
		spec.KeySize, spec.Flags = 4, unix.BPF_F_MMAPABLE
	case ir.Array, ir.PerCPUArray:
		spec.KeySize = 4
	case ir.TaskStorage:
		word, number := &btf.Int{Name: "u64", Size: 8}, &btf.Int{Name: "u32", Size: 4}
		spec.ValueSize, spec.Flags = ir.StateSize, unix.BPF_F_NO_PREALLOC
		spec.Key, spec.Value = number, &btf.Array{Index: number, Type: word, Nelems: ir.StateSize / 8}
	case ir.Ring:
		spec.KeySize, spec.ValueSize = 0, 0
	}
	return ebpf.NewMap(spec)
}

// listingOf counts the instructions of a loaded program.
func listingOf(insns asm.Instructions, prog *ebpf.Program) (*listing, error) {
	info, err := prog.Info()
	if err != nil {
		return nil, err
	}
	translated, err := info.TranslatedSize()
	if err != nil {
		return nil, err
	}
	return &listing{insns: insns, raw: int(insns.Size() / asm.InstructionSize), translated: translated / asm.InstructionSize}, nil
}
