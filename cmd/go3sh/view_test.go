package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	backTab = "\x1b[Z"
	down    = "\x1b[B"
	escape  = "\x1b"
)

// worker is the opener under a name of its own, because others may open files as viewed at the same time.
type worker struct {
	t    *testing.T
	path string
}

func newWorker(t *testing.T) worker {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(bin, "opener"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "viewed")
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return worker{t, path}
}

// opens opens files, exactly n times.
func (w worker) opens(n int) {
	w.t.Helper()
	if out, err := exec.Command(w.path, fmt.Sprint(n)).CombinedOutput(); err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
}

// TestASittingInTheView does on the real kernel what one does in the view: watch counts, type a probe, edit it, look at its lines, filter, pause,
// go back to the shell.
func TestASittingInTheView(t *testing.T) {
	w := newWorker(t)
	u := sit(t, "--view", "-e", `opens := syscalls:sys_enter_openat @comm == "viewed" { total[comm]++ }`)
	u.resize(120, 60)
	u.shows(`● opens .*attached`)
	u.shows(`● 1 probe │`)
	w.opens(1234)
	u.shows(`│.viewed 1,234 `)
	w.opens(1000)
	u.shows(`│.viewed 2,234 `)

	// A new probe.
	u.types("i")
	u.shows(`▸ prompt`)
	u.types("flags := syscalls:sys_enter_openat @comm == \"viewed\" {\r")
	u.shows(`\.\.\.>`)
	u.types("by_flag[ctx.flags]++ }\r")
	u.shows(`● flags .*attached`)
	u.shows(`● 2 probes`)
	u.shows(`attached flags`)
	w.opens(7)
	u.shows(`viewed 2,241 `)
	u.shows(`│.(0x)?[0-9a-f]+ 7 `)

	// A line that is refused says so, and what runs goes on.
	u.types("flags := syscalls:sys_enter_openat { by_flag[nothing]++ }\r")
	u.shows(`undefined: nothing`)
	u.shows(`\^~~~~~~│?`)
	w.opens(1)
	u.shows(`viewed 2,242 `)

	// Its source with the hits of its lines, and an edit.
	u.types(escape)
	u.shows(`▸ counters`)
	u.types(backTab)
	u.shows(`▸ probes`)
	u.types(down)
	u.shows(`▌● flags`)
	u.types("\r")
	u.shows(`▸ source .* flags v1 `)
	u.shows(`│ 2 0 .*by_flag`)
	w.opens(9)
	u.shows(`│ 2 9 .*by_flag`)
	u.types("e")
	u.shows(`▸ prompt`)
	u.shows(`go3sh> flags := `)
	u.types("\x7f; twice += 2 }\r")
	u.shows(`flags v2 `)
	w.opens(4)
	u.shows(`twice 8 `)

	// Only what has a text, and nothing but what was there.
	u.types(escape)
	u.shows(`▸ source`)
	u.types(escape)
	u.shows(`▸ probes`)
	u.types("\t")
	u.shows(`▸ counters`)
	u.types("/nobody\r")
	u.shows(`nobody`)
	u.types(escape)
	u.shows(`viewed 2,255 `)
	u.types("p")
	u.shows(`PAUSED`)
	w.opens(5)
	time.Sleep(300 * time.Millisecond)
	u.shows(`viewed 2,255 `)
	u.types("p")
	u.shows(`viewed 2,260 `)

	u.types("q")
	u.sees("\x1b[?1049l")
	u.sees("go3sh> ")
	u.types("total\r")
	u.sees("2260")
	u.types(ctrlD)
	u.leaves(exitOK)
}

// TestTheViewIsStoppedAndGoesOn: ctrl+z gives the shell its terminal, and fg brings the view back with all that was counted.
func TestTheViewIsStoppedAndGoesOn(t *testing.T) {
	w := newWorker(t)
	script := fmt.Sprintf(`set -m; %s --view -e 'opens := syscalls:sys_enter_openat @comm == "viewed" { total[comm]++ }'; stty -a; read -r wait; fg; echo status $?`,
		filepath.Join(bin, "go3sh"))
	u := sitOn(t, t.TempDir(), nil, "/bin/bash", "-c", script)
	u.shows(`● opens .*attached`)
	w.opens(21)
	u.shows(`viewed 21 `)
	u.types("\x1a")
	u.sees("\x1b[?1049l")
	u.sees(" icanon")
	u.sees(" echo ")
	w.opens(300)
	u.types("\r")
	u.sees("\x1b[?1049h")
	u.shows(`viewed 321 `)
	u.types("q")
	u.sees("\x1b[?1049l")
	u.sees("go3sh> ")
	u.types(":quit\r")
	u.sees("status 0")
	u.leaves(exitOK)
}
