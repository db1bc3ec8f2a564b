package session

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go3s/incremental/source"
	"go3s/session/sessiontest"
)

// runs are the calls that attach, fill a slot, run or detach, since the last time.
func runs(k *sessiontest.Kernel) []string {
	return slices.DeleteFunc(k.Calls(), func(c string) bool {
		method, _, _ := strings.Cut(c, " ")
		return !slices.Contains([]string{"Attach", "Swap", "Run", "Detach"}, method)
	})
}

const withHooks = `opens := syscalls:sys_enter_openat { n++ }
onload:opens { loads++ }
onunload:opens { print("gone") }`

func TestHooksOfAProbeRunOnceWhenItComesAndGoes(t *testing.T) {
	s, k := compiled(t)
	enter(t, s, "1", withHooks)
	same(t, "entered", runs(k), []string{
		"Attach opens syscalls:sys_enter_openat", "Attach onload_opens :opens", "Attach onunload_opens :opens",
		"Run onload_opens", "Swap opens", "Swap onload_opens", "Swap onunload_opens",
	})
	enter(t, s, "2", `opens := syscalls:sys_enter_openat { n += 2 }`)
	same(t, "edited", runs(k), []string{"Swap opens"})
	if err := errors.Join(s.Suspend("opens"), s.Resume("opens")); err != nil {
		t.Fatal(err)
	}
	same(t, "suspended and resumed", runs(k), []string{"Swap opens"})
	if err := s.Detach("opens"); err != nil {
		t.Fatal(err)
	}
	s.detaches.Wait()
	calls := runs(k)
	slices.Sort(calls[:2])
	same(t, "detached", calls, []string{"Detach onload_opens", "Detach opens", "Run onunload_opens", "Detach onunload_opens"})
	same(t, "probes", describe(s), []string{"opens gone v2", "onload_opens gone v1", "onunload_opens gone v1"})
	if _, err := s.Undo(); err != nil {
		t.Fatal(err)
	}
	same(t, "probes when it was undone", describe(s), []string{"onload_opens attached v1", "onunload_opens attached v1", "opens attached v2"})
	same(t, "run when it was undone", slices.Contains(runs(k), "Run onload_opens"), true)
}

func TestAHookOfNoProbeIsRefused(t *testing.T) {
	s, _ := compiled(t)
	r := s.Enter(source.Cell{Name: "1", Text: "opens := syscalls:sys_enter_openat { n++ }; onload:opns { n = 1 }"})
	same(t, "diagnostics", r.Diags, []source.Diagnostic{{
		Code: source.UndefinedHook, Span: source.Span{Cell: "1", Start: 44, End: 55}, Msg: "there is no probe opns", Hint: "did you mean opens?",
	}})
}

func TestWhatIsTakenBackHasNoEnd(t *testing.T) {
	s, k := compiled(t)
	k.Fail("Attach", 3, errors.New("no"))
	if r := s.Enter(source.Cell{Name: "1", Text: "end { n++ }; begin { n++ }; p := syscalls:sys_enter_openat { n++ }"}); r.OK() {
		t.Fatal("entered what was to fail")
	}
	same(t, "runs", slices.ContainsFunc(runs(k), func(c string) bool { return strings.HasPrefix(c, "Run") }), false)
	enter(t, s, "1", "end { n++ }; begin { n++ }; p := syscalls:sys_enter_openat { n++ }")
	runs(k)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	calls := runs(k)
	same(t, "end runs when all others are gone", calls[len(calls)-2:], []string{"Run end", "Detach end"})
}
