package ir

import (
	"fmt"
	"strings"
)

// Parse reads the text form of a module. Numbers of values and blocks are kept. An error names its line. The
// module is well-formed as a graph; whether it keeps the rules is Verify's business.
//
// Empty lines and lines that start with # are skipped. Values without a result have no number in the text and get
// new ones.
func Parse(text string) (*Module, error) {
	p := parser{m: &Module{}, maps: map[string]*Map{}}
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		p.lineNo++
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.lineNo, err)
		}
	}
	if p.f != nil {
		return nil, fmt.Errorf("line %d: function %s is not closed by }", p.lineNo, p.f.Name)
	}
	return p.m, nil
}

// maxID bounds the numbers of values and blocks in a text, so that a hostile text can't ask for huge tables.
const maxID = 1 << 20

// parser is the state between lines.
type parser struct {
	m      *Module
	maps   map[string]*Map
	lineNo int

	f      *Func
	b      *Block
	slots  map[string]*Slot
	values map[int]*Value
	blocks map[int]*Block
	placed map[*Block]bool
	refs   []ref // what is resolved when the function ends
	phis   map[*Value][]int
	void   []*Value // values that get a number when the function ends
}

// ref is an argument whose value may be defined later.
type ref struct {
	place **Value
	id    int
	line  int
}

func (p *parser) line(text string) error {
	toks, err := tokens(text)
	if err != nil || len(toks) == 0 {
		return err
	}
	t := &cursor{toks: toks}
	if t.span, err = t.takeSpan(); err != nil {
		return err
	}
	if len(t.toks) == 0 {
		return fmt.Errorf("a span alone on its line")
	}
	switch first := t.toks[0]; {
	case p.f == nil && first.text == "map":
		err = p.mapLine(t)
	case p.f == nil && first.text == "func":
		err = p.funcLine(t)
	case p.f == nil:
		return fmt.Errorf("%q outside of a function; want map or func", first.text)
	case first.text == "}":
		t.pos = 1
		err = p.endFunc()
	case first.text == "slot":
		err = p.slotLine(t)
	case len(t.toks) == 1 && strings.HasSuffix(first.text, ":"):
		t.pos = 1
		err = p.label(strings.TrimSuffix(first.text, ":"))
	case p.b == nil:
		return fmt.Errorf("%q before the first block", first.text)
	case p.b.Term.Kind != TermNone:
		return fmt.Errorf("%q after the end of b%d", first.text, p.b.ID)
	default:
		err = p.valueOrTerm(t)
	}
	if err == nil && t.pos < len(t.toks) {
		err = fmt.Errorf("unexpected %q", t.toks[t.pos].text)
	}
	return err
}

func (p *parser) mapLine(t *cursor) error {
	t.pos = 1
	m := &Map{Name: t.name()}
	kind := t.word()
	m.Kind = MapKind(indexOf(mapKindNames[:], kind))
	if t.err == nil && int(m.Kind) >= len(mapKindNames) {
		return fmt.Errorf("unknown map kind %q", kind)
	}
	if m.Kind != Ring {
		m.Key, m.Value = int(t.setting("key")), int(t.setting("value"))
	}
	m.Entries = int(t.setting("entries"))
	if t.err == nil && p.maps[m.Name] != nil {
		return fmt.Errorf("map %s is declared twice", m.Name)
	}
	p.maps[m.Name] = m
	p.m.Maps = append(p.m.Maps, m)
	return t.err
}

func (p *parser) funcLine(t *cursor) error {
	t.pos = 1
	f := &Func{Name: t.name(), Span: t.span}
	kind := t.word()
	f.Kind = Kind(indexOf(kindNames[:], kind))
	if t.err == nil && int(f.Kind) >= len(kindNames) {
		return fmt.Errorf("unknown function kind %q", kind)
	}
	if brace := t.word(); t.err == nil && brace != "{" {
		return fmt.Errorf("unexpected %q; want {", brace)
	}
	*p = parser{
		m: p.m, maps: p.maps, lineNo: p.lineNo,
		f: f, slots: map[string]*Slot{}, values: map[int]*Value{}, blocks: map[int]*Block{}, placed: map[*Block]bool{},
		phis: map[*Value][]int{},
	}
	return t.err
}

func (p *parser) slotLine(t *cursor) error {
	t.pos = 1
	name := t.name()
	size, align := t.setting("size"), t.setting("align")
	if t.err != nil {
		return t.err
	}
	if p.slots[name] != nil {
		return fmt.Errorf("slot %s is declared twice", name)
	}
	if p.f.slotNames == nil {
		p.f.slotNames = map[string]int{}
	}
	p.f.slotNames[name] = 1
	p.slots[name] = p.f.addSlot(name, int(size), int(align))
	return nil
}

// label starts a block.
func (p *parser) label(name string) error {
	b, err := p.blockNamed(name)
	if err != nil {
		return err
	}
	if p.placed[b] {
		return fmt.Errorf("b%d is there twice", b.ID)
	}
	if p.b != nil && p.b.Term.Kind == TermNone {
		return fmt.Errorf("b%d has no terminator", p.b.ID)
	}
	p.placed[b] = true
	p.f.Blocks = append(p.f.Blocks, b)
	p.b = b
	return nil
}

// blockNamed is the block b<n>, made at its first mention.
func (p *parser) blockNamed(name string) (*Block, error) {
	id, ok := number(name, 'b')
	if !ok {
		return nil, fmt.Errorf("unexpected %q; want a block, b<number>", name)
	}
	b := p.blocks[id]
	if b == nil {
		b = &Block{ID: id, fn: p.f}
		p.blocks[id] = b
		p.f.nextBlock = max(p.f.nextBlock, id+1)
	}
	return b, nil
}

func (p *parser) valueOrTerm(t *cursor) error {
	term := &p.b.Term
	switch t.toks[0].text {
	case "unfinished":
		return fmt.Errorf("b%d has no terminator", p.b.ID)
	case "jump":
		t.pos = 1
		term.Kind = TermJump
		p.succ(t, term)
	case "br":
		t.pos = 1
		term.Kind = TermBranch
		term.Cond = t.cond()
		p.argsExactly(t, &term.Args, 2)
		p.succ(t, term)
		p.succ(t, term)
		if t.more() {
			term.Likely = int8(t.setting("likely"))
			if t.err == nil && term.Likely != 1 && term.Likely != 2 {
				return fmt.Errorf("likely is 1 or 2")
			}
		}
	case "ret":
		t.pos = 1
		term.Kind = TermReturn
		if t.more() {
			p.argsExactly(t, &term.Args, 1)
		}
	default:
		return p.value(t)
	}
	term.Span = t.span
	return t.err
}

func (p *parser) succ(t *cursor, term *Term) {
	b, err := p.blockNamed(t.word())
	t.fail(err)
	term.Succs = append(term.Succs, b)
}

// value reads "v1 = op.type operands" or "op operands".
func (p *parser) value(t *cursor) error {
	v := &Value{Block: p.b, Span: t.span}
	opText := t.word()
	if t.more() && t.toks[t.pos].text == "=" {
		id, ok := number(opText, 'v')
		if !ok {
			return fmt.Errorf("unexpected %q; want a value, v<number>", opText)
		}
		if p.values[id] != nil {
			return fmt.Errorf("v%d is defined twice", id)
		}
		v.ID = id
		p.values[id] = v
		p.f.nextValue = max(p.f.nextValue, id+1)
		t.pos++
		name, typ, _ := strings.Cut(t.word(), ".")
		opText = name
		v.Type = Type(indexOf(typeNames[:], typ))
		if t.err == nil && (int(v.Type) >= len(typeNames) || v.Type == Void) {
			return fmt.Errorf("%s needs a type: %s.i32, %s.i64 or %s.ptr", name, name, name, name)
		}
	} else {
		p.void = append(p.void, v)
	}
	if t.err != nil {
		return t.err
	}
	op, ok := opNames[opText]
	if !ok {
		return fmt.Errorf("unknown op %q", opText)
	}
	v.Op = op
	p.b.Values = append(p.b.Values, v)
	return p.operands(t, v)
}

var opNames = func() map[string]Op {
	names := make(map[string]Op, opCount)
	for op := OpConst; op < opCount; op++ {
		names[Ops[op].Name] = op
	}
	return names
}()

// operands reads what follows the op.
func (p *parser) operands(t *cursor, v *Value) error {
	n := v.Op.Info().Args
	switch v.Op {
	case OpConst:
		v.Imm = t.int()
	case OpParam:
		v.Imm, v.Align = t.int(), t.align()
		p.f.Params = append(p.f.Params, v)
	case OpPhi:
		return p.phiArgs(t, v)
	case OpMove, OpZero:
		p.argsExactly(t, &v.Args, n)
		v.Imm = t.setting("size")
	case OpCmp:
		v.Cond = t.cond()
		p.argsExactly(t, &v.Args, n)
	case OpSlot:
		name := t.name()
		if v.Slot = p.slots[name]; t.err == nil && v.Slot == nil {
			return fmt.Errorf("no slot %s", name)
		}
	case OpMap, OpMapValue:
		name := t.name()
		if v.Map = p.maps[name]; t.err == nil && v.Map == nil {
			return fmt.Errorf("no map %s", name)
		}
		if v.Op == OpMapValue {
			v.Imm = t.offset()
		}
	case OpCall:
		v.Imm = t.helper()
		p.argsExactly(t, &v.Args, t.left())
	case OpCallFunc:
		v.Func = t.name()
		p.argsExactly(t, &v.Args, t.left())
	case OpFunc:
		v.Func = t.name()
	default:
		p.access(t, v, n)
		if v.Op == OpLoadPtr {
			v.Align = t.align()
		}
	}
	return t.err
}

// access reads the arguments of an ordinary op; an offset stands after the first.
func (p *parser) access(t *cursor, v *Value, n int) {
	if !v.Op.Info().Imm {
		p.argsExactly(t, &v.Args, n)
		return
	}
	ids := []int{t.value()}
	v.Imm = t.offset()
	for len(ids) < n {
		ids = append(ids, t.value())
	}
	p.refer(&v.Args, ids)
}

// phiArgs reads [b1 v2] pairs.
func (p *parser) phiArgs(t *cursor, v *Value) error {
	var ids []int
	for t.more() {
		open, id := strings.CutPrefix(t.word(), "[")
		if !id {
			return fmt.Errorf("unexpected %q; want [block value]", open)
		}
		b, err := p.blockNamed(open)
		if err != nil {
			return err
		}
		p.phis[v] = append(p.phis[v], b.ID)
		arg, closed := strings.CutSuffix(t.word(), "]")
		n, ok := number(arg, 'v')
		if !closed || !ok {
			return fmt.Errorf("unexpected %q; want a value and ]", arg)
		}
		ids = append(ids, n)
	}
	p.refer(&v.Args, ids)
	return t.err
}

func (p *parser) argsExactly(t *cursor, place *[]*Value, n int) {
	ids := make([]int, 0, n)
	for range n {
		ids = append(ids, t.value())
	}
	p.refer(place, ids)
}

// refer makes an argument list that is filled when the function ends.
func (p *parser) refer(place *[]*Value, ids []int) {
	if len(ids) == 0 {
		return
	}
	list := make([]*Value, len(ids))
	*place = list
	for i, id := range ids {
		p.refs = append(p.refs, ref{&list[i], id, p.lineNo})
	}
}

// endFunc resolves what the lines left open.
func (p *parser) endFunc() error {
	f := p.f
	if p.b == nil {
		return fmt.Errorf("function %s has no block", f.Name)
	}
	if p.b.Term.Kind == TermNone {
		return fmt.Errorf("b%d has no terminator", p.b.ID)
	}
	for _, r := range p.refs {
		if *r.place = p.values[r.id]; *r.place == nil {
			return fmt.Errorf("v%d, used in line %d, is not defined", r.id, r.line)
		}
	}
	for _, b := range f.Blocks {
		for _, s := range b.Term.Succs {
			if !p.placed[s] {
				return fmt.Errorf("b%d jumps to b%d, which is not there", b.ID, s.ID)
			}
			s.Preds = append(s.Preds, b)
		}
	}
	for _, v := range p.void {
		v.ID = f.nextValue
		f.nextValue++
	}
	for _, b := range f.Blocks {
		if err := p.orderPreds(b); err != nil {
			return err
		}
	}
	p.m.Funcs = append(p.m.Funcs, f)
	p.f = nil
	return nil
}

// orderPreds gives the predecessors the order in which the block's first phi names them, and the arguments of the
// other phis that order too.
func (p *parser) orderPreds(b *Block) error {
	for n, phi := range b.Phis() {
		named := p.phis[phi]
		if len(named) != len(b.Preds) {
			return fmt.Errorf("v%d has %d arguments, b%d has %d predecessors", phi.ID, len(named), b.ID, len(b.Preds))
		}
		for i, id := range named {
			if n == 0 {
				j := i
				for j < len(b.Preds) && b.Preds[j].ID != id {
					j++
				}
				if j == len(b.Preds) {
					return fmt.Errorf("v%d names b%d, which is no predecessor of b%d or is named twice", phi.ID, id, b.ID)
				}
				b.Preds[i], b.Preds[j] = b.Preds[j], b.Preds[i]
				continue
			}
			j := i
			for j < len(named) && named[j] != b.Preds[i].ID {
				j++
			}
			if j == len(named) {
				return fmt.Errorf("v%d has no argument for b%d", phi.ID, b.Preds[i].ID)
			}
			named[i], named[j] = named[j], named[i]
			phi.Args[i], phi.Args[j] = phi.Args[j], phi.Args[i]
		}
	}
	return nil
}

// indexOf is the place of name in the table, 255 where it is not there.
func indexOf(table []string, name string) uint8 {
	for i, s := range table {
		if s == name {
			return uint8(i)
		}
	}
	return 255
}
