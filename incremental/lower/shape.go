package lower

import (
	"go/types"

	"go3s/incremental/layout"
)

// The layout of a map stands when it is created. A cell that uses the map later may have longer strings in values of the same
// type; they are cut on their way into the map.

// elem is the type of a map's values as far as Go has one.
func (m *Map) elem() types.Type {
	if t, ok := m.typ.Underlying().(*types.Map); ok {
		return t.Elem()
	}
	return m.typ
}

// inShape is a value of a Go type as bytes in memory that have the layout t.
func (l *lowerer) inShape(t *layout.Type, typ types.Type, x operand) *place {
	own := l.shapeOf(t, typ)
	if own == nil || x.at == nil {
		return l.inMemory(t, x)
	}
	p := l.slot("tmp", t.Size)
	l.clear(p, roundUp(t.Size, 8))
	l.reshape(p, t, x.at, own)
	return p
}

// ownShape is a value that has the layout t, as this cell lays out values of its type.
func (l *lowerer) ownShape(t *layout.Type, typ types.Type, x operand) operand {
	own := l.shapeOf(t, typ)
	if own == nil || x.at == nil {
		return x
	}
	p := l.slot("tmp", own.Size)
	l.clear(p, roundUp(own.Size, 8))
	l.reshape(p, own, x.at, t)
	return operand{at: p, size: own.Size}
}

// shapeOf is this cell's layout of a struct or array if it is another one than t, else nil.
func (l *lowerer) shapeOf(t *layout.Type, typ types.Type) *layout.Type {
	if t.Kind != layout.Struct && t.Kind != layout.Array {
		return nil
	}
	if _, ok := typ.Underlying().(*types.Basic); ok {
		return nil
	}
	own := l.pkg.layouts.of(typ)
	if own.Kind != t.Kind || own.Equal(t) {
		return nil
	}
	return own
}

// reshape copies a value between two layouts of one Go type, which differ in the capacities of strings.
func (l *lowerer) reshape(to *place, t *layout.Type, from *place, f *layout.Type) {
	switch {
	case t.Equal(f):
		l.copyBytes(to, from, t.Size)
	case t.Kind == layout.String:
		l.storeString(to, t.Size, operand{at: from, size: f.Size}, false)
	case t.Kind == layout.Struct:
		for i, field := range t.Fields {
			other := f.Fields[i]
			l.reshape(to.plus(int64(field.Offset)), field.Type, from.plus(int64(other.Offset)), other.Type)
		}
	case t.Kind == layout.Array:
		for i := range t.Len {
			l.reshape(to.plus(int64(i*t.Elem.Size)), t.Elem, from.plus(int64(i*f.Elem.Size)), f.Elem)
		}
	default:
		l.copyBytes(to, from, t.Size)
	}
}
