package session

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental/source"
)

// On the real kernel a session is put through random edits, some of which are refused; after each of them a known number of events reaches
// the probes that the session says are attached, and no others. The program that is exported at the end counts as well.
func TestRandomEditsOnTheKernelRunWhatTheSessionSays(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	k, err := attach.Open(attach.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(k, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	s.Enter(source.Cell{Name: "d", Text: randomDecls[0] + "\n" + randomDecls[4]})
	hooks := []string{"syscalls:sys_enter_getppid", "syscalls:sys_exit_getppid", "syscalls:sys_enter_getppid, syscalls:sys_exit_getppid", "kprobe:no_such_function"}
	r := rand.New(rand.NewPCG(11, 12))
	for step := range 120 {
		did := ""
		if r.IntN(2) == 0 {
			text := fmt.Sprintf("%c := %s @pid == %d { %s }", 'a'+r.IntN(5), hooks[r.IntN(len(hooks))], os.Getpid(), randomBodies[r.IntN(len(randomBodies))])
			if r.IntN(2) == 0 {
				s.Prepare(source.Cell{Name: "c", Text: text})
			}
			result := s.Enter(source.Cell{Name: "c", Text: text})
			did = fmt.Sprint(text, result.Diags, result.Err)
		} else {
			did = lifeStep(r, s)
		}
		before := s.Probes()
		const calls = 10
		for range calls {
			_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
		}
		for i, p := range s.Probes() {
			want := uint64(0)
			if p.State == Attached {
				want = calls
			}
			if got := p.Stats.Events - before[i].Stats.Events; got != want {
				t.Fatalf("step %d, %s: %s is %s and has counted %d events of %d", step, did, p.Name, p.State, got, calls)
			}
		}
	}
	text, err := s.Export()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(shared{k}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	result := again.Enter(source.Cell{Name: "saved.go3s", Text: text})
	if !result.OK() || len(result.Attached)+len(result.Suspended) != len(s.linked()) {
		t.Errorf("the exported program: %v %v\n%s", result.Diags, result.Err, text)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// lifeStep does one thing to a session that is no edit.
func lifeStep(r *rand.Rand, s *Session) string {
	group := string(rune('a' + r.IntN(5)))
	outcome := func(what string, err error) string { return fmt.Sprint(what, " ", err) }
	switch r.IntN(8) {
	case 0:
		return outcome("suspend "+group, s.Suspend(group))
	case 1:
		return outcome("resume "+group, s.Resume(group))
	case 2:
		return outcome("detach "+group, s.Detach(group))
	case 3, 4:
		result, err := s.Undo()
		return outcome("undo", errors.Join(err, result.Err))
	case 5:
		result, err := s.Redo()
		return outcome("redo", errors.Join(err, result.Err))
	case 6:
		result, err := s.Revert(group, 1+r.IntN(4))
		return outcome("revert "+group, errors.Join(err, result.Err))
	}
	name := []string{"m", "n", "k", "lat", "last", "total"}[r.IntN(6)]
	return outcome("drop "+name, s.Drop(name))
}
