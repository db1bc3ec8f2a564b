package lower

import (
	"go3s/incremental/abi"
	"go3s/incremental/ir"
)

// RateMap is the map in which a probe counts its runs by the second. An entry is made by the first run of a second, on whatever CPU, and
// the oldest entries make room.
func RateMap(group string) *ir.Map {
	return &ir.Map{Name: group + abi.RateSuffix, Kind: ir.LRUHash, Key: 8, Value: 8, Entries: abi.RateWindows}
}

// holdRate ends the run, counted as skipped, when there have been as many in this second as the probe's rate allows.
//
// A run takes its turn by adding to the second's count and reading it afterwards, because not every kernel has an addition that gives back
// what was there. Of all runs that add, the n-th reads n or more, so that never more than the rate pass; two that add at one moment may
// both be skipped at the very end of what the rate allows. A count that has reached the rate is only read.
func (l *lowerer) holdRate() {
	rate := l.probe.Rate
	if rate == 0 {
		return
	}
	m := RateMap(l.probe.Group)
	second := l.emit(ir.OpUDiv, ir.I64, l.call(ir.HelperKtimeGetNS, ir.I64), l.constant(ir.I64, abi.RateWindow))
	key := l.slot("second", 8)
	l.storeScalar(key, 8, second)
	skip, there, missing := l.fn.NewBlock(), l.fn.NewBlock(), l.fn.NewBlock()

	p := l.call(ir.HelperMapLookupElem, ir.Ptr, l.mapArg(m), l.address(key))
	found := l.cur
	l.branch(ir.Ne, p, l.constant(ir.Ptr, 0), there, missing)
	found.Term.Likely = 1

	l.cur = missing
	none := l.slot("none", 8)
	l.clear(none, 8)
	l.call(ir.HelperMapUpdateElem, ir.I64, l.mapArg(m), l.address(key), l.address(none), l.constant(ir.I64, updateNoExist))
	q := l.call(ir.HelperMapLookupElem, ir.Ptr, l.mapArg(m), l.address(key))
	made := l.cur
	l.branch(ir.Ne, q, l.constant(ir.Ptr, 0), there, skip)
	made.Term.Likely = 1

	count := there.Phi(ir.Ptr, l.span)
	count.Args = []*ir.Value{p, q}
	l.cur = there
	at := &place{base: count, space: inMap, align: 8}
	l.branchOn(ir.Uge, l.loadScalar(at, layoutInt), rate, skip)
	l.emit(ir.OpAtomic64, ir.Void, count, l.constant(ir.I64, 1))
	l.branchOn(ir.Ugt, l.loadScalar(at, layoutInt), rate, skip)

	on := l.cur
	l.cur = skip
	l.count(abi.StatSkipped)
	l.end()
	l.cur = on
}

// branchOn goes to a block when the condition holds between a value and a constant, and on behind it when not.
func (l *lowerer) branchOn(c ir.Cond, x *ir.Value, y int64, then *ir.Block) {
	next := l.fn.NewBlock()
	l.branch(c, x, l.constant(ir.I64, y), then, next)
	l.cur = next
}
