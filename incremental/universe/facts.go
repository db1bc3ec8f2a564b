package universe

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// facts are what was found in a BTF: the few answers, of some bytes each, for which all of its 5 MB were gone through. They hold as long as
// the blob does not change.
type facts struct {
	names  map[string]uint32 // where names stand in the string section, 0 for those that don't
	firsts map[search]uint32 // the first type of a name and some kinds, 0 for none
	places map[uint32]uint32 // where types begin, by their ids
	news   bool              // there is one that was not there when they were learned
}

// search is what find looks for: where a name stands, and kinds as bits.
type search struct{ name, kinds uint32 }

// mostFacts bounds each kind of facts.
const mostFacts = 1 << 12

func newFacts() facts {
	return facts{names: make(map[string]uint32), firsts: make(map[search]uint32), places: make(map[uint32]uint32)}
}

// note adds a fact as long as there is room.
func note[K comparable](f *facts, of map[K]uint32, key K, value uint32) {
	if len(of) < mostFacts {
		of[key], f.news = value, true
	}
}

// where is offset. The caller holds mu. What was learned is compared with what stands there.
func (b *BTF) where(name string) (uint32, bool) {
	if name == "" {
		return 0, false
	}
	if at, ok := b.facts.names[name]; ok && (at == 0 || b.stands(name, at)) {
		return at, at != 0
	}
	at := uint32(bytes.Index(b.strings, append(append([]byte{0}, name...), 0)) + 1)
	note(&b.facts, b.facts.names, name, at)
	return at, at != 0
}

// stands reports whether a name, and no more, stands at an offset.
func (b *BTF) stands(name string, at uint32) bool {
	end := uint64(at) + uint64(len(name))
	return end < uint64(len(b.strings)) && b.strings[at-1] == 0 && b.strings[end] == 0 && string(b.strings[at:end]) == name
}

// first is the id of the first type that is searched for, 0 if there is none. The caller holds mu. What was learned is compared with what
// stands there.
func (b *BTF) first(of search) uint32 {
	fits := func(offset uint32) bool {
		return binary.LittleEndian.Uint32(b.types[offset:]) == of.name && of.kinds>>(b.types[offset+7]&0x1f)&1 != 0
	}
	if id, ok := b.facts.firsts[of]; ok {
		if offset, there := b.place(id); id == 0 || there && fits(offset) {
			return id
		}
	}
	for id, offset := range b.index() {
		if id > 0 && fits(offset) {
			note(&b.facts, b.facts.firsts, of, uint32(id))
			return uint32(id)
		}
	}
	note(&b.facts, b.facts.firsts, of, 0)
	return 0
}

// place is where the type of an id begins. The caller holds mu.
func (b *BTF) place(id uint32) (uint32, bool) {
	if id == 0 {
		return 0, false
	}
	if offset, ok := b.facts.places[id]; ok {
		return offset, true
	}
	if offsets := b.index(); int(id) < len(offsets) {
		note(&b.facts, b.facts.places, id, offsets[id])
		return offsets[id], true
	}
	return 0, false
}

// Facts are what was found so far, for Learn at the next start; nil if nothing was found that was not learned, or among the Facts of
// before.
func (b *BTF) Facts() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.facts.news {
		return nil
	}
	b.facts.news = false
	var out []byte
	put := func(numbers ...uint32) {
		for _, n := range numbers {
			out = binary.AppendUvarint(out, uint64(n))
		}
	}
	put(uint32(len(b.types)), uint32(len(b.strings)))
	put(uint32(len(b.facts.names)), uint32(len(b.facts.firsts)), uint32(len(b.facts.places)))
	for _, name := range slices.Sorted(maps.Keys(b.facts.names)) {
		put(uint32(len(name)))
		out = append(out, name...)
		put(b.facts.names[name])
	}
	byName := func(a, b search) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.kinds, b.kinds)) }
	for _, of := range slices.SortedFunc(maps.Keys(b.facts.firsts), byName) {
		put(of.name, of.kinds, b.facts.firsts[of])
	}
	for _, id := range slices.Sorted(maps.Keys(b.facts.places)) {
		put(id, b.facts.places[id])
	}
	return out
}

// Learn takes in the Facts of the same blob, of which nothing has been asked yet. With an error, which says that they are none, it has
// learned nothing. Facts of another blob of the same size are taken for its own: it is for who keeps them to know whose they are.
func (b *BTF) Learn(data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := factReader{data: data}
	f := newFacts()
	if r.number() != uint32(len(b.types)) || r.number() != uint32(len(b.strings)) {
		return errDamaged
	}
	names, firsts, places := r.number(), r.number(), r.number()
	if max(names, firsts, places) > mostFacts {
		return errDamaged
	}
	for range names {
		name := r.text()
		f.names[name] = r.number()
	}
	for range firsts {
		of := search{r.number(), r.number()}
		f.firsts[of] = r.number()
	}
	for range places {
		id, offset := r.number(), r.number()
		r.wrong = r.wrong || !b.begins(offset)
		f.places[id] = offset
	}
	if r.wrong || len(r.data) > 0 {
		return errDamaged
	}
	b.facts = f
	return nil
}

var errDamaged = errors.New("learn facts of BTF: they are damaged")

// begins reports whether a type can begin at an offset.
func (b *BTF) begins(offset uint32) bool {
	if offset%4 != 0 || uint64(offset)+typeHead > uint64(len(b.types)) {
		return false
	}
	size, known := typeRest(binary.LittleEndian.Uint32(b.types[offset+4:]))
	return known && int(offset)+typeHead+size <= len(b.types)
}

// factReader reads what Facts has written. What is wrong once stays so, and reads as nothing.
type factReader struct {
	data  []byte
	wrong bool
}

func (r *factReader) number() uint32 {
	n, size := binary.Uvarint(r.data)
	if r.wrong = r.wrong || size <= 0 || n > 1<<32-1; r.wrong {
		r.data = nil
		return 0
	}
	r.data = r.data[size:]
	return uint32(n)
}

func (r *factReader) text() string {
	n := int(r.number())
	if r.wrong = r.wrong || n > len(r.data); r.wrong {
		return ""
	}
	text := string(r.data[:n])
	r.data = r.data[n:]
	return text
}
