package attach

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// hookLink is a dispatcher at a hook. The kernel empties a program array when its last file descriptor is closed, so the array
// stays open as long as the link.
type hookLink struct {
	*dispatcher
	name string
	typ  ProgramType
	to   binding
	link io.Closer // what ends the events; nil for hooks that only user space runs

	mu       sync.Mutex // held while the slot is written
	detached bool
	clock    *clock // of an interval: what it should have run
	missed   uint64 // by the clock, when it was detached
}

// Attach puts a dispatcher at the hook with the program in its slot. From then on no event is missed. A hook that is to be Idle has its
// slot empty until Swap fills it. Nothing is run: programs of hooks that only user space runs are for Run.
func (k *Kernel) Attach(hook Hook, name string, id ProgramID) (LinkID, error) {
	op := "attach " + hook.String()
	p, release, err := k.programs.use(int(id))
	if err != nil {
		return 0, fmt.Errorf("%s: program: %w", op, err)
	}
	defer release()
	if p.typ != hook.Type {
		return 0, fmt.Errorf("%s: program %s is of another type", op, p.name)
	}
	if hook.Type == Tracepoint || hook.Type == KProbe {
		// The library looks for a mounted tracefs but mounts none.
		if _, err := k.findTracefs(); err != nil {
			return 0, err
		}
	}
	l, err := k.newHookLink(hook, name, p)
	if err != nil {
		return 0, explain(op, hook.request(), err)
	}
	lid, err := k.links.add(l)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	return LinkID(lid), nil
}

// String is the hook as the user would type it.
func (h Hook) String() string {
	if h.Category == "" {
		return h.Name
	}
	return h.Category + ":" + h.Name
}

// hasProcess reports whether events at the hook belong to the process that has the CPU.
func (h Hook) hasProcess() bool {
	return !h.byHand() && h.Kind != "interval" && h.Type != XDP && h.Type != TC
}

func (k *Kernel) newHookLink(hook Hook, name string, p *program) (_ *hookLink, err error) {
	d, err := k.dispatcher(hook, name, p.to)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = d.close()
		}
	}()
	if !hook.Idle {
		if err := d.slots.Put(uint32(0), p.prog); err != nil {
			return nil, fmt.Errorf("fill program array: %w", err)
		}
	}
	l := &hookLink{dispatcher: d, name: name, typ: hook.Type, to: p.to}
	if l.link, err = k.linkTo(hook, d.prog); err != nil {
		return nil, err
	}
	if hook.Kind == "interval" && d.gate != nil {
		l.clock = l.link.(*clock)
	}
	if d.gate != nil {
		d.gate.of.start()
	}
	return l, nil
}

// Swap replaces the program in the link's slot in one step: every event runs either the old program or the new one. A run of the
// old one that has begun goes on to its end. The old program stays loaded until it is freed.
func (k *Kernel) Swap(id LinkID, p ProgramID) error {
	l, releaseLink, err := k.links.use(int(id))
	if err != nil {
		return fmt.Errorf("swap: link: %w", err)
	}
	defer releaseLink()
	next, releaseProgram, err := k.programs.use(int(p))
	if err != nil {
		return fmt.Errorf("swap %s: program: %w", l.name, err)
	}
	defer releaseProgram()
	if next.to != l.to {
		return fmt.Errorf("swap %s: program %s is of another type", l.name, next.name)
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.detached {
		return fmt.Errorf("swap %s: %w", l.name, errDetaching)
	}
	return refine("swap "+l.name, l.slots.Put(uint32(0), next.prog))
}

// Empty takes the program out of the link's slot in one step, until Swap fills it again. A run that has begun goes on to its end. The
// program stays loaded until it is freed.
func (k *Kernel) Empty(id LinkID) error {
	l, release, err := k.links.use(int(id))
	if err != nil {
		return fmt.Errorf("empty: link: %w", err)
	}
	defer release()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.detached {
		return fmt.Errorf("empty %s: %w", l.name, errDetaching)
	}
	if l.gate.limits() {
		return refine("empty "+l.name, l.clear())
	}
	return refine("empty "+l.name, k.rests(l))
}

// Detach takes the program out of the link's slot at once, so that no further event runs it, and removes the link in the
// background, which takes the kernel tens of milliseconds. The channel yields the outcome once; by then runs that had begun are
// over as well, and Stats are the last ones.
func (k *Kernel) Detach(id LinkID) <-chan error {
	outcome := make(chan error, 1)
	l, release, err := k.links.use(int(id))
	if err != nil {
		outcome <- fmt.Errorf("detach: %w", err)
		return outcome
	}
	if err := k.stop(l); err != nil {
		release()
		outcome <- refine("detach "+l.name, err)
		return outcome
	}
	k.detaches.Go(func() {
		k.closing <- struct{}{}
		err := l.remove()
		<-k.closing
		k.lastMu.Lock()
		if k.last == nil {
			k.last = make(map[LinkID]ProgramStats)
		}
		k.last[id], _ = k.statsOf(l)
		k.lastMu.Unlock()
		release()
		if err = errors.Join(err, k.links.free(int(id))); err != nil {
			err = fmt.Errorf("detach %s: %w", l.name, err)
		}
		outcome <- err
	})
	return outcome
}

// stop takes the program out of the slot for good. Only the first call succeeds.
func (k *Kernel) stop(l *hookLink) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.detached {
		return errDetaching
	}
	err := k.rests(l)
	if l.detached = err == nil; l.detached {
		l.missed, l.clock = l.clock.missed(l.gate), nil
	}
	return err
}

// rests puts a program that does nothing into the slot. To empty the slot would have the same effect, but the kernel then waits until
// all CPUs have left the old program: 5 ms instead of 15 µs. The caller holds l.mu.
func (k *Kernel) rests(l *hookLink) error {
	rest, err := k.restProgram(l.to)
	if err == nil {
		err = l.slots.Put(uint32(0), rest)
	}
	if err == nil {
		return nil
	}
	return l.clear()
}

// clear empties the slot, so that what a gate lets through to it is counted.
func (l *hookLink) clear() error {
	err := l.slots.Delete(uint32(0))
	if errors.Is(err, ebpf.ErrKeyNotExist) {
		return nil
	}
	return err
}

// remove takes the link out of its hook. Closing a link waits for runs in progress only if it is the last one at its hook;
// emptying the slot always does.
func (l *hookLink) remove() error {
	err := l.clear()
	if l.link != nil {
		err = errors.Join(l.link.Close(), err)
	}
	return err
}

// restProgram is the program that does nothing, for slots of a binding.
func (k *Kernel) restProgram(to binding) (*ebpf.Program, error) {
	k.restMu.Lock()
	defer k.restMu.Unlock()
	if k.rest[to] == nil {
		prog, err := k.loadProgram("go3s_rest", to, asm.Instructions{asm.Mov.Imm(asm.R0, verdict(to.typ)), asm.Return()})
		if err != nil {
			return nil, err
		}
		if k.rest == nil {
			k.rest = make(map[binding]*ebpf.Program)
		}
		k.rest[to] = prog
	}
	return k.rest[to], nil
}

// close releases what is left after the link itself is closed.
func (l *hookLink) close() error {
	if !l.detached && l.link != nil { // it never got into the table
		_ = l.link.Close()
	}
	return l.dispatcher.close()
}
