package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// said runs go3sh and returns all that it says, and its exit status.
func said(args ...string) (string, int) {
	c := exec.Command(filepath.Join(bin, "go3sh"), args...)
	out, _ := c.CombinedOutput()
	return string(out), c.ProcessState.ExitCode()
}

// All tracepoints at once are refused before anything is loaded, with their number and what allows them.
func TestAllTracepointsAtOnceAreRefusedPolitely(t *testing.T) {
	needRoot(t)
	out, status := said("-e", "p := tracepoint:* { n++ }", "--for", "10s")
	n := regexp.MustCompile(`these are (\d+) hooks, and a probe takes 64`).FindStringSubmatch(out)
	if status != exitFailed || n == nil || !strings.Contains(out, fmt.Sprintf("// @hooks(%s)", n[1])) {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	if count, _ := strconv.Atoi(n[1]); count < 500 {
		t.Errorf("this kernel has but %d tracepoints, so this test shows little", count)
	}
	out, status = said("--check", "-e", "// @hooks(2000)\np := syscalls:* { n++ }")
	if status != exitOK {
		t.Errorf("with the limit raised: exit status %d\n%s", status, out)
	}
}

func TestFiveHundredProbesRunAtOnce(t *testing.T) {
	needRoot(t)
	// The kernel lets 64 programs be at one tracepoint.
	hooks := strings.Fields("getppid getpid getuid geteuid getgid getegid gettid getpgid getsid sched_yield")
	var text strings.Builder
	const probes = 500
	for i := range probes {
		fmt.Fprintf(&text, "p%d := syscalls:sys_enter_%s { n%[1]d++ }\n", i, hooks[i%len(hooks)])
	}
	file := filepath.Join(t.TempDir(), "many.go3s")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	before := census(t)
	out, status := said("--for", "100ms", file)
	if status != exitOK || len(regexp.MustCompile(`(?m)^n\d+ +\d+$`).FindAllString(out, -1)) != probes {
		t.Errorf("exit status %d\n%.2000s", status, out)
	}
	settled(t, before)
}

// A map that is full counts what it has no room for: together that is what happened.
func TestWhatAFullMapHasNoRoomForIsCounted(t *testing.T) {
	needRoot(t)
	const calls = 1000
	out, err := exec.Command(filepath.Join(bin, "go3sh"), "--json", "-c", fmt.Sprintf("%s/opener %d", bin, calls), "-e",
		"// @bpf_map(max_entries=16)\nvar m map[uint64]uint64\np := syscalls:sys_enter_openat @comm == \"opener\" { m[n]++; n++ }").Output()
	if err != nil {
		t.Fatal(err)
	}
	rows, full, events := 0, 0, 0
	for line := range strings.Lines(string(out)) {
		var o struct {
			Type, Map string
			Rows      []struct{ Value int }
			Events    int
			MapFull   int `json:"map_full"`
		}
		if json.Unmarshal([]byte(line), &o) != nil {
			continue
		}
		if o.Type == "map" && o.Map == "m" {
			for _, r := range o.Rows {
				rows += r.Value
			}
		}
		if o.Type == "probe" {
			full, events = o.MapFull, o.Events
		}
	}
	if rows == 0 || full == 0 || events != calls || rows+full != events {
		t.Errorf("%d counted + %d that the map had no room for, of %d events and %d calls", rows, full, events, calls)
	}
}

// The kernel lets 64 programs be at one tracepoint; the next one is refused in words, and with what else there is.
func TestTheSixtyFifthProgramAtATracepointIsRefusedInWords(t *testing.T) {
	needRoot(t)
	var text strings.Builder
	for i := range 65 {
		fmt.Fprintf(&text, "p%d := syscalls:sys_enter_getpgrp { n%[1]d++ }\n", i)
	}
	file := filepath.Join(t.TempDir(), "many.go3s")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, status := said("--for", "10s", file)
	if status != exitFailed || !strings.Contains(out, ":65:8: p64 can't be attached: 64 programs are at syscalls:sys_enter_getpgrp already, as many as the kernel takes [attach-failed]\n") ||
		!strings.Contains(out, "detach some (bpftool link shows whose they are), or use raw_tp, which takes any number\n") {
		t.Errorf("exit status %d\n%s", status, out)
	}
}

// Whatever is the one that finds no descriptor left, it is said so, and not what the lack of an answer could be taken for.
func TestAWantOfDescriptorsIsCalledThat(t *testing.T) {
	needRoot(t)
	refused := 0
	for n := 8; n < 36; n += 2 {
		c := exec.Command("/bin/sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, n), filepath.Join(bin, "go3sh"), "--no-journal",
			"-e", busy, "-e", "q := raw_tp:sched_switch { m[pid]++ }", "--for", "10ms")
		var stderr strings.Builder
		c.Stderr = &stderr
		err := c.Run()
		said := stderr.String()
		if strings.HasPrefix(said, "runtime: ") {
			continue // Go's own runtime has none left for itself
		}
		for _, wrong := range []string{"verifier", "supported", "no tracepoint", "goroutine"} {
			if strings.Contains(said, wrong) {
				t.Errorf("of %d descriptors it says\n%s", n, said)
			}
		}
		if err == nil {
			continue
		}
		refused++
		if !strings.Contains(said, "all the files open that it may") && !strings.Contains(said, "too many open files") {
			t.Errorf("of %d descriptors: %v\n%s", n, err, said)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}
