package session_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/session"
	"go3s/session/sessiontest"
)

// fake is a session on a kernel in memory, with the real compiler.
func fake(t *testing.T) (*session.Session, *sessiontest.Kernel) {
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
	})
	return s, k
}

func TestConstantsNeedNoKernel(t *testing.T) {
	s, k := fake(t)
	k.Calls()
	for text, want := range map[string]string{"1<<20": "1048576", "1<<70": "1180591620717411303424", `"a"+"b"`: "ab", "1.0/4": "0.25", "'a'": "97", "!true": "false"} {
		if got := evaluated(t, s, text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	if calls := k.Calls(); len(calls) > 0 {
		t.Errorf("the kernel was asked: %v", calls)
	}
}

func TestExpressionRunsOnceAndIsFreed(t *testing.T) {
	s, k := fake(t)
	k.Calls()
	k.OnRun(func(_ sessiontest.Program, maps map[string]*sessiontest.Map) {
		for _, values := range maps[incremental.ResultMap].Values {
			values[0][0] = 1
			binary.LittleEndian.PutUint32(values[0][incremental.EventHeader:], 42)
		}
	})
	if got := evaluated(t, s, "pid + 1"); got != "42" {
		t.Errorf("got %s", got)
	}
	created, freed := 0, 0
	for _, c := range k.Calls() {
		switch c[:4] {
		case "Crea", "Load":
			created++
		case "Free":
			freed++
		}
	}
	if created == 0 || created != freed {
		t.Errorf("%d objects made and %d freed", created, freed)
	}
}

func TestRefusalsOfAnExpressionGiveNoValue(t *testing.T) {
	refusal := &attach.VerifierError{Program: "x", Summary: "bad"}
	for method, wrong := range map[string]error{
		"CreateMap": errors.New("no"), "Load": refusal, "Run": errors.New("no"), "ReadMap": errors.New("no"), "FreeProgram": errors.New("no"),
	} {
		s, k := fake(t)
		k.Fail(method, 1, wrong)
		r := s.Enter(source.Cell{Name: "e", Text: "pid + 1"})
		if r.OK() || r.Value != nil {
			t.Errorf("%s fails, and there is a value: %+v", method, r)
		}
		if method == "Load" && (len(r.Diags) != 1 || r.Diags[0].Code != source.Verifier) {
			t.Errorf("a refusal is %v", r.Diags)
		}
	}
}
