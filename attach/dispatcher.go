package attach

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

// dispatcher is the program of a link before it hangs at a hook, with its only slot empty. To load one takes the kernel longer than to link
// it (0.4 ms and 0.2 ms), so there are some in store.
type dispatcher struct {
	slots *ebpf.Map
	prog  *ebpf.Program
	gate  *gate // nil: all events pass
}

// behind is what dispatchers have in common that can take each other's place.
type behind struct {
	to     binding
	filter MapID // see Hook.Filter
	gated  bool
}

// newDispatchers is a stock of dispatchers. The kernel knows them without the names of probes.
func (k *Kernel) newDispatchers(again bool) *stock[behind, *dispatcher] {
	depth := 1
	if again {
		depth = 2 // one for the start of something, and one for its end
	}
	return &stock[behind, *dispatcher]{
		build: func(of behind) (*dispatcher, error) {
			d, err := k.newDispatcher("go3s_dispatch", of)
			// What the library asks the kernel before it loads the first program with lines: eight questions, half a millisecond. It
			// remembers the answers.
			_ = btf.KernelMarshalOptions()
			if err == nil && d.gate != nil && !again { // it is not for somebody who still types
				d.gate.of.start()
			}
			return d, err
		},
		depth: func(behind) int { return depth },
		kinds: 4,
		again: again,
		ready: make(map[behind][]*dispatcher), making: make(map[behind]chan struct{}),
	}
}

// Expect says that a program is soon to be attached to such a hook, so that what does not depend on the program is made in the background.
// It has no effect that could be seen.
func (k *Kernel) Expect(hook Hook) {
	switch hook.Type {
	case TracingTP, FEntry, FExit: // each of its own
	default:
		k.ahead.expect(behindOf(hook, binding{typ: hook.Type}))
	}
}

// behindOf is the kind of a hook's dispatcher.
func behindOf(hook Hook, to binding) behind {
	of := behind{to: to, gated: !hook.byHand() && !hook.Vital}
	if hook.hasProcess() {
		of.filter = hook.Filter
	}
	return of
}

// dispatcher is one of its own for a hook.
func (k *Kernel) dispatcher(hook Hook, name string, to binding) (*dispatcher, error) {
	of := behindOf(hook, to)
	if to.target == "" { // the next probe will have another target
		if d, ok := k.ahead.take(of); ok {
			return d, nil
		}
	}
	return k.newDispatcher(name, of)
}

func (k *Kernel) newDispatcher(name string, of behind) (_ *dispatcher, err error) {
	d := &dispatcher{}
	defer func() {
		if err != nil {
			_ = d.close()
		}
	}()
	d.slots, err = ebpf.NewMap(&ebpf.MapSpec{Name: name, Type: ebpf.ProgramArray, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err != nil {
		return nil, fmt.Errorf("create program array: %w", err)
	}
	insns := dispatch(d.slots, of.to.typ)
	if of.gated {
		if d.gate, err = k.takeGate(); err != nil {
			return nil, err
		}
		before, after := d.gate.insns(of.to.typ, d.slots)
		insns = append(append(before, insns...), after...)
	}
	if of.to.typ == PerfEvent && of.gated && of.filter == 0 { // it may be an interval, which belongs to no process
		insns = append(d.gate.tickInsns(), insns...)
	}
	if of.filter != 0 {
		members, release, err := k.maps.use(int(of.filter))
		if err != nil {
			return nil, fmt.Errorf("filter: %w", err)
		}
		defer release()
		insns = append(filter(members), insns...)
	}
	if d.prog, err = k.loadProgram(name, of.to, insns); err != nil {
		return nil, err
	}
	return d, nil
}

// dispatch is the program behind every link: it goes on to the program in slot 0, and does nothing when there is none. The
// index is a constant, so that the JIT makes a direct jump of it that is patched when the slot changes.
func dispatch(slots *ebpf.Map, typ ProgramType) asm.Instructions {
	return asm.Instructions{
		asm.LoadMapPtr(asm.R2, slots.FD()).WithSymbol("pass"),
		asm.Mov.Imm(asm.R3, 0),
		asm.FnTailCall.Call(),
		asm.Mov.Imm(asm.R0, verdict(typ)).WithSymbol("out"),
		asm.Return(),
	}
}

// filter is what comes before dispatch at hooks with a filter. It stands here and not in the program, so that a process that does not
// count costs one load and no tail call, and a program is the same with a filter and without.
func filter(members *bpfMap) asm.Instructions {
	const context = -32 // on the stack
	return asm.Instructions{
		asm.StoreMem(asm.RFP, context, asm.R1, asm.DWord),
		asm.FnGetCurrentPidTgid.Call(),
		asm.RSh.Imm(asm.R0, 32),
		asm.JGE.Imm(asm.R0, int32(members.spec.Value), "out"),
		asm.LoadMapValue(asm.R2, members.m.FD(), 0),
		asm.Add.Reg(asm.R2, asm.R0),
		asm.LoadMem(asm.R2, asm.R2, 0, asm.Byte),
		asm.JEq.Imm(asm.R2, 0, "out"),
		asm.LoadMem(asm.R1, asm.RFP, context, asm.DWord),
	}
}

// close frees the dispatcher, which is at no hook any more.
func (d *dispatcher) close() error {
	var errs []error
	if d.prog != nil {
		errs = append(errs, d.prog.Close())
	}
	if d.slots != nil {
		errs = append(errs, d.slots.Close())
	}
	d.gate.free()
	return errors.Join(errs...)
}
