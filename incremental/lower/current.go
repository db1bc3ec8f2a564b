package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/lower/text"
	"go3s/incremental/universe"
)

// What a program asks of the thread that runs is loaded from the thread's task where that may be done: the task is found once a run, by a
// call that newer kernels inline, and each value is a load. Where it may not, there is a helper for each, which says the same.

const (
	// commSize is how many bytes a comm takes, TASK_COMM_LEN.
	commSize = text.CommLen + 1
	// paddedVersion is the first kernel that fills a task's comm with zeros to its end whenever it is set, Linux 5.17. Before, what
	// follows the text may be left of a longer one, and would make other keys of equal names.
	paddedVersion = 5<<16 | 17<<8
	// inlinedVersion is the first kernel that inlines bpf_get_current_task_btf on x86-64, Linux 7.0. Before, it costs as much as a helper
	// that gives a value itself.
	inlinedVersion = 7 << 16
)

// current is a predeclared value that is one of the running thread's.
func (l *lowerer) current(in universe.Intrinsic) (operand, bool) {
	switch in {
	case universe.PID:
		if v := l.currentID("tgid"); v != nil {
			return operand{v: v}, true
		}
		return operand{v: l.upperHalf(l.call(ir.HelperGetCurrentPIDTGID, ir.I64))}, true
	case universe.TID:
		if v := l.currentID("pid"); v != nil {
			return operand{v: v}, true
		}
		return operand{v: l.emit(ir.OpTrunc, ir.I32, l.call(ir.HelperGetCurrentPIDTGID, ir.I64))}, true
	case universe.UID:
		if v := l.credential("uid"); v != nil {
			return operand{v: v}, true
		}
		return operand{v: l.emit(ir.OpTrunc, ir.I32, l.call(ir.HelperGetCurrentUIDGID, ir.I64))}, true
	case universe.GID:
		if v := l.credential("gid"); v != nil {
			return operand{v: v}, true
		}
		return operand{v: l.upperHalf(l.call(ir.HelperGetCurrentUIDGID, ir.I64))}, true
	case universe.Comm:
		p := l.slot("comm", commSize)
		l.commInto(p)
		return operand{at: p, size: commSize - 1, comm: true}, true
	case universe.Task:
		return l.task(), true
	}
	return operand{}, false
}

// loadsTask reports whether a field of the running thread's task can be loaded: the kernel tells the task with its type, from a version on
// that is no less than least, and the program is of a kind that may read kernel memory.
func (l *lowerer) loadsTask(least uint32) bool {
	if kind := programKind(l.probe.Hook.Kind); kind == ir.XDP || kind == ir.TC {
		return false
	}
	return l.pkg.universe.Kernel.Features().Version >= max(least, directVersion)
}

// currentID is an id of the thread that runs, nil where a helper is to say it: alone, it costs no more, and needs no types.
func (l *lowerer) currentID(field string) *ir.Value {
	if !l.loadsTask(0) || !l.loadsTask(inlinedVersion) && !l.usesTask() {
		return nil
	}
	at, ok := l.pkg.universe.StructMember("task_struct", field)
	if !ok || at.Size != 4 {
		return nil
	}
	return l.taskWord(l.task().ptr.plus(int64(at.Offset)))
}

// taskWord is a 32-bit word that stays as it is as long as the program runs.
func (l *lowerer) taskWord(p *place) *ir.Value {
	return l.readOnce(kernelRead{base: p.base, off: p.off, size: 4}, func() operand {
		return operand{v: l.kernelWord(p, ir.OpLoad32, ir.I32, 4)}
	}).v
}

// credential is a number of the running thread's credentials, nil where a helper is to say it. The helper says it as the first user
// namespace sees it, which is how the kernel stores it.
func (l *lowerer) credential(field string) *ir.Value {
	if !l.loadsTask(0) {
		return nil
	}
	cred, ok := l.pkg.universe.StructMember("task_struct", "cred")
	id, known := l.pkg.universe.StructMember("cred", field)
	if !ok || !known || !cred.Walks || id.Size != 4 {
		return nil
	}
	from := l.task().ptr.plus(int64(cred.Offset))
	x := l.readOnce(kernelRead{base: from.base, off: from.off, size: 8}, func() operand {
		x := l.kernelPointer(l.kernelWord(from, ir.OpLoadPtr, ir.Ptr, 8), true)
		x.ptr.safe = true // a task always has credentials
		return x
	})
	return l.taskWord(x.ptr.plus(int64(id.Offset)))
}

// commInto writes the running thread's comm to a place, with zeros to its end.
//
// Neither way keeps out another thread that renames this one in that very moment; what is read then may be part of either name.
func (l *lowerer) commInto(p *place) {
	if !l.loadComm(p) {
		l.askComm(p)
	}
}

// loadComm writes the running thread's comm to a place by loads of its task, the widest that the place has room for in one piece. It
// reports false, and does nothing, where that may not be done or would take more than the helper.
func (l *lowerer) loadComm(p *place) bool {
	align, first := p.align, int64(0)
	if p.base != nil && p.base.Op == ir.OpSlot {
		align, first = 8, p.off // slots are aligned
	}
	if align < 4 || !l.loadsTask(paddedVersion) {
		return false
	}
	at, ok := l.pkg.universe.StructMember("task_struct", "comm")
	if !ok || at.Size != commSize {
		return false
	}
	from := l.task().ptr.plus(int64(at.Offset))
	for i := int64(0); i < commSize; {
		size := chunkSize(int(commSize-i), alignAt(align, first+i))
		op, typ := loadOp(&layout.Type{Kind: layout.Uint, Size: size})
		l.storeScalar(p.plus(i), size, l.kernelWord(from.plus(i), op, typ, size))
		i += int64(size)
	}
	return true
}

// usesTask reports whether the probe needs the task in any case: for its comm, to read through it, or to find what is kept with it.
func (l *lowerer) usesTask() bool {
	if l.needsTask == unknown {
		l.needsTask = no
		for _, b := range l.pkg.ssa.Prog.FuncValue(l.probe.Func).Blocks {
			for _, ins := range b.Instrs {
				if l.readsTask(ins) {
					l.needsTask = yes
				}
			}
		}
	}
	return l.needsTask == yes
}

func (l *lowerer) readsTask(ins ssa.Instruction) bool {
	var obj types.Object
	switch x := ins.(type) {
	case *ssa.UnOp:
		if g, ok := x.X.(*ssa.Global); ok {
			if m := l.maps[g.Name()]; m != nil && m.IR.Kind == ir.TaskStorage {
				return true
			}
			obj = g.Object()
		}
	case *ssa.Call:
		if f := x.Call.StaticCallee(); f != nil {
			obj = f.Object()
		}
	}
	if obj == nil {
		return false
	}
	switch l.pkg.intrinsic(obj) {
	case universe.Comm:
		return l.loadsTask(paddedVersion)
	case universe.Task, universe.UID, universe.GID:
		return true
	}
	return false
}

// answer is what has been found out about a question.
type answer uint8

const (
	unknown answer = iota
	no
	yes
)
