package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go3s/attach"
	"go3s/incremental/source"
)

// Filter is a set of processes that grows as they fork: a process that a member starts is one before it runs its first instruction, and
// a member leaves when it has ended and its parent has taken notice. Two programs of its own keep the set in the kernel. The probes of a
// session that is opened with a Filter run only for events that happen while a member has the CPU.
//
// Processes have the numbers that the kernel gives them, which in a PID namespace are not those that a process there sees.
type Filter struct {
	session *Session
	id      attach.MapID
}

// follower are the programs of a Filter. They hang on raw tracepoints, because of a perf tracepoint the kernel skips events while it
// works on a map on that CPU. The task of a process is freed when all its threads are gone; until then another thread may run on under
// its number.
//
// Members have a byte each, for all the numbers that the kernel may give (PID_MAX_LIMIT), so that a probe knows by one load whether an
// event is a member's: a search in a hash would cost every process on the machine 50 ns an event.
const follower = `
var members [4194304]uint8

raw_tp:sched_process_fork {
	if ctx.child.tgid != ctx.parent.tgid && members[ctx.parent.tgid] != 0 {
		members[ctx.child.tgid] = 1
	}
}

raw_tp:sched_process_free {
	if ctx.p.pid == ctx.p.tgid {
		members[ctx.p.tgid] = 0
	}
}
`

// shared is a kernel that several sessions use; the last one closes it.
type shared struct{ Kernel }

// Close leaves the kernel to the others.
func (shared) Close() error { return nil }

// Beat leaves it to the session with the probes to be alive.
func (shared) Beat() (bool, error) { return false, nil }

// NewFilter starts to follow processes, none at first. The filter ends with Close, or with k.
func NewFilter(k Kernel) (*Filter, error) {
	s, err := Open(shared{k}, Options{vital: true})
	if err != nil {
		return nil, err
	}
	f := &Filter{session: s}
	if err := f.enter(follower); err != nil {
		return nil, errors.Join(fmt.Errorf("follow processes: %w", err), s.Close())
	}
	m, _, err := s.userMap("members")
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	f.id = m.id
	return f, nil
}

// enter runs text in the filter's own session.
func (f *Filter) enter(text string) error {
	r := f.session.Enter(source.Cell{Name: "filter", Text: text})
	if len(r.Diags) > 0 {
		return errors.New(r.Diags[0].Msg)
	}
	return r.Err
}

// Add makes processes members, but not those that they have started before.
func (f *Filter) Add(pids ...int) error {
	for some := range slices.Chunk(pids, 64) { // as many as one program has
		var b strings.Builder
		for _, pid := range some {
			fmt.Fprintf(&b, "members[%d] = 1;", pid)
		}
		if err := f.enter(b.String()); err != nil {
			return err
		}
	}
	return nil
}

// Starting calls start, and makes members of the processes that it starts.
func (f *Filter) Starting(start func() error) error {
	if err := f.enter("members[pid] = 1"); err != nil {
		return err
	}
	err := start()
	return errors.Join(err, f.enter("members[pid] = 0"))
}

// Self is the number that the kernel gives this process.
func (f *Filter) Self() (int, error) {
	r := f.session.Enter(source.Cell{Name: "filter", Text: "pid"})
	if r.Err != nil || r.Value == nil {
		return 0, errors.Join(errors.New("ask the kernel for this process's number"), r.Err)
	}
	pid, _ := r.Value.Value.(uint64)
	return int(pid), nil
}

// Missed is how many times the kernel ran none of the programs that follow, so that a process may not have become a member.
func (f *Filter) Missed() uint64 { return f.session.Totals().Missed }

// Close stops following.
func (f *Filter) Close() error { return f.session.Close() }
