package lower

import (
	"hash/fnv"
	"strconv"

	"go3s/incremental/abi"
	"go3s/incremental/layout"
)

// schema is the schema of a record with the given arguments, which have names or are numbered. Its ID is a hash of what it says, so that an
// edit that leaves a statement alone leaves its records' ID alone.
func (l *lowerer) schema(kind abi.SchemaKind, format string, names []string, args []*layout.Type) *abi.Schema {
	s := &abi.Schema{Kind: kind, Probe: l.probe.Syntax.Name, Format: format, Span: l.span}
	s.Fields, s.Size = packed(names, args)
	s.ID = identity(s, names != nil)
	for _, other := range l.schemas {
		if other.ID == s.ID {
			return other
		}
	}
	l.schemas = append(l.schemas, s)
	return s
}

// identity is the hash of what a schema says, of its fields' names only if they have any but numbers.
func identity(s *abi.Schema, named bool) uint32 {
	const each = 40 // bytes of a field, about
	b := make([]byte, 0, len(s.Probe)+len(s.Format)+each*(len(s.Fields)+1))
	b = strconv.AppendUint(b, uint64(s.Kind), 10)
	b = strconv.AppendQuote(append(b, ' '), s.Probe)
	b = strconv.AppendQuote(append(b, ' '), s.Format)
	for _, f := range s.Fields {
		b = strconv.AppendInt(append(b, ' '), int64(f.Offset), 10)
		b = strconv.AppendUint(append(b, ' '), uint64(f.Type.Kind), 10)
		b = append(append(b, ' '), f.Type.Name...)
		b = strconv.AppendInt(append(b, ' '), int64(f.Type.Size), 10)
		if named || f.Type.As != layout.Plain {
			b = strconv.AppendQuote(append(b, ' '), f.Name)
			b = strconv.AppendUint(append(b, ' '), uint64(f.Type.As), 10)
			b = strconv.AppendQuote(append(b, ' '), f.Type.Format)
		}
	}
	h := fnv.New32a()
	h.Write(b)
	return h.Sum32()
}

// packed lays out the arguments of a record behind its header, and gives the size of the whole.
func packed(names []string, args []*layout.Type) (fields []layout.Field, size int) {
	size = abi.EventHeader
	fields = make([]layout.Field, 0, len(args))
	for i, t := range args {
		align := max(t.Align, 1)
		if t.Kind == layout.String && t.Size >= 8 {
			align = 8 // copied by words
		}
		size = roundUp(size, align)
		name := ""
		if i < len(names) {
			name = names[i]
		} else {
			name = "arg" + strconv.Itoa(i)
		}
		fields = append(fields, layout.Field{Name: name, Type: t, Offset: size})
		size += t.Size
	}
	size = roundUp(size, 8)
	return fields, size
}
