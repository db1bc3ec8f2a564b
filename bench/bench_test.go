package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go3s/bench/workload"
)

// TestAWrongCountFails runs every measure with workloads that make fewer events than they say: each must end with exit status 1, with the
// counts in its message, and leave the document as it is. It needs root.
func TestAWrongCountFails(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, "../cmd/go3sh")
	for _, p := range []struct {
		name, wants string
		args        []string
	}{
		{"event", "has counted", []string{"-n", "200000", "-rounds", "1", "-job", "n++"}},
		{"ring", "", []string{"-n", "20000", "-rounds", "1", "-go3sh", filepath.Join(dir, "go3sh")}},
		{"latency", "of 25 events", []string{"-n", "1", "-go3sh", filepath.Join(dir, "go3sh")}},
		{"view", "closes is", []string{"-for", "100ms", "-keys", "1", "-go3sh", filepath.Join(dir, "go3sh")}},
		{"memory", "has counted", []string{"-for", "100ms", "-rounds", "1", "-go3sh", filepath.Join(dir, "go3sh")}},
		{"scale", "events that were made", []string{"-part", "lines", "-rounds", "1"}},
		{"scale", "closes is not 10000", []string{"-part", "keys", "-rounds", "1", "-go3sh", filepath.Join(dir, "go3sh")}},
	} {
		t.Run(p.name, func(t *testing.T) {
			build(t, dir, "./"+p.name)
			doc := filepath.Join(dir, "doc.md")
			if err := os.WriteFile(doc, []byte("as it was"), 0o600); err != nil {
				t.Fatal(err)
			}
			c := exec.Command(filepath.Join(dir, p.name), append(p.args, "-doc", doc)...)
			c.Env = append(os.Environ(), workload.ShortVariable+"=1")
			var stderr strings.Builder
			c.Stderr = &stderr
			_ = c.Run() // the exit status tells
			if c.ProcessState.ExitCode() != 1 || !strings.Contains(stderr.String(), p.wants) {
				t.Errorf("%v, and %q instead of %q", c.ProcessState, stderr.String(), p.wants)
			}
			if text, _ := os.ReadFile(doc); string(text) != "as it was" {
				t.Errorf("the document is %q", text)
			}
		})
	}
}

// build builds a command into dir.
func build(t *testing.T, dir, path string) {
	t.Helper()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, filepath.Base(path)), path).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", path, err, out)
	}
}

func TestPartsAreChosenByName(t *testing.T) {
	all, err := choose(nil)
	if err != nil || len(all) != len(parts) {
		t.Errorf("%d parts: %v", len(all), err)
	}
	some, err := choose([]string{"view", "event"})
	if err != nil || len(some) != 2 || some[0].name != "view" || some[1].name != "event" {
		t.Errorf("%v: %v", some, err)
	}
	if _, err := choose([]string{"view", "no"}); err == nil || !strings.Contains(err.Error(), `"no" is no part`) {
		t.Errorf("an unknown part: %v", err)
	}
	for _, p := range parts {
		if _, err := os.Stat(p.name); err != nil {
			t.Errorf("the part %s has no folder: %v", p.name, err)
		}
	}
}

func TestMachineTellsOfAllThatMatters(t *testing.T) {
	if got := cpuModel("processor\t: 0\nmodel name\t: A CPU: 3 GHz\nmodel name\t: another\n"); got != "A CPU: 3 GHz" {
		t.Errorf("the CPU is %q", got)
	}
	about := strings.Join(machine(), "\n")
	for _, what := range []string{"CPU: ", " cores", "kernel: Linux ", "Go: 1.", "peer: bpftrace", "peer: ", "date: 20", "load average at the start: "} {
		if !strings.Contains(about, what) {
			t.Errorf("no %q in %s", what, about)
		}
	}
}
