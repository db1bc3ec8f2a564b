package repl

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go3s/repl/line"
	"go3s/session"
	"go3s/session/sessiontest"
)

// What is typed is prepared when the user pauses, one text at a time and the last one always; what is entered is not.
func TestPausesAreUsed(t *testing.T) {
	var mu sync.Mutex
	var did []string
	running := 0
	a := &ahead{}
	a.do = func(text string) {
		mu.Lock()
		did = append(did, text)
		if running++; running > 1 {
			t.Error("two texts are prepared at once")
		}
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		running--
		mu.Unlock()
	}
	done := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(did)
	}
	for i := range 200 {
		a.typed(strings.Repeat("x", i))
		if i%20 == 0 {
			time.Sleep(2 * pause)
		}
	}
	a.typed("last")
	for len(done()) == 0 || done()[len(done())-1] != "last" {
		time.Sleep(time.Millisecond)
	}
	if n := len(done()); n > 12 {
		t.Errorf("%d texts were prepared: %q", n, done())
	}
	a.cancel()
	n := len(done())
	a.typed("entered")
	a.cancel()
	time.Sleep(20 * pause)
	if len(done()) != n {
		t.Errorf("prepared after it was entered: %q", done()[n:])
	}
}

// typing is a Repl whose texts are prepared in the moment they are typed.
func typing(t *testing.T) (*Repl, *line.Editor, *sessiontest.Kernel) {
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
	r := New(s, &page{width: 80}, Options{})
	r.ahead.cancel() // the empty text that the Repl begins with
	o := r.Line()
	o.Typed = r.prepare
	return r, line.New(o), k
}

// write types a text.
func write(e *line.Editor, text string) {
	for _, c := range text {
		e.Key(line.Key{Code: line.Rune, Text: string(c)}, false)
	}
}

func TestEnterFindsWhatWasTyped(t *testing.T) {
	r, e, k := typing(t)
	for _, text := range []string{"a := syscalls:sys_enter_read { n++ }", "a := syscalls:sys_enter_read { n += 2 }"} {
		e.Reset("")
		write(e, text)
		k.Calls()
		if o := r.Do(t.Context(), e.Text(), 80); o.Refused {
			t.Fatal(o.Text)
		}
		for _, call := range k.Calls() {
			if strings.HasPrefix(call, "Load") || strings.HasPrefix(call, "CreateMap") {
				t.Errorf("%s: %s", text, call)
			}
		}
		if shown := r.Do(t.Context(), ":time", 80).Text; !strings.Contains(shown, "before, while it was typed") || strings.Contains(shown, "codegen") {
			t.Errorf(":time shows\n%s", shown)
		}
	}
}

// Half texts, commands, names of maps and expressions leave nothing in the kernel, and neither does a text that is given up.
func TestOnlyWhatCouldBeEnteredIsPrepared(t *testing.T) {
	r, e, k := typing(t)
	r.Do(t.Context(), "a := syscalls:sys_enter_read { n++ }", 80)
	objects := k.Objects()
	for _, text := range []string{
		"b := syscalls:sys_enter_write { n", ":detach a", "n", "1 + 2", "b := syscalls:sys_enter_wriet { n++ }", "b := syscalls:sys_enter_write { n++ }\n:quit",
	} {
		e.Reset("")
		write(e, text)
		if got := k.Objects(); got != objects {
			t.Errorf("%s: %s, were %s", text, got, objects)
		}
	}
	e.Reset("")
	write(e, "b := syscalls:sys_enter_write { n++ }")
	if got := k.Objects(); got == objects {
		t.Error("nothing was prepared")
	}
	e.Reset("")
	if got := k.Objects(); got != objects {
		t.Errorf("given up: %s, were %s", got, objects)
	}
}
