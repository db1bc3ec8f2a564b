package syntax

import (
	"go/token"
	"slices"
	"strings"
)

// writer builds the Go text of a cell: the user's bytes, and ours where Go wants more.
type writer struct {
	*splitter
	buf      strings.Builder
	segments []segment
	pos      int  // the user's text is written up to here
	joined   bool // an item ends on this line
}

// segmentsPerItem is how many pieces an item is mostly made of.
const segmentsPerItem = 8

// file writes the whole Go file.
func (w *writer) file() {
	w.buf.Grow(len(w.text) + 128)
	w.segments = make([]segment, 0, segmentsPerItem*(len(w.items)+1))
	hasPackage := len(w.items) > 0 && w.items[0].kind == itemPackage
	if !hasPackage {
		w.made("package main\n\n", piece{})
		w.imported("", "\n\n", 0)
	}
	if w.bare {
		w.made("func _() {\n", piece{})
	}
	for i, it := range w.items {
		w.between(it.start)
		w.item(it)
		if i == 0 && hasPackage {
			w.imported("; ", "", it.end)
		}
	}
	w.between(len(w.text))
	if w.bare {
		w.made("\n}", piece{len(w.text), len(w.text)})
	}
	w.made("\n", piece{len(w.text), len(w.text)})
}

// between writes the blanks and comments up to the next item. Go wants items on lines of their own, or parted by just one
// semicolon.
func (w *writer) between(end int) {
	if w.bare {
		w.copyTo(end)
		return
	}
	text, copied := w.src[w.pos:max(end, w.pos)], false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ';':
			if !copied {
				text, copied = slices.Clone(text), true
			}
			text[i] = ' '
		case c == '\n':
			w.joined = false
		case c == '/' && i+1 < len(text) && (text[i+1] == '/' || text[i+1] == '*'):
			i = commentEnd(w.text, w.pos+i) - w.pos - 1
		}
	}
	w.user(text)
	w.separate(end)
}

// separate writes the semicolon that parts an item from one before it on the same line.
func (w *writer) separate(at int) {
	if w.joined && at < len(w.text) {
		w.made("; ", piece{at, at})
	}
	w.joined = false
}

// packages are the packages that a text may name without importing them.
var packages = [2]string{"bpf", "strings"}

// imported imports the packages that generated headers and long forms name, unless the user does.
func (w *writer) imported(before, after string, at int) {
	needs := w.uses
	for _, it := range w.items {
		needs[0] = needs[0] || it.kind == itemProbe && len(it.hooks) > 0 && it.shorthand()
	}
	for i, name := range packages {
		if needs[i] && !w.imports[i] {
			w.made(before+`import "`+name+`"`+after, piece{at, at})
		}
	}
}

// shorthand reports whether the probe is written as hook { … }.
func (it *item) shorthand() bool { return it.hooks[0].Span.Start >= it.head }

// item writes one item.
func (w *writer) item(it *item) {
	w.copyTo(it.head)
	switch it.kind {
	case itemProbe:
		it.gen = w.buf.Len()
		if it.shorthand() {
			w.header(it)
		} else {
			w.copyTo(it.body)
		}
		w.predicates(it)
	case itemBad:
		w.blank(it.end)
		return
	case itemPackage, itemImport, itemFunc, itemDecl, itemStmt:
	}
	w.copyTo(it.end)
	w.joined = !w.bare
}

// header writes the function header of a shorthand probe up to its opening brace.
func (w *writer) header(it *item) {
	first := piece{it.hooks[0].Span.Start, it.hooks[0].Span.End}
	at := first
	if it.named {
		at = it.name
	}
	w.made("func ", at)
	if it.named {
		w.pos = it.name.start
		w.copyTo(it.name.end)
	} else {
		w.made(probeName(it.hooks[0]), first)
	}
	w.made("(ctx *bpf.Context) ", first)
	w.pos = it.body - 1
	w.copyTo(it.body)
}

// predicates writes the guards at the start of a probe's body.
func (w *writer) predicates(it *item) {
	end := " { return }; "
	if it.results {
		end = " { return 0 }; "
	}
	for _, p := range it.preds {
		w.made(" if !(", p)
		pos := w.pos
		w.pos = p.start
		w.copyTo(p.end)
		w.pos = pos
		w.made(")"+end, piece{p.end, p.end})
	}
}

// copyTo writes the user's text up to end.
func (w *writer) copyTo(end int) {
	if end > w.pos {
		w.user(w.src[w.pos:end])
	}
}

// blank writes spaces for the user's text up to end; newlines stay.
func (w *writer) blank(end int) {
	text := []byte(w.text[w.pos:max(end, w.pos)])
	for i, c := range text {
		if c != '\n' {
			text[i] = ' '
		} else {
			w.joined = false
		}
	}
	w.user(text)
}

// user writes text that stands for as many bytes of the user's.
func (w *writer) user(text []byte) {
	if len(text) == 0 {
		return
	}
	w.segments = append(w.segments, segment{gen: w.buf.Len(), len: len(text), orig: w.pos})
	w.buf.Write(text)
	w.pos += len(text)
}

// made writes text of ours that stands for the user's text at.
func (w *writer) made(text string, at piece) {
	w.segments = append(w.segments, segment{gen: w.buf.Len(), len: len(text), orig: at.start, end: at.end, ours: true})
	w.buf.WriteString(text)
}

// probeName makes a Go identifier of the last part of a hook that holds a letter or digit.
func probeName(h Hook) string {
	name := ""
	for target := h.Target; name == "" && target != ""; {
		i := strings.LastIndexAny(target, ":/")
		name = identifier(target[i+1:])
		target = target[:max(i, 0)]
	}
	if name == "" {
		name = h.Kind
	}
	digit := name != "" && name[0] >= '0' && name[0] <= '9'
	switch {
	case name == "":
		return "all"
	case digit && h.Kind != "", h.Kind == "onload", h.Kind == "onunload": // whose target is a probe
		return h.Kind + "_" + name
	case digit, token.IsKeyword(name), taken[name]:
		return "on_" + name
	}
	return name
}

// identifier replaces what cannot stand in an identifier by underscores, single and never at an end.
func identifier(word string) string {
	parts := strings.FieldsFunc(word, func(r rune) bool { return r >= 0x80 || !isIdent(byte(r)) })
	return strings.Trim(strings.Join(parts, "_"), "_")
}

// taken are the names that a function at file scope would hide from the probes, or that Go gives a meaning.
var taken = nameSet(`init main bpf true false iota nil append cap clear close complex copy delete imag len make max min new
	panic print println real recover any bool byte error string int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr
	float32 float64 pid tid uid gid comm cpu nsecs cgroup task ctx args retval probe kstack ustack printf log emit str buf
	kaddr usym ksym ntop strftime exit`)

func nameSet(names string) map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(names) {
		set[name] = true
	}
	return set
}
