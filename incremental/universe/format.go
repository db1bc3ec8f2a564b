package universe

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseFormat reads the text of a tracepoint's "format" file. The file does not name its category: the caller sets
// Format.Category.
//
// The lines that matter look like this, common_* fields first:
//
//	field:const char * filename;	offset:24;	size:8;	signed:0;
func ParseFormat(text string) (*Format, error) {
	f := &Format{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "name:"); ok {
			f.Name = strings.TrimSpace(name)
		} else if id, ok := strings.CutPrefix(line, "ID:"); ok {
			n, err := strconv.Atoi(strings.TrimSpace(id))
			if err != nil {
				return nil, fmt.Errorf("parse format of %s: ID %q is not a number", f.Name, id)
			}
			f.ID = n
		} else if decl, ok := strings.CutPrefix(line, "field:"); ok {
			if err := f.addField(decl); err != nil {
				return nil, fmt.Errorf("parse format of %s: %w", f.Name, err)
			}
		} else if strings.HasPrefix(line, "print fmt:") {
			break
		}
	}
	if f.Name == "" {
		return nil, fmt.Errorf("parse format: no name in %q", firstLine(text))
	}
	return f, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// addField adds the field of one line: a C declaration and attributes, separated by semicolons.
func (f *Format) addField(line string) error {
	parts := strings.Split(line, ";")
	decl := strings.TrimSpace(parts[0])
	var offset, size, signed int
	for _, part := range parts[1:] {
		key, value, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok {
			continue
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("field %q: %s %q is not a number", decl, key, value)
		}
		switch key {
		case "offset":
			offset = n
		case "size":
			size = n
		case "signed":
			signed = n
		}
	}
	fld, err := parseDecl(decl, size, signed == 1)
	if err != nil {
		return err
	}
	if strings.HasPrefix(fld.Name, "common_") {
		return nil
	}
	fld.Offset = offset
	// Only system calls have pointers that were passed in from user space; their tracepoints are named after them.
	fld.User = fld.Kind == FieldPointer && (strings.HasPrefix(f.Name, "sys_enter_") || strings.HasPrefix(f.Name, "sys_exit_"))
	f.Fields = append(f.Fields, fld)
	f.Size = max(f.Size, offset+size)
	return nil
}

// parseDecl reads a C declaration such as "char comm[16]", "__data_loc char[] name" or "struct file * f".
func parseDecl(decl string, size int, signed bool) (Field, error) {
	fld := Field{Size: size, Signed: signed}
	typ := decl
	array := strings.HasSuffix(decl, "]")
	if array {
		// The length may be a symbol or an expression of the kernel's, so it is taken from the size.
		open := strings.LastIndexByte(decl, '[')
		if open < 0 {
			return fld, fmt.Errorf("field %q: a ] without [", decl)
		}
		typ = strings.TrimSpace(decl[:open])
	}
	cut := strings.LastIndexAny(typ, " *")
	if cut < 0 || cut == len(typ)-1 {
		return fld, fmt.Errorf("field %q has no name", decl)
	}
	fld.Name = typ[cut+1:]
	typ = strings.TrimSpace(typ[:cut+1])
	fld.CType = typ
	if array {
		fld.CType = typ + decl[strings.LastIndexByte(decl, '['):]
	}
	switch word, rest, _ := strings.Cut(typ, " "); {
	case word == "__data_loc":
		fld.Kind = FieldDataLoc
		fld.setElem(rest)
	case word == "__rel_loc":
		fld.Kind = FieldRelDataLoc
		fld.setElem(rest)
	case array:
		fld.Kind = FieldArray
		fld.setElem(typ)
		if size%fld.Elem != 0 {
			fld.Elem = 1
		}
		fld.Len = size / fld.Elem
	default:
		fld.setScalar(typ)
	}
	return fld, nil
}

// setElem fills in what is known of an array's elements.
func (f *Field) setElem(typ string) {
	typ, _, _ = strings.Cut(typ, "[")
	typ = bareType(typ)
	f.Char = typ == "char"
	c, ok := cTypes[typ]
	switch {
	case strings.HasSuffix(typ, "*"):
		f.Elem = 8
	case ok:
		f.Elem = c.width
		if f.Kind != FieldArray {
			// The size and sign in the file are those of the 4-byte location.
			f.Signed = c.signed
		}
	case typ == "cpumask_t":
		f.Elem = 8
	case strings.HasPrefix(typ, "enum "):
		f.Elem = 4
	default:
		f.Elem = 1
	}
}

// setScalar decides between pointer and integer. A value that is neither, such as a struct, becomes an array of bytes.
func (f *Field) setScalar(typ string) {
	typ = bareType(typ)
	c, known := cTypes[typ]
	switch {
	case f.Size == 8 && (strings.HasSuffix(typ, "*") || pointerTypes[typ]):
		f.Kind = FieldPointer
		f.Signed = false
	case f.Size != 1 && f.Size != 2 && f.Size != 4 && f.Size != 8,
		!known && (strings.HasPrefix(typ, "struct ") || strings.HasPrefix(typ, "union ")):
		f.Kind, f.Elem, f.Len, f.Signed = FieldArray, 1, f.Size, false
	case known && c.width < f.Size:
		// A system call's argument takes a slot of 8 bytes whose sign flag is that of the slot.
		f.Width, f.Signed = c.width, c.signed
	case known && f.Size == 8:
		// For 8-byte arguments of system calls, such as "long", the flag is again that of the slot.
		f.Width, f.Signed = f.Size, c.signed
	case !known && f.Size == 8 && strings.HasPrefix(typ, "enum "):
		f.Width, f.Signed = 4, false
	default:
		f.Width = f.Size
	}
}
