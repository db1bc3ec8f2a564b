package main

import (
	"fmt"

	"go3s/output"
)

// shortfalls says what the probes could not store or read in full: numbers that are not complete must not look as if they were.
func (t *sitting) shortfalls() {
	t.stdout.flush()
	if t.filter != nil {
		if n := t.filter.Missed(); n > 0 {
			t.say(fmt.Sprintf("%d processes may not have been followed: the kernel skipped a run at a fork or at an end", n))
		}
	}
	for _, p := range t.session.Probes() {
		if t.json != nil {
			t.json.Probe(p)
			continue
		}
		if short := output.Shortfall(p); short != "" {
			t.say(p.Name + ": " + short)
		}
		if p.Guard != "" {
			t.say(p.Name + ": " + p.Guard)
		}
	}
}
