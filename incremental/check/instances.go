package check

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// maxHooks is how many hooks a probe may have unless its attribute hooks raises it: each is a program of its own, which takes
// memory and time to attach.
const maxHooks = 64

// instances makes a probe of its own for each hook of a list or pattern. They share text and positions and have their syntax trees
// to themselves, because the same expression has another type in each.
func (c *checker) instances() {
	several := slices.ContainsFunc(c.file.Probes, func(p *syntax.Probe) bool {
		return len(p.Hooks) > 1 || len(p.Hooks) == 1 && isPattern(p.Hooks[0].Target)
	})
	if !several {
		return
	}
	file := *c.file
	file.Probes = nil
	tree := *c.file.AST
	tree.Decls = nil
	file.AST = &tree
	file.Attrs = maps.Clone(file.Attrs)
	next := 0
	for _, d := range c.file.AST.Decls {
		if next == len(c.file.Probes) || d != ast.Decl(c.file.Probes[next].Decl) {
			tree.Decls = append(tree.Decls, d)
			continue
		}
		p := c.file.Probes[next]
		next++
		for i, h := range c.hooksOf(p) {
			q := c.instance(&file, p, h, i)
			file.Probes = append(file.Probes, q)
			tree.Decls = append(tree.Decls, q.Decl)
		}
	}
	c.file = &file
	c.nameInstances()
	c.names = scanNames(c.file)
}

// instance is the probe with one of its hooks. The first takes the syntax tree as it is.
func (c *checker) instance(file *syntax.File, p *syntax.Probe, h syntax.Hook, i int) *syntax.Probe {
	q := *p
	q.Hooks = []syntax.Hook{h}
	if i == 0 {
		fd := *p.Decl
		name := *fd.Name
		fd.Name, q.Decl = &name, &fd
	} else {
		cl := cloner{}
		q.Decl = clone(cl, p.Decl)
		for n, attrs := range c.file.Attrs {
			if copied, ok := cl[n]; ok {
				file.Attrs[copied.Interface().(ast.Node)] = attrs
			}
		}
		q.Preds = make([]ast.Expr, len(p.Preds))
		for j, pred := range p.Preds {
			q.Preds[j] = clone(cl, pred)
		}
	}
	c.groups[&q] = p.Name
	return &q
}

// hooksOf lists the hooks of a probe, patterns expanded, each once.
func (c *checker) hooksOf(p *syntax.Probe) []syntax.Hook {
	var hooks []syntax.Hook
	for _, h := range p.Hooks {
		for _, h := range c.matches(p, h) {
			same := func(o syntax.Hook) bool { return o.Kind == h.Kind && o.Target == h.Target }
			if !slices.ContainsFunc(hooks, same) {
				hooks = append(hooks, h)
			}
		}
	}
	limit := maxHooks
	for _, a := range p.Attrs {
		if n, err := strconv.Atoi(firstArg(a)); a.Name == "hooks" && err == nil {
			limit = n
		}
	}
	if len(hooks) > limit {
		first, last := p.Hooks[0].Span, p.Hooks[len(p.Hooks)-1].Span
		c.diags = append(c.diags, source.Diagnostic{
			Code: source.TooLarge, Span: source.Span{Cell: first.Cell, Start: first.Start, End: max(first.End, last.End)},
			Msg:  fmt.Sprintf("these are %d hooks, and a probe takes %d", len(hooks), limit),
			Hint: fmt.Sprintf("name fewer, or write // @hooks(%d) above the probe", len(hooks)),
		})
		hooks = hooks[:1]
	}
	return hooks
}

func firstArg(a syntax.Attr) string {
	if len(a.Args) == 0 {
		return ""
	}
	return a.Args[0].Value
}

// isPattern reports whether a hook's target stands for all that match it. Brackets are left to paths.
func isPattern(target string) bool { return strings.ContainsAny(target, "*?") }

// matches lists the hooks that a hook stands for: itself, or those that match its pattern. Without a match it stays as it is,
// and is reported like any other unknown hook.
func (c *checker) matches(p *syntax.Probe, h syntax.Hook) []syntax.Hook {
	if !isPattern(h.Target) {
		return []syntax.Hook{h}
	}
	var hooks []syntax.Hook
	for _, target := range c.candidates(h) {
		if ok, err := path.Match(h.Target, target); err == nil && ok {
			m := h
			m.Target = target
			hooks = append(hooks, m)
		}
	}
	if len(hooks) == 0 {
		return []syntax.Hook{h}
	}
	return hooks
}

// candidates lists the targets that a pattern may match, in the pattern's own form: with the category if it names one.
func (c *checker) candidates(h syntax.Hook) []string {
	switch {
	case ofFunctions(h.Kind):
		return c.functionNames()
	case !ofTracepoints(h.Kind):
		return nil
	case strings.Contains(h.Target, ":"):
		return c.universe.Kernel.Tracepoints()
	}
	return c.tracepointNames()
}

// ofTracepoints reports whether the hooks of a kind are tracepoints.
func ofTracepoints(kind string) bool {
	return kind == "" || kind == "tracepoint" || kind == "raw_tp" || kind == "tp_btf"
}

// ofFunctions reports whether the hooks of a kind are functions of the kernel.
func ofFunctions(kind string) bool {
	return kind == "kprobe" || kind == "kretprobe" || kind == "fentry" || kind == "fexit"
}

// nameInstances calls each of several instances NAME.HOOK, after the last part of its hook, or after all of it where that is taken.
// The point keeps the name apart from all that a user can write.
func (c *checker) nameInstances() {
	count := map[string]int{}
	for _, p := range c.file.Probes {
		count[c.groupOf(p)]++
	}
	taken := map[string]bool{}
	for _, p := range c.file.Probes {
		group := c.groupOf(p)
		if count[group] == 1 {
			continue
		}
		target := p.Hooks[0].Target
		name := group + "." + target[strings.LastIndexAny(target, ":/")+1:]
		if taken[name] || strings.HasSuffix(name, ".") {
			name = group + "." + strings.NewReplacer(":", "_", "/", "_").Replace(p.Hooks[0].String())
		}
		taken[name] = true
		p.Name = name
		p.Decl.Name = &ast.Ident{NamePos: p.Decl.Name.NamePos, Name: name}
	}
}

// groupOf is the name under which the user knows the probe.
func (c *checker) groupOf(p *syntax.Probe) string {
	if g, ok := c.groups[p]; ok {
		return g
	}
	return p.Name
}

// instanceErrors says of errors in a probe with several hooks at which of them they are: each hook is checked alone, because the
// instances share their positions. If the hooks alone have no errors, the instances do not fit together, and the errors stay as they are.
func (c *checker) instanceErrors(in Input, diags []source.Diagnostic) []source.Diagnostic {
	for _, p := range in.File.Probes {
		hooks := c.hooksOf(p)
		if len(hooks) < 2 {
			continue
		}
		inside := func(d source.Diagnostic) bool { return p.Span.Start <= d.Span.Start && d.Span.End <= p.Span.End }
		hooks = hooks[:min(len(hooks), maxHooks)]
		var found []source.Diagnostic
		var at [][]string // by index of found
		for _, h := range hooks {
			alone := *p
			alone.Hooks = []syntax.Hook{h}
			for _, d := range c.alone(in, p, &alone) {
				same := func(o source.Diagnostic) bool { return o.Span == d.Span && o.Code == d.Code }
				i := slices.IndexFunc(found, same)
				if i < 0 && inside(d) {
					found, at = append(found, d), append(at, []string{h.Target})
				} else if i >= 0 {
					at[i] = append(at[i], h.Target)
				}
			}
		}
		if len(found) == 0 {
			continue
		}
		for i, where := range at {
			if len(where) < len(hooks) {
				found[i].Also = append(found[i].Also, source.Note{Span: p.Hooks[0].Span, Msg: whereOf(where)})
			}
		}
		diags = append(slices.DeleteFunc(diags, inside), found...)
	}
	return source.Sort(diags)
}

// whereOf names some of a probe's hooks.
func whereOf(hooks []string) string {
	if len(hooks) == 1 {
		return "at " + hooks[0] + ", the other hooks are fine"
	}
	return fmt.Sprintf("at %s and %d more, the other hooks are fine", hooks[0], len(hooks)-1)
}

// alone checks the cell with one hook of a probe.
func (c *checker) alone(in Input, p, alone *syntax.Probe) []source.Diagnostic {
	file := *in.File
	file.Probes = slices.Clone(file.Probes)
	for i := range file.Probes {
		if file.Probes[i] == p {
			file.Probes[i] = alone
		} else if len(file.Probes[i].Hooks) > 1 {
			one := *file.Probes[i]
			one.Hooks = one.Hooks[:1]
			file.Probes[i] = &one
		}
	}
	in.File = &file
	_, diags := Check(in)
	return diags
}
