package main

import "errors"

// stages are the names that --emit takes, for the help text.
const stages = "ast, types, ssa, ir, opt, asm"

// emitStage prints what a stage of the compiler makes of the cells.
func (t *sitting) emitStage() int {
	return t.fail(errors.New("--emit " + t.emit + ": not a stage"))
}
