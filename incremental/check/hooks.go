package check

import (
	"fmt"
	"go/ast"
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
	decl    *ast.FuncDecl     // the copy that Go's checker sees
}

// resolveHooks finds the context of each probe.
func (c *checker) resolveHooks() {
	for _, p := range c.file.Probes {
		pr := &probe{syntax: p}
		c.probes = append(c.probes, pr)
		if len(p.Hooks) == 0 {
			continue
		}
		pr.hook = p.Hooks[0]
		pr.context = c.resolve(&pr.hook)
	}
}

// refuseSpan is refuse for a place without a node.
func (c *checker) refuseSpan(span source.Span, msg, hint string) {
	c.diags = append(c.diags, source.Diagnostic{Code: source.Unsupported, Span: span, Msg: msg, Hint: hint})
}

// resolve finds the context of a hook and completes the hook's kind and target.
func (c *checker) resolve(h *syntax.Hook) *universe.Context {
	switch {
	case h.Kind != "" && h.Kind != "tracepoint":
		c.refuseSpan(h.Span, h.Kind+" hooks are not there yet", "")
		return nil
	case isPattern(h.Target):
		c.diags = append(c.diags, source.Diagnostic{
			Code: source.UndefinedHook, Span: h.Span, Msg: fmt.Sprintf("this kernel has no tracepoint that matches %s", h.Target),
		})
		return nil
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

func (c *checker) undefinedHook(h *syntax.Hook) {
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
