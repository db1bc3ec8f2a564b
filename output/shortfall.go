package output

import (
	"fmt"
	"strings"

	"go3s/session"
	"go3s/session/harmless"
)

// Shortfall says in words what a probe could not store or read in full, beside the records it lost, which are told as they are
// lost: "3 map updates that found no room, 1 strings cut". It is empty when everything is complete.
func Shortfall(p session.Probe) string {
	s := p.Stats
	var parts []string
	for _, c := range []struct {
		n    uint64
		what string
	}{
		{s.MapFull, "map updates that found no room"},
		{s.Cut, "strings cut"},
		{s.Read, "failed reads"},
		{s.Fault, "faults" + faultLines(p.Faults)},
		{s.Skipped, "runs skipped by the probe's rate"},
		{s.Missed, "events missed by the kernel"},
		{s.Sampled, "events passed over by sampling"},
		{s.Quiet, "events passed over while go3sh stood still"},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return strings.Join(parts, ", ")
}

// faultLines says on which lines runs ended, and by what: " (2 at -e:3 by a division by zero, 1 at -e:5)".
func faultLines(faults []session.Fault) string {
	var parts []string
	for _, f := range faults {
		part := fmt.Sprintf("%d at %s:%d", f.Count, harmless.Text(f.Cell), f.Line)
		if f.Cause != "" {
			part += " by " + f.Cause
		}
		parts = append(parts, part)
	}
	if parts == nil {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
