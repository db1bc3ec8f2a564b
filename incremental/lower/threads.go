package lower

import (
	"maps"

	"go3s/incremental/abi"
	"go3s/incremental/check"
	"go3s/incremental/ir"
	"go3s/incremental/layout"
	"go3s/incremental/universe"
)

// A map in which programs keep a value for the thread that runs, m[tid], until they take it away again, lies with the threads: what a hash
// takes three times a search for is a pointer away. A value that was taken away is marked, as freeing and making it anew costs more than
// all else (1.4 µs for the pair). The mark is the thread's number itself, because the thread that executes a file takes over the number of
// another one.
//
// No two programs work on one thread's value at a time, see check.threadHooks.

// stateCreate is BPF_LOCAL_STORAGE_GET_F_CREATE.
const stateCreate = 1

// ofThreads reports whether a map can be kept with the threads: one value of a word.
func (p *Package) ofThreads(m *check.Map, out *Map, uses check.Use) bool {
	return uses.OfThreads() && !m.Explicit && m.Kind == universe.ByUse && m.Entries == 0 && isScalar(out.Value) && out.Value.Size > 0 &&
		out.Key.Kind == layout.Uint && out.Key.Size == 4 && p.universe.KeepsStates()
}

// state is what the map has at the running thread, or null.
func (l *lowerer) state(m *Map, flags int64) *ir.Value {
	task := l.call(ir.HelperGetCurrentTaskBTF, ir.Ptr)
	return l.call(ir.HelperTaskStorageGet, ir.Ptr, l.mapArg(m.IR), task, l.constant(ir.Ptr, 0), l.constant(ir.I64, flags))
}

// The number and the value in it.
func stateNumber(p *ir.Value) *place { return &place{base: p, space: inMap, align: 8} }

func stateValue(p *ir.Value) *place {
	return &place{base: p, off: ir.StateHead, space: inMap, align: 8}
}

// findState goes to found if the thread has a value, else to missing.
func (l *lowerer) findState(m *Map, tid *ir.Value, found, missing *ir.Block) *place {
	p := l.state(m, 0)
	there := l.fn.NewBlock()
	l.branch(ir.Ne, p, l.constant(ir.Ptr, 0), there, missing)
	l.cur = there
	l.branch(ir.Eq, l.loadScalar(stateNumber(p), m.Key), tid, found, missing)
	return stateValue(p)
}

// setState lowers m[tid] = v. The thread's place is made if it has none; without memory for one the event is counted as not stored.
func (l *lowerer) setState(m *Map, tid *ir.Value, v operand) {
	p := l.state(m, stateCreate)
	have, full, join := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()
	from := l.cur
	l.branch(ir.Ne, p, l.constant(ir.Ptr, 0), have, full)
	from.Term.Likely = 1
	l.cur = full
	l.count(abi.StatMapFull)
	l.cur.Jump(join)
	l.cur = have
	l.store(stateValue(p), m.Value, v, false)
	l.storeScalar(stateNumber(p), m.Key.Size, tid)
	l.cur.Jump(join)
	l.cur = join
}

// dropState lowers delete(m, tid).
func (l *lowerer) dropState(m *Map) {
	p := l.state(m, 0)
	there, join := l.fn.NewBlock(), l.fn.NewBlock()
	l.branch(ir.Ne, p, l.constant(ir.Ptr, 0), there, join)
	l.cur = there
	l.storeScalar(stateNumber(p), m.Key.Size, l.constant(ir.I32, 0))
	l.cur.Jump(join)
	l.cur = join
}

// snapshots are maps as a program that runs once has them: in the place of those that are kept with the threads, which can't be looked up by
// a number, it has hashes. User space copies into them what there is, and takes over what the program changes.
func snapshots(known map[string]*Map) map[string]*Map {
	out := maps.Clone(known)
	for name, m := range known {
		if m.IR.Kind != ir.TaskStorage {
			continue
		}
		one, hash := *m, *m.IR
		hash.Kind, hash.Entries = ir.Hash, DefaultEntries
		one.IR = &hash
		out[name] = &one
	}
	return out
}
