package check

import (
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
	"go3s/incremental/universe"
)

// probe is a probe while it is being checked.
type probe struct {
	syntax  *syntax.Probe
	hook    syntax.Hook
	context *universe.Context // nil when the hook is unknown
	// contextName is the name under which its context type is declared. It cannot be written in Go.
	contextName string
	decl        *ast.FuncDecl // the copy that Go's checker sees
}

// resolveHooks finds the context of each probe.
func (c *checker) resolveHooks() {
	for _, p := range c.file.Probes {
		pr := &probe{syntax: p, contextName: "unknown:hook"}
		c.probes = append(c.probes, pr)
		c.probeAttributes(p)
		if len(p.Hooks) == 0 {
			continue
		}
		pr.hook = p.Hooks[0]
		if pr.context = c.resolve(&pr.hook); pr.context != nil {
			pr.contextName = pr.hook.String()
		}
	}
}

// probeAttributes refuses the attributes of a probe that mean nothing there, and those that are not there yet.
func (c *checker) probeAttributes(p *syntax.Probe) {
	for i, a := range p.Attrs {
		d := source.Diagnostic{Code: source.Attribute, Span: a.Span}
		switch a.Name {
		case "hooks":
			if n, err := strconv.Atoi(firstArg(a)); err == nil && n > 0 {
				continue
			}
			d.Msg, d.Hint = "the attribute hooks wants a number", "write @hooks(100)"
		case "bpf_map":
			d.Msg, d.Hint = "the attribute bpf_map is of a map, not of a probe", "write it above the map's declaration: var m map[K]V"
		case "rate":
			if rateOf(p) > 0 && !slices.ContainsFunc(p.Attrs[:i], func(b syntax.Attr) bool { return b.Name == a.Name }) {
				continue
			}
			d.Msg, d.Hint = "the attribute rate wants a number from 1 to "+strconv.Itoa(maxRate), "write @rate(100) for at most 100 runs a second"
			if rateOf(p) > 0 {
				d.Msg, d.Hint = "a second attribute rate of this probe", "write one"
			}
		case "suspended":
			if len(a.Args) == 0 {
				continue
			}
			d.Msg, d.Hint = "the attribute suspended takes nothing", "write @suspended"
		case "go:unroll":
			d.Msg, d.Hint = a.Name+" stands above no loop", aboveLoop
		case "go:ebpf":
			d.Msg, d.Hint = "go:ebpf names no program here", `write //go:ebpf program=kprobe func="f"`
		default:
			d.Msg = "the attribute " + a.Name + " is not there yet"
		}
		c.diags = append(c.diags, d)
	}
}

// maxRate is the most runs a second that a probe can be held to.
const maxRate = 1_000_000_000

// rateOf is how often a probe runs a second at most, as its attribute rate says; 0 without a valid one.
func rateOf(p *syntax.Probe) int64 {
	for _, a := range p.Attrs {
		if a.Name != "rate" {
			continue
		}
		n, err := strconv.ParseInt(firstArg(a), 0, 64)
		if err != nil || n < 1 || n > maxRate || len(a.Args) != 1 || a.Args[0].Key != "" {
			return 0
		}
		return n
	}
	return 0
}

// refuseSpan is refuse for a place without a node.
func (c *checker) refuseSpan(span source.Span, msg, hint string) {
	c.diags = append(c.diags, source.Diagnostic{Code: source.Unsupported, Span: span, Msg: msg, Hint: hint})
}

// resolve finds the context of a hook and completes the hook's kind and target.
func (c *checker) resolve(h *syntax.Hook) *universe.Context {
	kind, known := universe.FindHookKind(h.Kind)
	switch {
	case h.Kind != "" && !known:
		c.hookKind(h, "there is no kind of hook called "+h.Kind, "")
		return nil
	case kind.Refused != "":
		c.hookKind(h, h.Kind+" hooks: "+kind.Refused, "")
		return nil
	case isPattern(h.Target):
		c.unmatched(h)
		return nil
	case h.Kind == "xdp" && c.universe.Kernel.Tracepoint("xdp", h.Target) != nil:
		// The kernel's tracepoints of the category xdp. A device of such a name is not to be expected.
		h.Kind, h.Target = "tracepoint", "xdp:"+h.Target
		return c.resolve(h)
	case h.Kind != "" && h.Kind != "tracepoint":
		return c.resolveKind(h, kind)
	}
	category, name, ok := strings.Cut(h.Target, ":")
	if !ok {
		if category, name, ok = c.categoryOf(h.Target); !ok {
			c.undefinedHook(h)
			return nil
		}
	}
	ctx := c.universe.Context(category, name)
	if ctx == nil {
		c.undefinedHook(h)
		return nil
	}
	h.Kind, h.Target = "tracepoint", category+":"+name
	return ctx
}

// unmatched reports a pattern that no hook matches.
func (c *checker) unmatched(h *syntax.Hook) {
	what := "tracepoint"
	switch {
	case ofFunctions(h.Kind):
		what = "function"
	case !ofTracepoints(h.Kind):
		c.hookKind(h, h.Kind+" takes no pattern", "name the hooks, with commas between them")
		return
	}
	c.diags = append(c.diags, source.Diagnostic{
		Code: source.UndefinedHook, Span: h.Span, Msg: fmt.Sprintf("this kernel has no %s that matches %s", what, h.Target),
	})
}

// hookKind reports a hook of a kind that is not to be had.
func (c *checker) hookKind(h *syntax.Hook, msg, hint string) {
	c.diags = append(c.diags, source.Diagnostic{Code: source.HookKind, Span: h.Span, Msg: msg, Hint: hint})
}

// resolveKind finds the context of a hook that is no tracepoint.
func (c *checker) resolveKind(h *syntax.Hook, kind universe.HookKind) *universe.Context {
	switch {
	case kind.Target == "" && h.Target != "":
		c.hookKind(h, h.Kind+" takes no target", "write "+h.Kind)
		return nil
	case kind.Target != "" && h.Target == "" && h.Kind != "xdp" && h.Kind != "tc":
		c.hookKind(h, h.Kind+" wants "+kind.Target, "")
		return nil
	}
	switch h.Kind {
	case "raw_tp", "tp_btf":
		// The category is of no use to the kernel here; those who know it may write it.
		if category, name, ok := strings.Cut(h.Target, ":"); ok && c.universe.Kernel.Tracepoint(category, name) != nil {
			h.Target = name
		}
	case "profile", "interval":
		if _, _, ok := universe.Period(h.Target); !ok {
			c.hookKind(h, fmt.Sprintf("%s wants a time in us, ms, s or m, or a frequency, not %s", h.Kind, h.Target), "write "+h.Kind+":99hz or "+h.Kind+":1s")
			return nil
		}
	case "uprobe", "uretprobe":
		if i := strings.LastIndexByte(h.Target, ':'); i < 1 || h.Target[0] != '/' || i == len(h.Target)-1 {
			c.hookKind(h, h.Kind+" wants "+kind.Target, "write "+h.Kind+":/bin/bash:readline")
			return nil
		}
	}
	ctx := c.universe.HookContext(h.Kind, h.Target)
	if call, ok := systemCall(h); ctx == nil && ok {
		if ctx = c.universe.HookContext(h.Kind, call); ctx != nil {
			h.Target = call
		}
	}
	if ctx == nil {
		what, names := "function", []string(nil)
		if h.Kind == "raw_tp" || h.Kind == "tp_btf" {
			what, names = "tracepoint", c.tracepointNames()
		} else {
			names = c.functionNames()
		}
		hint := didYouMean(source.Near(h.Target, names))
		c.diags = append(c.diags, source.Diagnostic{
			Code: source.UndefinedHook, Span: h.Span, Msg: fmt.Sprintf("this kernel has no %s %s", what, h.Target), Hint: hint,
		})
	}
	return ctx
}

// systemCall is the function of a system call under its name of today, for those who know it as sys_open or SyS_open.
func systemCall(h *syntax.Hook) (string, bool) {
	for _, prefix := range []string{"sys_", "SyS_"} {
		if name, ok := strings.CutPrefix(h.Target, prefix); ok {
			return "__x64_sys_" + name, true
		}
	}
	return "", false
}

// functionNames lists the kernel's functions, as far as its BTF names them.
func (c *checker) functionNames() []string {
	if k, ok := c.universe.Kernel.(universe.TypedKernel); ok && k.BTF() != nil {
		return k.BTF().Functions()
	}
	return nil
}

// tracepointNames lists the kernel's tracepoints without their categories.
func (c *checker) tracepointNames() []string {
	names := c.universe.Kernel.Tracepoints()
	out := make([]string, 0, len(names))
	for _, tp := range names {
		_, name, _ := strings.Cut(tp, ":")
		out = append(out, name)
	}
	return out
}

// categoryOf finds the category of a tracepoint whose name stands alone, if only one has it.
func (c *checker) categoryOf(target string) (category, name string, ok bool) {
	for _, tp := range c.universe.Kernel.Tracepoints() {
		if cat, n, _ := strings.Cut(tp, ":"); n == target {
			if ok {
				return "", "", false
			}
			category, name, ok = cat, n, true
		}
	}
	return category, name, ok
}

// isCategory reports whether there are tracepoints of a category.
func (c *checker) isCategory(name string) bool {
	return slices.ContainsFunc(c.universe.Kernel.Tracepoints(), func(tp string) bool {
		category, _, _ := strings.Cut(tp, ":")
		return category == name
	})
}

func (c *checker) undefinedHook(h *syntax.Hook) {
	if kind, target, ok := strings.Cut(h.Target, ":"); ok && h.Kind == "" && !c.isCategory(kind) {
		var names []string
		for _, k := range universe.HookKinds() {
			names = append(names, k.Name)
		}
		if near := source.Near(kind, names); near != "" {
			c.hookKind(h, "there is no kind of hook called "+kind, "did you mean "+near+":"+target+"?")
			return
		}
	}
	c.diags = append(c.diags, source.Diagnostic{
		Code: source.UndefinedHook, Span: h.Span,
		Msg: fmt.Sprintf("this kernel has no tracepoint %s", h.Target), Hint: didYouMean(source.Near(h.Target, c.universe.Kernel.Tracepoints())),
	})
}

// didYouMean is the hint for a near match, or "" without one.
func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return "did you mean " + name + "?"
}
