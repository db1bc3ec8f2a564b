package universe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// BTF is the kernel's own description of its types and functions, read in place: nothing is decoded before it is asked for, because a
// snippet names a handful of the hundred thousand types.
//
// Source: Documentation/bpf/btf.rst, include/uapi/linux/btf.h.
type BTF struct {
	types   []byte
	strings []byte
	offsets []uint32 // of each type by its id; the first, void, has none
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

// ParseBTF reads a BTF blob such as /sys/kernel/btf/vmlinux, which it keeps. It finds out where each type begins and no more.
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
	b := &BTF{}
	var err error
	if b.types, err = section(8); err != nil {
		return nil, err
	}
	if b.strings, err = section(16); err != nil {
		return nil, err
	}
	return b, b.index()
}

// index finds where each type begins.
func (b *BTF) index() error {
	b.offsets = make([]uint32, 1, len(b.types)/36)
	for at := 0; at+12 <= len(b.types); {
		b.offsets = append(b.offsets, uint32(at))
		info := binary.LittleEndian.Uint32(b.types[at+4:])
		n := int(info & 0xffff)
		at += 12
		switch kind := info >> 24 & 0x1f; kind {
		case btfInt, btfVar, btfDeclTag:
			at += 4
		case btfArray:
			at += 12
		case btfStruct, btfUnion, btfDatasec, btfEnum64:
			at += 12 * n
		case btfEnum, btfFuncProto:
			at += 8 * n
		case btfPointer, btfForward, btfTypedef, btfVolatile, btfConst, btfRestrict, btfFunc, btfFloat, btfTypeTag:
		default:
			return fmt.Errorf("parse BTF: type %d is of kind %d, which is unknown", len(b.offsets)-1, kind)
		}
		if at > len(b.types) {
			return fmt.Errorf("parse BTF: type %d reaches beyond the end", len(b.offsets)-1)
		}
	}
	return nil
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
	if id == 0 || int(id) >= len(b.offsets) {
		return btfType{}
	}
	raw := b.types[b.offsets[id]:]
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(raw[at:]) }
	return btfType{id: id, name: word(0), info: word(4), size: word(8), rest: raw[12:]}
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
	if name == "" {
		return 0, false
	}
	i := bytes.Index(b.strings, append(append([]byte{0}, name...), 0))
	return uint32(i + 1), i >= 0
}

// find is the first type of one of the kinds that has the name.
func (b *BTF) find(name string, kinds ...uint32) (btfType, bool) {
	at, ok := b.offset(name)
	if !ok {
		return btfType{}, false
	}
	for id := 1; id < len(b.offsets); id++ {
		raw := b.types[b.offsets[id]:]
		if binary.LittleEndian.Uint32(raw) != at {
			continue
		}
		kind := uint32(raw[7]) & 0x1f
		for _, k := range kinds {
			if k == kind {
				return b.at(uint32(id)), true
			}
		}
	}
	return btfType{}, false
}

// TypeID is the id of the first type of one of the kinds typedef and func that has the name; the kernel wants it where a program is
// bound to a function or a tracepoint.
func (b *BTF) TypeID(name string) (uint32, bool) {
	t, ok := b.find(name, btfTypedef, btfFunc)
	return t.id, ok
}

// enumerator is the value of an enum's constant.
func (b *BTF) enumerator(name string) (value uint64, signed, ok bool) {
	at, ok := b.offset(name)
	if !ok {
		return 0, false, false
	}
	for id := 1; id < len(b.offsets); id++ {
		kind := uint32(b.types[b.offsets[id]+7]) & 0x1f
		if kind != btfEnum && kind != btfEnum64 {
			continue
		}
		t := b.at(uint32(id))
		words := 2
		if kind == btfEnum64 {
			words = 3
		}
		for i := range t.len() {
			switch {
			case t.word(i*words) != at:
			case kind == btfEnum64:
				return uint64(t.word(i*words+1)) | uint64(t.word(i*words+2))<<32, t.flag(), true
			case t.flag():
				return uint64(int64(int32(t.word(i*words + 1)))), true, true
			default:
				return uint64(t.word(i*words + 1)), false, true
			}
		}
	}
	return 0, false, false
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
