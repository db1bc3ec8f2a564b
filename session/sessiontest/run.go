package sessiontest

import (
	"fmt"

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
