package guard

import "time"

// Pulse is what is known of own signs of life.
type Pulse struct {
	last  time.Time // the last sign
	since time.Time // quiet: when the sign came after which there were none for too long
	held  uint64    // events that had been passed over when all was well
}

// Sign notes a sign of life. quiet says whether probes have been quiet for want of earlier ones; passed is how many events were passed over by
// now. When they are back and have missed something, that is the Decision, without their names.
func (p *Pulse) Sign(now time.Time, quiet bool, passed func() uint64) (d Decision, ok bool) {
	if quiet && p.since.IsZero() {
		p.since = p.last
	}
	p.last = now
	if quiet {
		return d, false
	}
	n := passed()
	if ok = !p.since.IsZero() && n > p.held; ok {
		d = Decision{Action: QuietAction, For: now.Sub(p.since), Passed: n - p.held}
	}
	p.since, p.held = time.Time{}, n
	return d, ok
}
