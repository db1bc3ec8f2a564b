package session

import (
	"strings"
	"testing"

	"go3s/incremental/source"
	"go3s/session/sessiontest"
)

func TestAProgramCarriesItsSettings(t *testing.T) {
	first := openSession(t)
	for name, value := range map[string]string{"strlen": "128", "units.opens": "bytes", "view": "log:3 | probes:1", "budget": "7"} {
		if err := first.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if r := first.Enter(source.Cell{Name: "1", Text: "syscalls:sys_enter_openat { opens[str(ctx.filename)]++ }"}); !r.OK() {
		t.Fatal(r)
	}
	text, err := first.Export()
	if err != nil {
		t.Fatal(err)
	}
	want := "package main\n\n//go3sh:set strlen 128\n//go3sh:set units.opens bytes\n//go3sh:set view log:3 | probes:1\n\n"
	if !strings.HasPrefix(text, want) {
		t.Errorf("the program begins with\n%s\nwant\n%s", text, want)
	}
	second := openSession(t)
	if r := second.Enter(source.Cell{Name: "f.go3s", Text: text}); !r.OK() {
		t.Fatal(r)
	}
	for name, value := range map[string]string{"strlen": "128", "units.opens": "bytes", "view": "log:3 | probes:1"} {
		if got := second.Value(name); got != value {
			t.Errorf("%s is %s, want %s", name, got, value)
		}
	}
	if got := second.Value("budget"); got == "7%" || got == "7" {
		t.Error("a program has set the budget")
	}
	if again, err := second.Export(); err != nil || again != text {
		t.Errorf("exported again it is\n%s\n%v\nwant\n%s", again, err, text)
	}
}

func TestSettingsOfACellThatIsRefusedAreNotTaken(t *testing.T) {
	s := openSession(t)
	for text, want := range map[string]string{
		"//go3sh:set strlen 128\nsyscalls:sys_enter_openat { nothing() }":                 "undefined",
		"//go3sh:set strlen 128\n//go3sh:set strlen x\nsyscalls:sys_enter_openat { n++ }": `f.go3s:2:1: strlen takes 1 to`,
		"//go3sh:set strlen 128\n//go3sh:set strln 1\nsyscalls:sys_enter_openat { n++ }":  "did you mean strlen?",
		"//go3sh:set budget 90\nsyscalls:sys_enter_openat { n++ }":                        "budget is no setting of a program",
	} {
		r := s.Enter(source.Cell{Name: "f.go3s", Text: text})
		if r.OK() {
			t.Fatalf("%q was taken", text)
		}
		if got := source.Render(r.Diags[0], text); !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
		if got := s.Value("strlen"); got != "64" {
			t.Errorf("%q: strlen is %s", text, got)
		}
	}
}

// openSession is a session on a kernel for tests.
func openSession(t *testing.T) *Session {
	t.Helper()
	s, err := Open(sessiontest.NewKernel(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
