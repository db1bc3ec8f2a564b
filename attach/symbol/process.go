package symbol

import (
	"bufio"
	"cmp"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Processes finds the names of addresses in processes. What it has read of a file it keeps; of a process, only as long as it may be
// the same one. All methods may be called at once.
type Processes struct {
	mu    sync.Mutex
	files map[string]*file
	maps  map[uint64][]mapping // by process, as of the last time
}

// mostProcesses is how many processes' mappings are kept.
const mostProcesses = 1000

// NewProcesses returns a Processes that has read nothing yet.
func NewProcesses() *Processes {
	return &Processes{files: make(map[string]*file), maps: make(map[uint64][]mapping)}
}

// mapping is one line of /proc/PID/maps that is executable and has a file.
type mapping struct {
	start, end, offset uint64
	path               string
}

// file is the symbols of an ELF file.
type file struct {
	symbols []fileSymbol // by ascending offset
	loads   []load
}

// load is a segment of a file: offsets in it from off on lie at addresses from addr on.
type load struct{ off, addr, size uint64 }

type fileSymbol struct {
	addr, size uint64
	name       string
}

// Name is an address as its symbol, the distance from it, and the file: main.run+0x2c (/usr/bin/x); without a symbol as the file and
// the offset in it; without a file as a number.
func (p *Processes) Name(pid, addr uint64) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, ok := p.find(pid, addr)
	if !ok {
		return fmt.Sprintf("%#x", addr)
	}
	off := addr - m.start + m.offset
	if f := p.open(pid, m.path); f != nil {
		if name, distance, ok := f.find(off); ok {
			return offset(name+" ("+m.path+")", distance)
		}
	}
	return fmt.Sprintf("%s+%#x", m.path, off)
}

// find is the mapping that an address lies in. A process that has ended is known as it was the last time.
func (p *Processes) find(pid, addr uint64) (mapping, bool) {
	for _, fresh := range []bool{false, true} {
		if fresh {
			maps, err := readMaps(fmt.Sprintf("/proc/%d/maps", pid))
			if err != nil {
				return mapping{}, false
			}
			if len(p.maps) >= mostProcesses {
				clear(p.maps)
			}
			p.maps[pid] = maps
		}
		for _, m := range p.maps[pid] {
			if m.start <= addr && addr < m.end {
				return m, true
			}
		}
	}
	return mapping{}, false
}

func readMaps(path string) ([]mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseMaps(f)
}

// parseMaps reads lines such as 55d0c8a00000-55d0c8b00000 r-xp 00001000 fe:00 1234 /usr/bin/x.
func parseMaps(r io.Reader) ([]mapping, error) {
	var maps []mapping
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 6 || !strings.Contains(words[1], "x") || !strings.HasPrefix(words[5], "/") {
			continue
		}
		from, to, _ := strings.Cut(words[0], "-")
		start, err1 := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		off, err3 := strconv.ParseUint(words[2], 16, 64)
		if err1 == nil && err2 == nil && err3 == nil {
			maps = append(maps, mapping{start, end, off, strings.Join(words[5:], " ")})
		}
	}
	return maps, lines.Err()
}

// open reads the symbols of a file of a process, seen from the process's own root; nil if it can't be read.
func (p *Processes) open(pid uint64, path string) *file {
	full := filepath.Join(fmt.Sprintf("/proc/%d/root", pid), path)
	if _, err := os.Stat(full); err != nil {
		full = path
	}
	f, known := p.files[path]
	if !known {
		f = readFile(full)
		p.files[path] = f
	}
	return f
}

func readFile(path string) *file {
	e, err := elf.Open(path)
	if err != nil {
		return nil
	}
	defer e.Close()
	f := &file{}
	for _, s := range e.Progs {
		if s.Type == elf.PT_LOAD {
			f.loads = append(f.loads, load{s.Off, s.Vaddr, s.Filesz})
		}
	}
	static, _ := e.Symbols() // a file without this table has the other one
	dynamic, _ := e.DynamicSymbols()
	for _, s := range append(static, dynamic...) {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Value != 0 {
			f.symbols = append(f.symbols, fileSymbol{s.Value, s.Size, s.Name})
		}
	}
	slices.SortStableFunc(f.symbols, func(a, b fileSymbol) int { return cmp.Compare(a.addr, b.addr) })
	return f
}

// find is the symbol that an offset in the file lies in.
func (f *file) find(off uint64) (name string, distance uint64, ok bool) {
	for _, l := range f.loads {
		if off < l.off || off-l.off >= l.size {
			continue
		}
		addr := l.addr + off - l.off
		i, exact := slices.BinarySearchFunc(f.symbols, addr, func(s fileSymbol, addr uint64) int { return cmp.Compare(s.addr, addr) })
		if !exact {
			i--
		}
		if i >= 0 && (f.symbols[i].size == 0 || addr-f.symbols[i].addr < f.symbols[i].size) {
			return f.symbols[i].name, addr - f.symbols[i].addr, true
		}
	}
	return "", 0, false
}
