package session_test

import (
	"os"
	"testing"

	"go3s/incremental/source"
	"go3s/session"
)

// TestProbeThatTheVerifierGivesUpOnIsTakenWithCare enters a probe with more ways through it than the verifier follows. Needs root.
func TestProbeThatTheVerifierGivesUpOnIsTakenWithCare(t *testing.T) {
	text, err := os.ReadFile("../internal/oracle/testdata/careful/sequence.go3s")
	if err != nil {
		t.Fatal(err)
	}
	cell := source.Cell{Name: "f.go3s", Text: string(text) + `
many := syscalls:sys_enter_lseek @ pid == 0 {
	x := ctx.offset
	out += p(int8(x), uint8(x>>1), int16(x>>2), uint16(x>>3), int32(x>>4), uint32(x>>5), int64(x), uint64(x>>6), int(x>>7), uint(x>>8))
}`}
	s := onKernel(t, session.Options{})
	if r := s.Enter(cell); !r.OK() || len(r.Attached) != 1 {
		t.Error(r)
	}
}
