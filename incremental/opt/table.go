package opt

import "go3s/incremental/ir"

// pass is one row of the table.
type pass struct {
	name  string
	run   func(*state, *ir.Func)
	why   string
	after []string // passes of which one run must come before this one
}

// passes is the order in which every function is rewritten.
var passes = []pass{
	{name: "blocks", run: simplifyBlocks, why: "lower leaves empty and unreachable blocks"},
	{name: "fold", run: fold, why: "constants and extensions that lower didn't see", after: []string{"blocks"}},
	{name: "number", run: numberValues, why: "equal values once; later passes compare by identity", after: []string{"fold"}},
	{name: "dead", run: removeDead, why: "what was replaced", after: []string{"number"}},
}
