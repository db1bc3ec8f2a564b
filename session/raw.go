package session

import (
	"errors"

	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/ir"
)

// programType is the type of a probe's program: that of its kind, or that of a raw tracepoint, where a program of a tracepoint does the same
// at less cost. Both run at the same events in the same process. At the raw tracepoint the kernel prepares no record, and it takes it out
// again without waiting; and it has no events there that it passes over because it is at work on a map on that CPU.
//
// Another text of a probe may need its context, and a probe can't be taken from one to the other without events between. So it is done only
// where no other text will come.
func (s *Session) programType(p *incremental.Probe) attach.ProgramType {
	if p.Kind == ir.Tracepoint && p.Unread && s.options.Final && s.kernel.RawTracepoint(p.Hook.Category, p.Hook.Name) {
		return attach.RawTracepoint
	}
	return programTypes[p.Kind]
}

// attachAs attaches a new probe. A tracepoint whose event has another name is not found as a raw one; it is attached to as it is.
func (c *change) attachAs(hook attach.Hook, st *step) error {
	k := c.s.kernel
	link, err := k.Attach(hook, st.probe.Name, st.program)
	if err != nil && st.typ != programTypes[st.probe.Kind] && errors.Is(err, unix.ENOENT) {
		if err := k.FreeProgram(st.program); err != nil {
			return err
		}
		st.typ, st.program = programTypes[st.probe.Kind], 0
		if err := c.load(st); err != nil {
			return err
		}
		hook.Type = st.typ
		link, err = k.Attach(hook, st.probe.Name, st.program)
	}
	st.link = link
	return err
}

// expect has what new probes need beside their programs made while their maps are.
func (c *change) expect() {
	for _, p := range c.news.Probes {
		c.s.mu.Lock()
		old := c.s.named(p.Name)
		c.s.mu.Unlock()
		if old == nil || !old.state.Linked() {
			c.s.kernel.Expect(c.hook(p, c.s.programType(p)))
		}
	}
}

// hook is where a probe goes whose program is of a type.
func (c *change) hook(p *incremental.Probe, typ attach.ProgramType) attach.Hook {
	hook := attachHook(p)
	hook.Type = typ
	if f := c.s.options.Filter; f != nil {
		hook.Filter = f.id
	}
	hook.Vital = c.s.options.vital
	return hook
}
