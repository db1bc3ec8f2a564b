package attach

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"sync"

	"go3s/attach/symbol"
)

// symbols are the tables that names of addresses come from, read when they are first asked for.
type symbols struct {
	kernel    func() (*symbol.Kernel, error)
	processes *symbol.Processes
}

func newSymbols() symbols {
	return symbols{sync.OnceValues(symbol.ReadKernel), symbol.NewProcesses()}
}

// SymbolAddress is the address of a function or variable of the kernel.
func (k *Kernel) SymbolAddress(name string) (addr uint64, ok bool) {
	table, err := k.symbols.kernel()
	if err != nil {
		return 0, false
	}
	return table.Address(name)
}

// KernelSymbol is an address in the kernel by its name, vfs_read+0x1c, or as a number where the name is not known.
func (k *Kernel) KernelSymbol(addr uint64) string {
	table, err := k.symbols.kernel()
	if err != nil {
		return fmt.Sprintf("%#x", addr)
	}
	return table.Name(addr)
}

// UserSymbol is an address in a process by its name and file, main.run+0x2c (/usr/bin/x), or as a number where it is not known, as when
// the process has ended.
func (k *Kernel) UserSymbol(pid, addr uint64) string { return k.symbols.processes.Name(pid, addr) }

// ReadStack reads a stack trace of a map of the kind Stacks, the innermost address first.
func (k *Kernel) ReadStack(id MapID, stack uint32) ([]uint64, error) {
	m, release, err := k.maps.use(int(id))
	if err != nil {
		return nil, fmt.Errorf("read a stack: %w", err)
	}
	defer release()
	b, err := m.m.LookupBytes(stack)
	if err != nil || b == nil {
		return nil, fmt.Errorf("read stack %d of %s: %w", stack, m.spec.Name, cmp.Or(err, os.ErrNotExist))
	}
	var addrs []uint64
	for ; len(b) >= 8; b = b[8:] {
		addr := binary.LittleEndian.Uint64(b)
		if addr == 0 {
			break
		}
		addrs = append(addrs, addr)
	}
	return addrs, nil
}
