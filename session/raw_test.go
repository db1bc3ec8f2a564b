package session_test

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"go3s/incremental/source"
	"go3s/session"
	"go3s/session/sessiontest"
)

// A raw tracepoint that the kernel does not have is not the end: the program is loaded for the tracepoint and goes there. What else the kernel
// says holds, and nothing of it is left.
func TestATracepointWithoutARawOne(t *testing.T) {
	for _, c := range []struct {
		err         error
		ok          bool
		loads, free int
	}{{unix.ENOENT, true, 2, 1}, {unix.EPERM, false, 1, 1}} {
		k := sessiontest.NewKernel()
		s, err := session.Open(k, session.Options{Final: true})
		if err != nil {
			t.Fatal(err)
		}
		k.Fail("Attach", 1, c.err)
		r := s.Enter(source.Cell{Name: "-e", Text: "p := sched:sched_switch { n++ }"})
		loads, free := 0, 0
		for _, call := range k.Calls() {
			if strings.HasPrefix(call, "Load ") {
				loads++
			}
			if strings.HasPrefix(call, "FreeProgram ") {
				free++
			}
		}
		if r.OK() != c.ok || len(k.Links()) != len(r.Attached) || loads != c.loads || free != c.free {
			t.Errorf("%v: entered %v (%v), linked %v, %d programs loaded and %d freed; want %v, %d and %d", c.err, r.OK(), r.Err, k.Links(), loads, free, c.ok, c.loads, c.free)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
