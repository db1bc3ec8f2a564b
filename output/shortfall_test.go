package output

import (
	"testing"

	"go3s/incremental"
	"go3s/session"
)

func TestShortfallNamesWhatIsIncomplete(t *testing.T) {
	if got := Shortfall(session.Probe{Stats: session.Stats{Events: 9, Lost: 9}}); got != "" {
		t.Errorf("of events and lost records it says %q", got)
	}
	const want = "1 map updates that found no room, 2 strings cut, 3 failed reads, 4 faults (3 at -e:2 by a division by zero, 1 at lib.go3s:7), 6 runs skipped by the probe's rate, 5 events missed by the kernel, 7 events passed over by sampling, 8 events passed over while go3sh stood still"
	p := session.Probe{
		Stats: session.Stats{MapFull: 1, Cut: 2, Read: 3, Fault: 4, Missed: 5, Skipped: 6, Sampled: 7, Quiet: 8},
		Faults: []session.Fault{
			{Fault: incremental.Fault{Place: incremental.Place{Cell: "-e", Line: 2}, Cause: "a division by zero"}, Count: 3},
			{Fault: incremental.Fault{Place: incremental.Place{Cell: "lib.go3s", Line: 7}}, Count: 1},
		},
	}
	if got := Shortfall(p); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
