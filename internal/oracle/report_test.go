package oracle

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
)

var reduceTo = flag.String("reduce", "", "a folder to which programs that fail are written, reduced")

// keep writes a program that fails, reduced as long as fails holds, when that is asked for.
func keep(t *testing.T, seed uint64, p *Program, fails func(*Program) bool) {
	t.Helper()
	if *reduceTo == "" {
		return
	}
	small := Reduce(p, fails)
	name := filepath.Join(*reduceTo, fmt.Sprintf("seed%d.go", seed))
	if err := os.WriteFile(name, []byte(small.Text), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Logf("reduced in %s:\n%s", name, small.Text)
}

// sameRefusal is whether a program is refused in the way of the given refusal.
func sameRefusal(m *Machine, isa int, like *Refusal) func(*Program) bool {
	want := reason(like)
	return func(p *Program) bool {
		c, err := m.Compile(p, isa)
		if err == nil {
			c.Close()
		}
		r, ok := errors.AsType[*Refusal](err)
		return ok && reason(r) == want
	}
}

// reason is the gist of a refusal: the code and message of the first diagnostic, or the letters of the verifier's last words.
func reason(r *Refusal) string {
	if r.Err == nil {
		return string(r.Diags[0].Code) + r.Diags[0].Msg[:min(20, len(r.Diags[0].Msg))]
	}
	v, ok := errors.AsType[*ebpf.VerifierError](r.Err)
	if !ok || len(v.Log) < 2 {
		return r.Err.Error()
	}
	line := v.Log[len(v.Log)-2]
	letters := slices.DeleteFunc([]byte(line), func(b byte) bool { return b >= '0' && b <= '9' || b == '-' })
	return string(letters)
}

// disagrees is whether the kernel and Go say different things of a program for some input.
func disagrees(t *testing.T, m *Machine, isa int, ins []Input) func(*Program) bool {
	return func(p *Program) bool {
		c, err := m.Compile(p, isa)
		if err != nil {
			return false
		}
		defer c.Close()
		want, err := Native(t.TempDir(), []*Program{p}, ins)
		if err != nil {
			return false
		}
		for k, in := range ins {
			if got, err := c.Run(in); err == nil && got != want[0][k] {
				return true
			}
		}
		return false
	}
}

// keepProbe writes a probe that is refused, when that is asked for.
func keepProbe(t *testing.T, seed uint64, m *Machine, h *Host, p *Probe, r *Refusal) {
	t.Helper()
	if *reduceTo == "" {
		return
	}
	want := reason(r)
	small := ReduceLines(p.Text, func(text string) bool {
		_, err := m.Verify(h, "p", text)
		r, ok := errors.AsType[*Refusal](err)
		return ok && reason(r) == want
	})
	name := filepath.Join(*reduceTo, fmt.Sprintf("probe%d.go3s", seed))
	if err := os.WriteFile(name, []byte(small), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Logf("reduced in %s:\n%s", name, small)
}
