package opt

import "go3s/incremental/ir"

// pass is one row of the table.
type pass struct {
	name  string
	run   func(*state, *ir.Func) (changed bool)
	why   string
	after []string // passes of which one run must come before this one
}

// passes is the order in which every function is rewritten.
var passes = []pass{
	{name: "blocks", run: simplifyBlocks, why: "lower leaves empty and unreachable blocks"},
	{name: "fold", run: fold, why: "constants and extensions that lower didn't see", after: []string{"blocks"}},
	{name: "number", run: numberValues, why: "equal values once; the passes on memory compare by identity", after: []string{"fold"}},
	{name: "hoist", run: hoistCommon, why: "both ways of a branch set up the same keys", after: []string{"number"}},
	{name: "forward", run: forward, why: "locals and keys are built in slots", after: []string{"number"}},
	{name: "promote", run: promote, why: "slots that only hold scalars become values, also around loops", after: []string{"forward"}},
	{name: "deadstores", run: removeDeadStores, why: "stores that were forwarded and copies nobody reads", after: []string{"forward", "promote"}},
	{name: "share", run: shareSlots, why: "every map operation sets up its key", after: []string{"number", "deadstores"}},
	{name: "coalesce", run: coalesceSlots, why: "copies that are left", after: []string{"deadstores"}},
	{name: "fold", run: fold, why: "forwarded values bring constants", after: []string{"promote"}},
	{name: "dead", run: removeDead, why: "threading wants blocks that only decide", after: []string{"fold"}},
	{name: "thread", run: threadJumps, why: "phis of bools decide branches", after: []string{"fold"}},
	{name: "blocks", run: simplifyBlocks, why: "threading and decided branches leave blocks behind", after: []string{"thread"}},
	{name: "imply", run: imply, why: "checks that were made before, and counters of loops", after: []string{"blocks"}},
	{name: "states", run: mergeStates, why: "what is read is often taken away, in one place", after: []string{"number", "imply"}},
	{name: "blocks", run: simplifyBlocks, why: "decided branches leave blocks behind", after: []string{"imply"}},
	{name: "combine", run: combineStores, why: "neighbouring stores that are left", after: []string{"deadstores"}},
	{name: "legalize", run: legalize, why: "the kernel's instruction set", after: []string{"combine"}},
	{name: "fold", run: fold, why: "what merged blocks and expansions made constant", after: []string{"legalize"}},
	{name: "number", run: numberValues, why: "values that became equal", after: []string{"fold"}},
	{name: "dead", run: removeDead, why: "what was replaced", after: []string{"number"}},
	{name: "blocks", run: simplifyBlocks, why: "blocks emptied by the passes before", after: []string{"dead"}},
	{name: "sink", run: sinkLoads, why: "registers that hold values over calls are few", after: []string{"number"}},
	{name: "layout", run: layOut, why: "the code generator emits blocks in order", after: []string{"blocks"}},
}
