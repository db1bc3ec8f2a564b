package main

import "go3s/output"

// shortfalls says what the probes could not store or read in full: numbers that are not complete must not look as if they were.
func (t *sitting) shortfalls() {
	t.stdout.flush()
	for _, p := range t.session.Probes() {
		if t.json != nil {
			t.json.Probe(p)
		} else if short := output.Shortfall(p); short != "" {
			t.say(p.Name + ": " + short)
		}
	}
}
