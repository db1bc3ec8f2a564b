package syntax

import (
	"go/token"
	"strings"
)

// writer builds the Go text of a cell: the user's bytes, and ours where Go wants more.
type writer struct {
	*splitter
	buf      strings.Builder
	segments []segment
	pos      int // the user's text is written up to here
}

// file writes the whole Go file.
func (w *writer) file() {
	w.buf.Grow(len(w.text) + 128)
	hasPackage := len(w.items) > 0 && w.items[0].kind == itemPackage
	if !hasPackage {
		w.made("package main\n\n", piece{})
		w.importBPF("", "\n\n", 0)
	}
	if w.bare {
		w.made("func _() {\n", piece{})
	}
	for i, it := range w.items {
		w.item(it, i)
		if i == 0 && hasPackage {
			w.importBPF("; ", "", it.end)
		}
	}
	if n := len(w.items); n == 0 || w.items[n-1].end < len(w.text) || w.items[n-1].kind != itemBad {
		w.copyTo(len(w.text))
	}
	if w.bare {
		w.made("\n}", piece{len(w.text), len(w.text)})
	}
	w.made("\n", piece{len(w.text), len(w.text)})
}

// importBPF imports the package that generated headers and long forms name, unless the user does.
func (w *writer) importBPF(before, after string, at int) {
	if w.imports {
		return
	}
	needs := w.usesBPF
	for _, it := range w.items {
		needs = needs || it.kind == itemProbe && len(it.hooks) > 0 && it.shorthand()
	}
	if needs {
		w.made(before+`import "bpf"`+after, piece{at, at})
	}
}

// shorthand reports whether the probe is written as hook { … }.
func (it *item) shorthand() bool { return it.hooks[0].Span.Start >= it.head }

// item writes one item and the blanks and comments before it.
func (w *writer) item(it *item, index int) {
	switch it.kind {
	case itemProbe:
		w.copyTo(it.head)
		w.separate(index)
		it.gen = w.buf.Len()
		w.probes = append(w.probes, it)
		if it.shorthand() {
			w.header(it)
		} else {
			w.copyTo(it.body)
		}
		w.predicates(it)
	case itemBad:
		w.copyTo(it.head)
		w.blank(it.end)
	case itemPackage, itemImport, itemFunc, itemDecl, itemStmt:
		w.copyTo(it.head)
		w.separate(index)
	}
	w.copyTo(it.end)
}

// separate parts an item from a probe that ends on the same line.
func (w *writer) separate(index int) {
	if index == 0 || w.items[index-1].kind != itemProbe {
		return
	}
	before, head := w.items[index-1].end, w.items[index].head
	if !strings.ContainsAny(w.text[before:head], ";\n") {
		w.made("; ", piece{head, head})
	}
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

// copyTo writes the user's text up to end. A semicolon between items that Go would refuse is written as a blank.
func (w *writer) copyTo(end int) {
	if end <= w.pos {
		return
	}
	w.segments = append(w.segments, segment{gen: w.buf.Len(), len: end - w.pos, orig: w.pos})
	w.buf.WriteString(w.text[w.pos:end])
	w.pos = end
}

// blank writes spaces for the user's text up to end; newlines stay.
func (w *writer) blank(end int) {
	w.segments = append(w.segments, segment{gen: w.buf.Len(), len: end - w.pos, orig: w.pos})
	for _, c := range []byte(w.text[w.pos:end]) {
		if c != '\n' {
			c = ' '
		}
		w.buf.WriteByte(c)
	}
	w.pos = end
}

// made writes text of ours that stands for the user's text at.
func (w *writer) made(text string, at piece) {
	w.segments = append(w.segments, segment{gen: w.buf.Len(), len: len(text), orig: at.start, end: at.end, ours: true})
	w.buf.WriteString(text)
}

// probeName makes a Go identifier of the last part of a hook.
func probeName(h Hook) string {
	last := h.Target[strings.LastIndexByte(h.Target, ':')+1:]
	if i := strings.LastIndexByte(last, '/'); i >= 0 {
		last = last[i+1:]
	}
	var b strings.Builder
	for i := range len(last) {
		if c := last[i]; isIdent(c) && c < 0x80 {
			b.WriteByte(c)
		} else {
			b.WriteByte('_')
		}
	}
	name := strings.Trim(b.String(), "_")
	switch {
	case name == "" && h.Kind != "":
		name = h.Kind
	case name == "" || token.IsKeyword(name) || taken[name]:
		name = "on_" + name
	case name[0] >= '0' && name[0] <= '9' && h.Kind != "":
		name = h.Kind + "_" + name
	case name[0] >= '0' && name[0] <= '9':
		name = "on_" + name
	}
	return name
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
