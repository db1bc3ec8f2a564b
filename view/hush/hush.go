// Package hush keeps the terminal libraries quiet until the view is opened.
//
// When github.com/charmbracelet/bubbletea is initialised, before main runs, it asks the terminal for its background colour and waits for
// the answer: one round trip, and five seconds on a terminal that does not answer, for every run of a program that merely can show a
// view; keys typed meanwhile are lost. termenv, which does the asking, takes nothing for a terminal while CI is set.
//
// So this package sets CI when it is initialised. That happens before bubbletea's turn: packages are initialised in the order of
// their import paths as soon as all they import is, and this one imports only syscall, which bubbletea needs too. Who imports both calls Lift
// from its own initialisation.
package hush

import "syscall"

const name = "CI"

var (
	was   string
	found bool
)

func init() {
	was, found = syscall.Getenv(name)
	if was == "" {
		_ = syscall.Setenv(name, "1") // fails for malformed names only
	}
}

// Lift makes the environment what it was. The libraries may then be asked on purpose.
func Lift() {
	if found {
		_ = syscall.Setenv(name, was)
	} else {
		_ = syscall.Unsetenv(name)
	}
}
