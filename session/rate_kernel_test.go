package session_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go3s/session"
)

// A probe with a rate runs no more often than that in a second, on all CPUs and hooks together; each event is counted as one that ran or
// one that was skipped.
func TestARateIsKeptAndWhatItSkipsIsCounted(t *testing.T) {
	s := onKernel(t, session.Options{})
	enter(t, s, fmt.Sprintf(`
p := syscalls:sys_enter_lseek @rate(3) @pid == %[1]d && ctx.fd == 1<<32-1 { ran++ }
q := syscalls:sys_enter_lseek, syscalls:sys_exit_lseek @pid == %[1]d @rate(2) { both[probe]++ }
`, os.Getpid()))
	start := time.Now()
	seek([4][]int64{make([]int64, 5_000), make([]int64, 6_000), make([]int64, 7_000), make([]int64, 8_000)})
	seconds := uint64(time.Since(start)/time.Second) + 2 // a second of the clock may be one at either end

	probes := s.Probes()
	p := probes[0].Stats
	if p.Events+p.Skipped != 26_000 || p.Events == 0 || p.Events > 3*seconds {
		t.Errorf("of 26000 events %d ran and %d were skipped in %d seconds", p.Events, p.Skipped, seconds)
	}
	both := probes[1].Stats.Events + probes[2].Stats.Events
	if all := both + probes[1].Stats.Skipped + probes[2].Stats.Skipped; all != 52_000 || both == 0 || both > 2*seconds {
		t.Errorf("of 52000 events %d ran, %d ran or were skipped, in %d seconds", both, all, seconds)
	}
	ran := rowsByKey(t, s, "ran")
	if got := fmt.Sprint(ran); got != fmt.Sprintf("map[:%d]", p.Events) {
		t.Errorf("the map has %s, the probe ran %d times", got, p.Events)
	}
	for _, m := range s.Maps() {
		if m.Name != "ran" && m.Name != "both" {
			t.Errorf("the map %s is shown to the user", m.Name)
		}
	}
}
