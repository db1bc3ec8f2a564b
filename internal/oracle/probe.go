package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"go3s/incremental/universe"
)

// A Probe is a random text with a hook of this kernel: maps declared by use, fields of the context, strings, printed records,
// and the functions and statements of a Program.
type Probe struct {
	Name string
	Text string
}

// probeWriter writes one probe.
type probeWriter struct {
	*writer
	format *universe.Format
	hook   string
	chains []string // numbers of the kernel's memory
	maps   []*probeMap
	ctx    []variable // integers of the context
	texts  []string   // strings
}

// probeMap is a map that the probe uses, always with keys and values of the same types and in the same way.
type probeMap struct {
	name  string
	key   *typ
	value *typ
	use   int
	call  string // aggregates: the method, with its arguments behind the value
}

// aggregates are the methods by which maps are filled; VALUE is what they take.
var aggregates = []string{
	"hist(VALUE)", "lhist(VALUE, 0, 1000, 50)", "lhist(VALUE, -100, 100, 7)", "quantile(VALUE)", "avg(VALUE)", "min(VALUE)", "max(VALUE)",
	"stats(VALUE)", "count()",
}

// chains are numbers that are read from the kernel's memory.
var chains = []string{
	"task.pid", "task.tgid", "task.real_parent.tgid", "task.real_parent.real_parent.pid", "task.se.load.weight", "task.in_execve",
	"task.prio", "task.group_leader.start_time", "task.mm.total_vm",
}

// The ways in which a map is used.
const (
	useCount     = iota // m[k]++ and m[k] += v
	useAssign           // m[k] = v, and read
	usePlain            // n++ without a key
	useAggregate        // m[k].hist(v) and the like, also without a key
	useStacks           // m[kstack]++
	useKinds
)

// NewProbe writes the probe of a seed for a tracepoint, or now and then for a hook of another kind.
func NewProbe(name string, seed uint64, format *universe.Format) *Probe {
	w := &writer{
		Rand: rand.New(rand.NewPCG(seed, 5)), name: name, sigs: map[string]*function{},
		Features: Features{Pointers: true, Closures: true, Generics: true, Methods: true},
	}
	w.Strings = w.IntN(2) == 0
	p := &probeWriter{writer: w, format: format, hook: "tracepoint:" + format.Category + ":" + format.Name, chains: chains}
	switch w.IntN(8) {
	case 0:
		p.hook, p.format = "profile:99hz", nil
	case 1:
		p.hook, p.format = "tp_btf:sched_switch", nil
		p.chains = append(slices.Clip(chains), "args.next.pid", "args.prev.real_parent.tgid", "args.next.se.load.weight")
	}
	if w.IntN(3) == 0 {
		w.integerType()
	}
	for range w.IntN(3) {
		w.structType()
	}
	for range w.IntN(3) {
		w.function()
		w.vars = nil
	}
	p.context()
	p.makeMaps()
	p.write()
	return &Probe{Name: name, Text: w.decls.String()}
}

// context notes the fields that can be read as numbers and as strings.
func (p *probeWriter) context() {
	p.texts = []string{"comm", "probe", "task.comm", "task.real_parent.comm", "str(task.real_parent.comm)"}[:1+p.IntN(4)]
	if p.format == nil {
		return
	}
	for i := range p.format.Fields {
		f := &p.format.Fields[i]
		switch {
		case !f.Readable() || f.CType == "bool":
		case f.Kind == universe.FieldInt && universe.FieldName(f.Name) == f.Name:
			p.ctx = append(p.ctx, variable{name: "ctx." + f.Name, fixed: true})
		case f.Char && f.Kind != universe.FieldInt:
			p.texts = append(p.texts, "ctx."+f.Name)
		case f.Kind == universe.FieldPointer && strings.Contains(f.CType, "char"):
			p.texts = append(p.texts, "str(ctx."+f.Name+")", fmt.Sprintf("str(ctx.%s, %d)", f.Name, 1+p.IntN(100)))
		}
	}
}

func (p *probeWriter) makeMaps() {
	for range 1 + p.IntN(3) {
		m := &probeMap{name: p.fresh("m"), use: p.IntN(useKinds), value: p.anyInteger()}
		if m.use == useAssign && p.IntN(3) == 0 && len(p.types) > 0 {
			m.value = p.types[p.IntN(len(p.types))]
		}
		if m.use == useAggregate {
			m.call = aggregates[p.IntN(len(aggregates))]
		}
		switch m.key = p.anyType(); p.IntN(3) {
		case 0:
			m.key = stringType
		case 1:
			m.key = p.scalar()
		}
		p.maps = append(p.maps, m)
	}
}

// number is an integer of the context or of the task.
func (p *probeWriter) number(t *typ) string {
	if len(p.ctx) > 0 && p.IntN(3) > 0 {
		return t.name + "(" + p.ctx[p.IntN(len(p.ctx))].name + ")"
	}
	if p.IntN(3) == 0 {
		return t.name + "(" + p.chains[p.IntN(len(p.chains))] + ")"
	}
	return t.name + "(" + []string{"pid", "tid", "uid", "gid", "cpu", "nsecs"}[p.IntN(6)] + ")"
}

func (p *probeWriter) write() {
	p.b.Reset()
	p.tabs, p.rounds, p.cost, p.digest, p.result = "\t", 1, 1, "sum", nil
	p.calls, p.loops = nil, nil
	predicate := ""
	if p.IntN(3) == 0 {
		predicate = fmt.Sprintf(" @ %s %s %d", p.number(p.anyInteger()), []string{"==", "!=", "<", ">="}[p.IntN(4)], p.IntN(100))
	}
	if p.IntN(6) == 0 {
		predicate = fmt.Sprintf(" @rate(%d)", 1+p.IntN(1000)) + predicate
	}
	for range 2 + p.IntN(4) {
		v := variable{name: p.fresh("v"), typ: p.anyInteger(), local: true}
		p.line("%s := %s", v.name, p.number(v.typ))
		p.vars = append(p.vars, v)
	}
	p.line("var sum uint64")
	for _, m := range p.maps {
		if m.use == useAssign {
			p.assignTo(m)
		}
	}
	for range 2 + p.IntN(5) {
		switch p.IntN(6) {
		case 0, 1:
			p.left = 1 + p.IntN(3)
			p.statements()
		case 2:
			p.print()
		case 3:
			p.line("if %s {", p.condition(2))
			p.nest(p.useMap)
			p.line("}")
		default:
			p.useMap()
		}
	}
	for _, v := range p.vars {
		p.mix(v.name, v.typ)
	}
	p.line("total += sum")
	fmt.Fprintf(&p.decls, "%s := %s%s {\n%s}\n", p.name, p.hook, predicate, p.b.String())
}

// someText is a string of the context or of the task.
func (p *probeWriter) someText() string { return p.texts[p.IntN(len(p.texts))] }

func (p *probeWriter) key(m *probeMap) string {
	if m.key == stringType {
		return p.someText()
	}
	return p.typed(m.key, 2)
}

// assignTo declares a map by assigning to it.
func (p *probeWriter) assignTo(m *probeMap) {
	p.line("%s[%s] = %s", m.name, p.key(m), p.typed(m.value, 2))
}

// useMap uses a map in its way.
func (p *probeWriter) useMap() {
	m := p.maps[p.IntN(len(p.maps))]
	switch m.use {
	case usePlain:
		p.line("%s++", m.name)
		return
	case useStacks:
		p.line("%s[%s]++", m.name, []string{"kstack", "ustack"}[m.value.bits/16%2])
		return
	case useAggregate:
		to := m.name
		if m.value.bits > 8 { // most have a key
			to += "[" + p.key(m) + "]"
		}
		value := []string{"int64", "uint64"}[m.value.bits/16%2] + "(" + p.integer(p.anyInteger(), 2) + ")"
		p.line("%s.%s", to, strings.Replace(m.call, "VALUE", value, 1))
		return
	case useCount:
		if p.IntN(2) == 0 {
			p.line("%s[%s]++", m.name, p.key(m))
			return
		}
		p.line("%s[%s] += uint64(%s)", m.name, p.key(m), p.integer(p.anyInteger(), 2))
		return
	}
	v, ok := variable{name: p.fresh("v"), typ: m.value, local: true}, variable{name: p.fresh("ok"), typ: boolType}
	switch p.IntN(4) {
	case 0:
		p.line("%s := %s[%s]", v.name, m.name, p.key(m))
		p.line("_ = %s", v.name)
		p.vars = append(p.vars, v)
	case 1:
		p.line("%s, %s := %s[%s]", v.name, ok.name, m.name, p.key(m))
		p.line("_, _ = %s, %s", v.name, ok.name)
		p.vars = append(p.vars, v, ok)
	case 2:
		p.line("delete(%s, %s)", m.name, p.key(m))
	default:
		p.assignTo(m)
	}
}

// print writes a record.
func (p *probeWriter) print() {
	var verbs, args []string
	for range 1 + p.IntN(4) {
		if p.IntN(3) == 0 {
			verbs, args = append(verbs, "%s"), append(args, p.someText())
			continue
		}
		verbs, args = append(verbs, []string{"%d", "%x", "%v"}[p.IntN(3)]), append(args, p.integer(p.anyInteger(), 2))
	}
	values := strings.Join(args, ", ")
	switch p.IntN(8) {
	case 0:
		p.line("print(%s)", values)
	case 1:
		p.line("log(\"a message\", \"first\", %s)", args[0])
	case 2:
		v := p.pick(func(v *variable) bool { return v.typ.kind == structure && !strings.Contains(v.typ.name, " ") })
		if v == nil {
			p.line("emit(%s)", args[0])
			return
		}
		p.line("emit(%s)", v.name)
	case 3:
		p.line("printf(\"%s %%s\\n\", %s, kstack)", strings.Join(verbs, " "), values)
	default:
		p.line("printf(\"%s\\n\", %s)", strings.Join(verbs, " "), values)
	}
}
