package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental/source"
	"go3s/session"
	"go3s/session/sessiontest"
)

var errBroken = errors.New("broken")

// sitting is a session with a few maps that hold something.
func sitting(t *testing.T) (*session.Session, *sessiontest.Kernel) {
	t.Helper()
	k := sessiontest.NewKernel()
	s, err := session.Open(k, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		k.Check(t)
	})
	r := s.Enter(source.Cell{Name: "-e", Text: `syscalls:sys_enter_openat { opens[comm]++; n++; pids[pid]++; total++ }`})
	if !r.OK() {
		t.Fatal(r.Diags, r.Err)
	}
	k.Set("opens", []byte("bash"), 2, 3)
	k.Set("opens", []byte("cat"), 1, 0)
	k.Set("n", nil, 40, 2)
	return s, k
}

func TestMapsAreWrittenInOrderOfCreation(t *testing.T) {
	s, _ := sitting(t)
	var b bytes.Buffer
	if err := Maps(&b, s, Options{}); err != nil {
		t.Fatal(err)
	}
	want := `opens
  cat   1
  bash  5

n  42
pids is empty
total  0
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestMapThatCannotBeReadLeavesTheOthers(t *testing.T) {
	s, k := sitting(t)
	k.Fail("ReadMap", 3, errBroken) // the probe's own counters are not read by this
	var b bytes.Buffer
	err := Maps(&b, s, Options{})
	if err == nil || err.Error() != "read pids: broken" {
		t.Errorf("error %v", err)
	}
	if got, want := b.String(), "opens\n  cat   1\n  bash  5\n\nn  42\ntotal  0\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJSONOfASession(t *testing.T) {
	s, _ := sitting(t)
	var b bytes.Buffer
	j := NewJSON(&b)
	s.Subscribe(j.Event)
	if r := s.Enter(source.Cell{Name: "-e", Text: `p := syscalls:sys_enter_read { printf("x\n") }`}); !r.OK() {
		t.Fatal(r.Diags, r.Err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := j.Maps(s); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(b.String()) {
		var o struct{ Type, Probe, Map string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Type+" "+o.Probe+o.Map)
	}
	if d := cmp.Diff([]string{"attached p", "map opens", "map n", "map pids", "map total"}, got); d != "" {
		t.Errorf("objects (-want +got):\n%s", d)
	}
}
