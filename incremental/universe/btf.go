package universe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// BTF is the kernel's own description of its types and functions, read in place: nothing is decoded before it is asked for, because a
// snippet names a handful of the hundred thousand types. What was found can be kept for the next start; see Facts.
//
// It may be used by several goroutines at once.
//
// Source: Documentation/bpf/btf.rst, include/uapi/linux/btf.h.
type BTF struct {
	types   []byte
	strings []byte

	mu      sync.Mutex // guards what follows
	offsets []uint32   // of each type by its id, the first of which, void, has none; nil until the first search
	facts   facts
}

// The kinds of BTF types.
const (
	btfInt       = 1
	btfPointer   = 2
	btfArray     = 3
	btfStruct    = 4
	btfUnion     = 5
	btfEnum      = 6
	btfForward   = 7
	btfTypedef   = 8
	btfVolatile  = 9
	btfConst     = 10
	btfRestrict  = 11
	btfFunc      = 12
	btfFuncProto = 13
	btfVar       = 14
	btfDatasec   = 15
	btfFloat     = 16
	btfDeclTag   = 17
	btfTypeTag   = 18
	btfEnum64    = 19
)

// btfMagic begins a BTF blob, in the byte order of its machine.
const btfMagic = 0xeb9f

// ParseBTF reads a BTF blob such as /sys/kernel/btf/vmlinux, which it keeps. It looks at no type.
func ParseBTF(blob []byte) (*BTF, error) {
	if len(blob) < 24 || binary.LittleEndian.Uint16(blob) != btfMagic {
		return nil, errors.New("parse BTF: not a little-endian BTF blob")
	}
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(blob[at:]) }
	header := word(4)
	section := func(at int) ([]byte, error) {
		start, size := uint64(header)+uint64(word(at)), uint64(word(at+4))
		if start+size > uint64(len(blob)) {
			return nil, fmt.Errorf("parse BTF: a section of %d bytes at %d of %d", size, start, len(blob))
		}
		return blob[start : start+size], nil
	}
	b := &BTF{facts: newFacts()}
	var err error
	if b.types, err = section(8); err != nil {
		return nil, err
	}
	if b.strings, err = section(16); err != nil {
		return nil, err
	}
	return b, nil
}

// index is where each type begins, by its id, up to the first one of a kind that is not known. The caller holds mu.
func (b *BTF) index() []uint32 {
	if b.offsets != nil {
		return b.offsets
	}
	b.offsets = make([]uint32, 1, 1+len(b.types)/36)
	for at := 0; at+typeHead <= len(b.types); {
		info := binary.LittleEndian.Uint32(b.types[at+4:])
		size, ok := typeRest(info)
		if !ok || at+typeHead+size > len(b.types) {
			break
		}
		b.offsets = append(b.offsets, uint32(at))
		at += typeHead + size
	}
	return b.offsets
}

// all calls fn for each type until it returns false.
func (b *BTF) all(fn func(btfType) bool) {
	b.mu.Lock()
	offsets := b.index()
	b.mu.Unlock()
	for id, offset := range offsets {
		if id > 0 && !fn(b.typeAt(uint32(id), offset)) {
			return
		}
	}
}

// typeHead is the bytes that each type begins with.
const typeHead = 12

// typeRest is how many bytes follow the head of a type.
func typeRest(info uint32) (size int, known bool) {
	n := int(info & 0xffff)
	switch kind := info >> 24 & 0x1f; kind {
	case btfInt, btfVar, btfDeclTag:
		return 4, true
	case btfArray:
		return 12, true
	case btfStruct, btfUnion, btfDatasec, btfEnum64:
		return 12 * n, true
	case btfEnum, btfFuncProto:
		return 8 * n, true
	case btfPointer, btfForward, btfTypedef, btfVolatile, btfConst, btfRestrict, btfFunc, btfFloat, btfTypeTag:
		return 0, true
	}
	return 0, false
}

// btfType is one type as it stands in the blob.
type btfType struct {
	id   uint32
	name uint32 // offset of its name
	info uint32
	size uint32 // bytes, or the type it refers to
	rest []byte // what follows the first 12 bytes, up to the end of the section
}

func (t btfType) kind() uint32 { return t.info >> 24 & 0x1f }
func (t btfType) len() int     { return int(t.info & 0xffff) }
func (t btfType) flag() bool   { return t.info>>31 != 0 }

// word is the n-th 32-bit word behind the type's head.
func (t btfType) word(n int) uint32 { return binary.LittleEndian.Uint32(t.rest[4*n:]) }

// at is the type with an id; void for one that is not there.
func (b *BTF) at(id uint32) btfType {
	b.mu.Lock()
	offset, ok := b.place(id)
	b.mu.Unlock()
	if !ok {
		return btfType{}
	}
	return b.typeAt(id, offset)
}

// typeAt is the type that begins at an offset.
func (b *BTF) typeAt(id, offset uint32) btfType {
	raw := b.types[offset:]
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(raw[at:]) }
	return btfType{id: id, name: word(0), info: word(4), size: word(8), rest: raw[typeHead:]}
}

// text is the string at an offset of the string section.
func (b *BTF) text(at uint32) string {
	if int(at) >= len(b.strings) {
		return ""
	}
	end := bytes.IndexByte(b.strings[at:], 0)
	if end < 0 {
		return ""
	}
	return string(b.strings[at : int(at)+end])
}

// offset is where a name stands in the string section. A name stands there once.
func (b *BTF) offset(name string) (uint32, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.where(name)
}

// find is the first type of one of the kinds that has the name.
func (b *BTF) find(name string, kinds ...uint32) (btfType, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, ok := b.where(name)
	if !ok {
		return btfType{}, false
	}
	of := search{name: at}
	for _, k := range kinds {
		of.kinds |= 1 << k
	}
	id := b.first(of)
	offset, ok := b.place(id)
	if !ok {
		return btfType{}, false
	}
	return b.typeAt(id, offset), true
}

// TypeID is the id of the first type of one of the kinds typedef and func that has the name; the kernel wants it where a program is
// bound to a function or a tracepoint.
func (b *BTF) TypeID(name string) (uint32, bool) {
	t, ok := b.find(name, btfTypedef, btfFunc)
	return t.id, ok
}

// enumerator is the value of an enum's constant.
func (b *BTF) enumerator(name string) (value uint64, signed, ok bool) {
	at, found := b.offset(name)
	if !found {
		return 0, false, false
	}
	b.all(func(t btfType) bool {
		words := 2
		switch t.kind() {
		case btfEnum:
		case btfEnum64:
			words = 3
		default:
			return true
		}
		for i := range t.len() {
			if t.word(i*words) != at {
				continue
			}
			ok, signed = true, t.flag()
			value = uint64(t.word(i*words + 1))
			switch {
			case t.kind() == btfEnum64:
				value |= uint64(t.word(i*words+2)) << 32
			case signed:
				value = uint64(int64(int32(t.word(i*words + 1))))
			}
			return false
		}
		return true
	})
	return value, signed, ok
}

// strip takes qualifiers, type tags and typedefs off. alias is the first typedef's name; tags are the type tags, which the kernel puts on
// pointers' targets.
func (b *BTF) strip(id uint32) (t btfType, alias string, tags []string) {
	for {
		t = b.at(id)
		switch t.kind() {
		case btfTypedef:
			if alias == "" {
				alias = b.text(t.name)
			}
		case btfTypeTag:
			tags = append(tags, b.text(t.name))
		case btfConst, btfVolatile, btfRestrict:
		default:
			return t, alias, tags
		}
		id = t.size
	}
}

// sizeOf is the size of values of a type in bytes.
func (b *BTF) sizeOf(id uint32) int {
	t, _, _ := b.strip(id)
	switch t.kind() {
	case btfInt, btfStruct, btfUnion, btfEnum, btfEnum64, btfFloat:
		return int(t.size)
	case btfPointer:
		return 8
	case btfArray:
		return b.sizeOf(t.word(0)) * int(t.word(2))
	}
	return 0
}

// param is a parameter of a function.
type param struct {
	name string
	typ  uint32
}

// params are the parameters of a FUNC_PROTO; variable ones are left out.
func (b *BTF) params(proto btfType) []param {
	var out []param
	for i := range proto.len() {
		if typ := proto.word(2*i + 1); typ != 0 {
			out = append(out, param{b.text(proto.word(2 * i)), typ})
		}
	}
	return out
}
