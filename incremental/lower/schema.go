package lower

import (
	"fmt"
	"hash/fnv"

	"go3s/incremental/abi"
	"go3s/incremental/layout"
)

// schema is the schema of a record with the given arguments, which have names or are numbered. Its ID is a hash of what it says, so that an
// edit that leaves a statement alone leaves its records' ID alone.
func (l *lowerer) schema(kind abi.SchemaKind, format string, names []string, args []*layout.Type) *abi.Schema {
	s := &abi.Schema{Kind: kind, Probe: l.probe.Syntax.Name, Format: format, Span: l.span}
	s.Fields, s.Size = packed(names, args)
	h := fnv.New32a()
	fmt.Fprintf(h, "%d %q %q", kind, s.Probe, format)
	for _, f := range s.Fields {
		fmt.Fprintf(h, " %d %d %s %d", f.Offset, f.Type.Kind, f.Type.Name, f.Type.Size)
		if names != nil || f.Type.As != layout.Plain {
			fmt.Fprintf(h, " %q %d %q", f.Name, f.Type.As, f.Type.Format)
		}
	}
	s.ID = h.Sum32()
	for _, other := range l.schemas {
		if other.ID == s.ID {
			return other
		}
	}
	l.schemas = append(l.schemas, s)
	return s
}

// packed lays out the arguments of a record behind its header, and gives the size of the whole.
func packed(names []string, args []*layout.Type) (fields []layout.Field, size int) {
	size = abi.EventHeader
	for i, t := range args {
		align := max(t.Align, 1)
		if t.Kind == layout.String && t.Size >= 8 {
			align = 8 // copied by words
		}
		size = roundUp(size, align)
		name := fmt.Sprintf("arg%d", i)
		if i < len(names) {
			name = names[i]
		}
		fields = append(fields, layout.Field{Name: name, Type: t, Offset: size})
		size += t.Size
	}
	size = roundUp(size, 8)
	return fields, size
}
