package opt

import (
	"slices"

	"go3s/incremental/ir"
)

// pass is one row of the table.
type pass struct {
	name  string
	run   func(*state, *ir.Func) (changed bool)
	why   string
	after []string // passes of which one run must come before this one
	// since, of a pass that is in the table again, are the passes that leave something to it: it runs only where one of them has
	// changed the function since its own row before, or in that row. Without since it always runs.
	since []string
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
	{
		name: "fold", run: fold, why: "what merged blocks and expansions made constant", after: []string{"legalize"},
		since: []string{"fold", "thread", "blocks", "imply", "states", "legalize"},
	},
	{
		name: "number", run: numberValues, why: "values that became equal", after: []string{"fold"},
		since: []string{"hoist", "forward", "promote", "share", "coalesce", "fold", "thread", "blocks", "imply", "states", "legalize"},
	},
	{name: "dead", run: removeDead, why: "what was replaced", after: []string{"number"}},
	{name: "blocks", run: simplifyBlocks, why: "blocks emptied by the passes before", after: []string{"dead"}},
	{name: "sink", run: sinkLoads, why: "registers that hold values over calls are few", after: []string{"number"}},
	{name: "layout", run: layOut, why: "the code generator emits blocks in order", after: []string{"blocks"}},
}

// causes are, by row, the rows of which one must have changed the function for a pass with since to run.
var causes = func() [][]int {
	list := make([][]int, len(passes))
	for i, p := range passes {
		for j := i - 1; j >= 0 && len(p.since) > 0; j-- {
			if slices.Contains(p.since, passes[j].name) {
				list[i] = append(list[i], j)
			}
			if passes[j].name == p.name {
				break
			}
		}
	}
	return list
}()
