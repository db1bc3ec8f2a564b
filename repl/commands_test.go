package repl

import (
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"go3s/attach"
	"go3s/incremental/universe/universetest"
	"go3s/session/sessiontest"
)

// arrange makes something of the kernel or of the files as a transcript wants it: !DIR goes to an empty folder, !FILE NAME TEXT has a file be
// there, !SET MAP KEY N N… has the CPUs have counted so in a map (KEY is a text, a 32-bit number, or - for none), !COST PROBE RUNS NS has the
// kernel have spent time on a probe, !REFUSE has the verifier refuse the next program, !TYPES has the kernel describe its types, if nothing
// has asked for them yet.
func arrange(t *testing.T, kernel *sessiontest.Kernel, what, arg string) {
	t.Helper()
	words := strings.Fields(arg)
	number := func(i int) uint64 {
		n, err := strconv.ParseUint(words[i], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	switch what {
	case "!DIR":
		t.Chdir(t.TempDir())
	case "!FILE":
		name, text, _ := strings.Cut(arg, " ")
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(text, `\n`, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	case "!SET":
		var key []byte
		if n, err := strconv.ParseUint(words[1], 10, 32); err == nil {
			key = binary.LittleEndian.AppendUint32(nil, uint32(n))
		} else if words[1] != "-" {
			key = []byte(words[1])
		} else {
			key = make([]byte, 4)
		}
		var values []uint64
		for i := range words[2:] {
			values = append(values, number(i+2))
		}
		kernel.Set(words[0], key, values...)
	case "!COST":
		kernel.SetCost(words[0], attach.ProgramStats{Runs: number(1), Time: time.Duration(number(2))})
	case "!TYPES":
		kernel.Types = universetest.Blob()
	case "!REFUSE":
		kernel.Fail("Load", 1, &attach.VerifierError{
			Program: "p", Summary: "R1 is not a pointer", Err: errors.New("permission denied"),
			Log: []string{"0: (b7) r1 = 1", "1: (79) r0 = *(u64 *)(r1 +0)", "R1 invalid mem access 'scalar'\x1b[2J", "R1 is not a pointer"},
		})
	}
}
