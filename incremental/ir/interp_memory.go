package ir

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
)

// object is a piece of memory: a slot, a context, a map value, a record; or something that is only pointed to.
type object struct {
	name     string
	bytes    []byte
	written  []bool         // which bytes were written; nil where all count as written
	pointers map[int64]word // stored pointers, by place
	readonly bool
	gone     bool   // a record after it was submitted
	m        *Map   // the object is the map itself
	fn       string // the object is a function
}

// check faults unless size bytes at w are inside of a living object.
func (w word) check(size int) {
	o := w.obj
	switch {
	case o == nil:
		stop("address %#x belongs to no object", uint64(w.n))
	case o.gone:
		stop("%s is gone", o.name)
	case w.n < 0 || size < 0 || w.n+int64(size) > int64(len(o.bytes)):
		stop("bytes %d to %d of %s, which has %d", w.n, w.n+int64(size), o.name, len(o.bytes))
	}
}

// read copies size bytes from w.
func (i *Interp) read(w word, size int) []byte {
	buf := make([]byte, size)
	if w.obj == nil {
		if i.Read == nil || !i.Read(uint64(w.n), buf) {
			clear(buf) // as a load from a kernel pointer does, whose fault the kernel handles
		}
		return buf
	}
	w.check(size)
	if w.obj.written != nil {
		for n := range size {
			if !w.obj.written[int(w.n)+n] {
				stop("byte %d of %s was not written", int(w.n)+n, w.obj.name)
			}
		}
	}
	copy(buf, w.obj.bytes[w.n:])
	return buf
}

// write stores bytes at w.
func (i *Interp) write(w word, data []byte) {
	w.check(len(data))
	o := w.obj
	if o.readonly {
		stop("%s is written", o.name)
	}
	copy(o.bytes[w.n:], data)
	for n := range data {
		if o.written != nil {
			o.written[int(w.n)+n] = true
		}
	}
	for at := range o.pointers {
		if at+8 > w.n && at < w.n+int64(len(data)) {
			delete(o.pointers, at)
		}
	}
}

func (o *object) keepPointer(at int64, w word) {
	if o.pointers == nil {
		o.pointers = map[int64]word{}
	}
	o.pointers[at] = w
}

func (i *Interp) load(w word, size int) int64 {
	if w.obj != nil {
		for at := range w.obj.pointers {
			if at+8 > w.n && at < w.n+int64(size) {
				stop("a stored pointer is read as a number")
			}
		}
	}
	buf := append(i.read(w, size), make([]byte, 8)...)
	n := int64(binary.LittleEndian.Uint64(buf))
	if size == 4 {
		n = int64(int32(n))
	}
	return n
}

func (i *Interp) loadPtr(w word) word {
	data := i.read(w, 8)
	if w.obj != nil {
		if p, ok := w.obj.pointers[w.n]; ok {
			return p
		}
	}
	return word{n: int64(binary.LittleEndian.Uint64(data))}
}

func (i *Interp) store(w word, size int, n int64) {
	i.write(w, binary.LittleEndian.AppendUint64(nil, uint64(n))[:size])
}

func (i *Interp) move(dst, src word, size int) {
	data := i.read(src, size)
	kept := map[int64]word{}
	if src.obj != nil {
		for at, p := range src.obj.pointers {
			if at >= src.n && at+8 <= src.n+int64(size) {
				kept[at-src.n+dst.n] = p
			}
		}
	}
	i.write(dst, data)
	for at, p := range kept {
		dst.obj.keepPointer(at, p)
	}
}

// Contents is what a map holds.
type Contents struct {
	m       *Map
	self    *object
	entries map[string]map[int]*object // by key, then CPU; 0 where the map isn't per CPU
}

func newContents(m *Map) *Contents {
	return &Contents{
		m:       m,
		self:    &object{name: "map " + m.Name, m: m},
		entries: map[string]map[int]*object{},
	}
}

func (c *Contents) perCPU() bool {
	return c.m.Kind == PerCPUHash || c.m.Kind == PerCPUArray || c.m.Kind == PerCPULRU
}

func (c *Contents) isArray() bool {
	return c.m.Kind == Array || c.m.Kind == PerCPUArray || c.m.Kind == Counters
}

// Set stores a value; the key of an array map is its index in 4 little-endian bytes.
func (c *Contents) Set(cpu int, key, value []byte) {
	if c.entries[string(key)] == nil {
		c.entries[string(key)] = map[int]*object{}
	}
	copy(c.at(cpu, key).bytes, value)
}

// Get is the value at the key as the CPU sees it, nil where there is none.
func (c *Contents) Get(cpu int, key []byte) []byte {
	if o := c.at(cpu, key); o != nil {
		return o.bytes
	}
	return nil
}

// at is the value at the key, nil where there is none. Arrays have all values from the start.
func (c *Contents) at(cpu int, key []byte) *object {
	values := c.entries[string(key)]
	if values == nil {
		if !c.isArray() || binary.LittleEndian.Uint32(key) >= uint32(c.m.Entries) {
			return nil
		}
		values = map[int]*object{}
		c.entries[string(key)] = values
	}
	if !c.perCPU() {
		cpu = 0
	}
	if values[cpu] == nil {
		values[cpu] = &object{name: fmt.Sprintf("value of map %s at %x", c.m.Name, key), bytes: make([]byte, c.m.entrySize())}
	}
	return values[cpu]
}

// String lists the entries, one a line, sorted: key, CPU, value.
func (c *Contents) String() string {
	var lines []string
	for key, values := range c.entries {
		for cpu, o := range values {
			lines = append(lines, fmt.Sprintf("%s[%x] cpu%d %x\n", c.m.Name, key, cpu, o.bytes))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "")
}
