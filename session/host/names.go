package host

import (
	"fmt"
	"go/types"
	"strings"

	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Field is a field that a program can read: of a hook's context, or of a struct of the kernel's.
type Field struct {
	Name   string
	Type   string // as Go writes it; empty for one that programs can't read
	CType  string // as the kernel writes it; empty where the kernel does not say
	Offset int    // bytes from the beginning; of a bit-field those of the integer that holds it
	Size   int    // bytes; 0 where it is not known
	Bits   int    // the width of a bit-field, else 0
}

// Type is a type of the kernel's, or a constant of one of its enums.
type Type struct {
	Name   string
	Size   int     // bytes, of a struct or union
	Fields []Field // of a struct or union
	Text   string  // of all else, as Go declares it: "type pid_t int32"
}

// Fields are the fields of ctx at a hook, in their order, to programs that see u, which may be nil. The error is of a hook that the kernel
// does not have.
func (h *Host) Fields(u *universe.Universe, hook string) ([]Field, error) {
	if u == nil {
		return nil, fmt.Errorf("the fields of %s can't be known: this kernel has no types", hook)
	}
	kind, target, _ := strings.Cut(hook, ":")
	if _, ok := universe.FindHookKind(kind); ok && kind != "tracepoint" {
		c := u.HookContext(kind, target)
		if c == nil {
			return nil, fmt.Errorf("there is no hook %s", hook)
		}
		return contextFields(c, nil), nil
	}
	category, name, _ := strings.Cut(strings.TrimPrefix(hook, "tracepoint:"), ":")
	c, format := u.Context(category, name), h.Hook(hook)
	if c == nil || format == nil {
		if found := MatchHooks(hook, h.Tracepoints()); len(found) > 0 && hook != "" {
			return nil, fmt.Errorf("there is no hook %s; is it %s?", hook, found[0])
		}
		return nil, source.Unknown("hook", hook, h.Tracepoints())
	}
	return contextFields(c, format), nil
}

// contextFields are the fields of a context, with what the format file of a tracepoint adds.
func contextFields(c *universe.Context, format *universe.Format) []Field {
	var out []Field
	fields, ok := c.Named.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for f := range fields.Fields() {
		k := Field{Name: f.Name(), Type: goType(f.Type())}
		if size, ok := sizeOf(f.Type()); ok {
			k.Size = size
		}
		if format != nil {
			for _, of := range format.Fields {
				if universe.FieldName(of.Name) == f.Name() {
					k.CType, k.Offset, k.Size = of.CType, of.Offset, of.Size
				}
			}
		}
		out = append(out, k)
	}
	return out
}

// Type is the type, or the enum's constant, that the kernel calls name, to programs that see u, which may be nil.
func (h *Host) Type(u *universe.Universe, name string) (Type, error) {
	if u == nil || h.BTF() == nil {
		return Type{}, fmt.Errorf("type %s: the kernel does not describe its types (/sys/kernel/btf/vmlinux)", name)
	}
	plain := strings.TrimPrefix(strings.TrimPrefix(name, "struct "), "union ")
	switch obj := u.KernelName(plain).(type) {
	case *types.TypeName:
		u.Members(obj.Type())
		if k := u.KernelType(obj.Type()); k != nil {
			return structOf(plain, k), nil
		}
		return Type{Name: plain, Text: "type " + plain + " " + goType(obj.Type().Underlying())}, nil
	case *types.Const:
		return Type{Name: plain, Text: "const " + plain + " = " + obj.Val().String()}, nil
	}
	hint := ""
	if near := source.Near(plain, h.BTF().Structs()); near != "" {
		hint = "; did you mean " + near + "?"
	}
	return Type{}, fmt.Errorf("the kernel has no type %q%s", name, hint)
}

// structOf is a struct of the kernel's with its fields.
func structOf(name string, k *universe.KernelType) Type {
	out := Type{Name: name, Size: k.Size}
	fields, _ := k.Named.Underlying().(*types.Struct)
	for i, f := range k.Fields {
		out.Fields = append(out.Fields, Field{
			Name: f.Name, Type: goType(fields.Field(i).Type()), Offset: f.Offset, Size: f.Size, Bits: f.Bits,
		})
	}
	return out
}

// goType is a type as Go writes it; empty for what programs can't read.
func goType(t types.Type) string {
	if s, ok := t.(*types.Struct); ok && s.NumFields() == 0 {
		return ""
	}
	return types.TypeString(t, (*types.Package).Name)
}

// sizeOf is the size of integers, booleans and pointers.
func sizeOf(t types.Type) (size int, ok bool) {
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return 8, true
	case *types.Basic:
		if u.Info()&(types.IsInteger|types.IsBoolean) != 0 {
			return int((&types.StdSizes{WordSize: 8, MaxAlign: 8}).Sizeof(u)), true
		}
	}
	return 0, false
}

// Near is the hook of that kind that is most likely meant by one that is not there; empty if none is near.
func (h *Host) Near(kind, name string) string {
	var known []string
	switch kind {
	case "tracepoint", "raw_tp", "tp_btf":
		known = h.Tracepoints()
	case "kprobe", "kretprobe", "fentry", "fexit":
		known = h.Functions()
	}
	if near := source.Near(name, known); near != name {
		return near
	}
	return ""
}
