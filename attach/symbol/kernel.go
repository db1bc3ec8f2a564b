// Package symbol finds the names of addresses: those of the kernel from /proc/kallsyms, those of processes from their mappings and
// the symbol tables of the files in them.
package symbol

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
)

// Kernel is the kernel's table of symbols at one moment. It never changes.
type Kernel struct {
	symbols []kernelSymbol // by ascending address
	names   map[string]uint64
}

type kernelSymbol struct {
	addr uint64
	name string // with the module in brackets, if it is of one
}

// errHidden is the error of a table that shows no addresses.
var errHidden = errors.New("all addresses are zero; the kernel shows them to root unless kernel.kptr_restrict is 2")

// ReadKernel reads the running kernel's table.
func ReadKernel() (*Kernel, error) {
	const path = "/proc/kallsyms"
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the kernel's symbols: %w", err)
	}
	k := ParseKernel(text)
	if len(k.symbols) == 0 {
		return nil, fmt.Errorf("read the kernel's symbols: %s: %w", path, errHidden)
	}
	return k, nil
}

// ParseKernel reads the text of /proc/kallsyms: lines of address, type and name, and of the module in brackets if there is one.
// Symbols at address zero are left out.
func ParseKernel(text []byte) *Kernel {
	k := &Kernel{names: make(map[string]uint64)}
	all := string(text)
	for from := 0; from < len(text); {
		end := bytes.IndexByte(text[from:], '\n')
		if end < 0 {
			end = len(text) - from
		}
		k.add(all[from : from+end])
		from += end + 1
	}
	slices.SortStableFunc(k.symbols, func(a, b kernelSymbol) int { return cmp.Compare(a.addr, b.addr) })
	return k
}

// add reads one line.
func (k *Kernel) add(line string) {
	if len(line) < 20 || line[16] != ' ' || line[18] != ' ' {
		return
	}
	addr, err := strconv.ParseUint(line[:16], 16, 64)
	if err != nil || addr == 0 {
		return
	}
	name := line[19:]
	for i := range len(name) {
		if name[i] == '\t' {
			name = name[:i] + " " + name[i+1:]
			break
		}
	}
	// Absolute symbols are numbers, such as the offsets of per-CPU variables.
	if kind := line[17]; kind != 'a' && kind != 'A' {
		k.symbols = append(k.symbols, kernelSymbol{addr, name})
	}
	if _, taken := k.names[name]; !taken {
		k.names[name] = addr
	}
}

// Address is the address of a symbol; of several that share a name, the first in the table.
func (k *Kernel) Address(name string) (addr uint64, ok bool) {
	addr, ok = k.names[name]
	return addr, ok
}

// reach is how far behind a symbol an address may lie to be called after it; the table has no sizes.
const reach = 4 << 20

// Name is an address as its symbol and the distance from it, vfs_read+0x1c, or as a number when no symbol is near.
func (k *Kernel) Name(addr uint64) string {
	i, exact := slices.BinarySearchFunc(k.symbols, addr, func(s kernelSymbol, addr uint64) int { return cmp.Compare(s.addr, addr) })
	if !exact {
		i--
	}
	if i < 0 || addr-k.symbols[i].addr > reach {
		return fmt.Sprintf("%#x", addr)
	}
	return offset(k.symbols[i].name, addr-k.symbols[i].addr)
}

// offset is a symbol's name with a distance, which stands before a module in brackets.
func offset(name string, distance uint64) string {
	if distance == 0 {
		return name
	}
	if base, module, ok := cut(name); ok {
		return fmt.Sprintf("%s+%#x %s", base, distance, module)
	}
	return fmt.Sprintf("%s+%#x", name, distance)
}

// cut takes the module off a name.
func cut(name string) (base, module string, ok bool) {
	for i := range len(name) {
		if name[i] == ' ' {
			return name[:i], name[i+1:], true
		}
	}
	return name, "", false
}
