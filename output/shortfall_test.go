package output

import (
	"testing"

	"go3s/session"
)

func TestShortfallNamesWhatIsIncomplete(t *testing.T) {
	if got := Shortfall(session.Stats{Events: 9, Lost: 9}); got != "" {
		t.Errorf("of events and lost records it says %q", got)
	}
	const want = "1 updates of a full map, 2 strings cut, 3 failed reads, 4 faults, 5 events missed by the kernel"
	if got := Shortfall(session.Stats{MapFull: 1, Cut: 2, Read: 3, Fault: 4, Missed: 5}); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
