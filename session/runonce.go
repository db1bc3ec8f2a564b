package session

import (
	"fmt"
	"slices"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/session/program"
)

// Some programs have no hook in the kernel. They are run by hand, once, at a moment of a session's or a probe's life: begin when it is
// entered, onload when the probe that it names is attached, onunload when that one is gone, end when all is.

// starts reports whether the step's program runs when it is loaded.
func (st *step) starts() bool {
	return st.load && !st.idle && (st.probe.Hook.Kind == "begin" || st.probe.Hook.Kind == "onload")
}

// start runs a program that is to run when it is loaded.
func (c *change) start(st *step) error {
	if !st.starts() {
		return nil
	}
	return c.s.kernel.Run(st.program)
}

// owner is the group whose life a hook is a moment of; empty for all others.
func owner(h incremental.Hook) string {
	if h.Kind == "onload" || h.Kind == "onunload" {
		return h.Name
	}
	return ""
}

// last is when a probe that is detached runs its program by hand: not at all, when others are gone, when all are.
func (p *probe) last() int {
	switch {
	case p.state == Suspended:
	case p.hook.Kind == "onunload":
		return 1
	case p.hook.Kind == "end":
		return 2
	}
	return 0
}

// ownerless says that a hook names a probe that is not there.
func (c *change) ownerless() *source.Diagnostic {
	probes := c.build.Probes
	if !c.news.All && len(c.news.Gone) == 0 {
		probes = c.news.Probes // the others were asked when they came
	}
	var owned []*incremental.Probe
	for _, p := range probes {
		if owner(p.Hook) != "" {
			owned = append(owned, p)
		}
	}
	if len(owned) == 0 {
		return nil
	}
	var known []string
	for _, p := range c.build.Probes {
		if owner(p.Hook) == "" {
			known = append(known, program.Group(p))
		}
	}
	for _, p := range owned {
		of := owner(p.Hook)
		if slices.Contains(known, of) {
			continue
		}
		d := &source.Diagnostic{
			Code: source.UndefinedHook, Span: c.program.Hook(p), Msg: fmt.Sprintf("there is no probe %s", of),
			Hint: "enter the probe before its hooks, or with them",
		}
		if near := source.Near(of, known); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
		return d
	}
	return nil
}
