package check

import (
	"go/ast"
	"strings"

	"go3s/incremental/syntax"
)

// Tid is the name of the number of the thread that runs.
const Tid = "tid"

// threadHooks are the tracepoints that are only ever come to by a thread that is not idle, outside of interrupts, and where nothing else
// can run on the CPU meanwhile: the idle threads of all CPUs have the number 0, and a map of numbers has one value for all of them.
var threadHooks = []string{"syscalls:", "raw_syscalls:", "sched:sched_process_exec", "sched:sched_process_exit", "sched:sched_process_fork"}

// inThread reports whether all hooks of a probe are such tracepoints.
func inThread(p *syntax.Probe) bool {
	for _, h := range p.Hooks {
		if !isThreadHook(h) {
			return false
		}
	}
	return len(p.Hooks) > 0
}

func isThreadHook(h syntax.Hook) bool {
	switch {
	case (h.Kind == "raw_tp" || h.Kind == "tp_btf") && (h.Target == "sys_enter" || h.Target == "sys_exit"):
		return true
	case h.Kind != "" && h.Kind != "tracepoint":
		return false
	}
	if !strings.Contains(h.Target, ":") {
		return strings.HasPrefix(h.Target, "sys_enter_") || strings.HasPrefix(h.Target, "sys_exit_")
	}
	for _, name := range threadHooks {
		if h.Target == name || strings.HasSuffix(name, ":") && strings.HasPrefix(h.Target, name) {
			return true
		}
	}
	return false
}

// ofThread reports whether a site is m[tid] or delete(m, tid) in such a probe.
func (n *names) ofThread(s *site) bool {
	id, ok := s.index.(*ast.Ident)
	return ok && s.method == nil && n.probe != nil && n.probe.thread && id.Name == Tid && n.find(Tid) < 0 && !n.is(Tid, declared)
}
