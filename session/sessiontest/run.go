package sessiontest

import (
	"fmt"
	"io"

	"github.com/cilium/ebpf/asm"

	"go3s/attach"
)

// OnRun has fn called by each Run with the program and the maps it was given by name; it may change their values.
func (k *Kernel) OnRun(fn func(p Program, maps map[string]*Map)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.onRun = fn
}

// Run implements session.Kernel. It runs nothing but what OnRun has asked for.
func (k *Kernel) Run(id attach.ProgramID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.programs[id]
	if p == nil {
		return k.wrong("run of program %d: %w", id, errNoObject)
	}
	if err := k.call("Run", p.Name); err != nil {
		return err
	}
	if k.onRun != nil {
		maps := make(map[string]*Map, len(p.Maps))
		for name, id := range p.Maps {
			maps[name] = k.maps[id]
		}
		k.onRun(*p, maps)
	}
	return nil
}

// The addresses of the fake kernel's only symbol, which is KernelText bytes long.
const (
	KernelSymbolName = "do_sys_open"
	KernelSymbolAddr = 0xffffffff81000000
	kernelSymbolSize = 0x1000
)

// SymbolAddress implements session.Kernel.
func (k *Kernel) SymbolAddress(name string) (addr uint64, ok bool) {
	return KernelSymbolAddr, name == KernelSymbolName
}

// KernelSymbol implements session.Kernel.
func (k *Kernel) KernelSymbol(addr uint64) string {
	switch {
	case addr == KernelSymbolAddr:
		return KernelSymbolName
	case addr > KernelSymbolAddr && addr < KernelSymbolAddr+kernelSymbolSize:
		return fmt.Sprintf("%s+%#x", KernelSymbolName, addr-KernelSymbolAddr)
	}
	return fmt.Sprintf("%#x", addr)
}

// UserSymbol implements session.Kernel: a process has one function, main, at the address of its number.
func (k *Kernel) UserSymbol(pid, addr uint64) string {
	return fmt.Sprintf("main+%#x (/bin/%d)", addr-pid, pid)
}

// ReadStack implements session.Kernel: a stack has one frame, the fake kernel's symbol.
func (k *Kernel) ReadStack(attach.MapID, uint32) ([]uint64, error) {
	return []uint64{KernelSymbolAddr}, nil
}

// Translated implements session.Kernel: the program as it was loaded.
func (k *Kernel) Translated(id attach.ProgramID) (asm.Instructions, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.programs[id]
	if p == nil {
		return nil, k.wrong("translation of program %d: %w", id, errNoObject)
	}
	return p.Insns, k.call("Translated", p.Name)
}

// Tag implements session.Kernel: the number of instructions.
func (k *Kernel) Tag(id attach.ProgramID) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if p := k.programs[id]; p != nil {
		return fmt.Sprintf("%016x", len(p.Insns))
	}
	return ""
}

// TaskName implements session.Kernel: process 1 is init, those up to 9 are gone, and all others are called after their number.
func (k *Kernel) TaskName(pid uint64) string {
	switch {
	case pid == 1:
		return "init"
	case pid < 10:
		return ""
	}
	return fmt.Sprintf("task-%d", pid)
}

// EnableStats implements session.Kernel. The statistics are what SetCost has set.
func (k *Kernel) EnableStats() (io.Closer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.call("EnableStats", ""); err != nil {
		return nil, err
	}
	k.counting++
	return closer(func() error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.counting--
		for _, l := range k.links {
			l.stats.Runs += l.step.Runs
			l.stats.Time += l.step.Time
		}
		return nil
	}), nil
}

type closer func() error

func (c closer) Close() error { return c() }

// SetCost sets what a probe's statistics grow by each time that they are enabled.
func (k *Kernel) SetCost(probe string, step attach.ProgramStats) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range k.links {
		if l.name == probe {
			l.step = step
		}
	}
}
