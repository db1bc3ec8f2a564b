package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// withCapabilities copies go3sh to a file that gives whoever runs it these capabilities, as setcap does.
func withCapabilities(t *testing.T, capabilities ...int) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(bin, "go3sh"))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(bin, "caps")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "go3sh")
	var permitted uint64
	for _, c := range capabilities {
		permitted |= 1 << c
	}
	// struct vfs_cap_data: revision 2, effective at once.
	var data bytes.Buffer
	for _, word := range []uint32{0x02000001, uint32(permitted), 0, uint32(permitted >> 32), 0} {
		_ = binary.Write(&data, binary.LittleEndian, word)
	}
	for _, err := range []error{os.Chmod(dir, 0o755), os.WriteFile(path, text, 0o755), unix.Setxattr(path, "security.capability", data.Bytes(), 0)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// asNobody runs a program as a user without privileges of its own.
func asNobody(program string, args ...string) (string, int) {
	c := exec.Command(program, args...)
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, _ := c.CombinedOutput()
	return string(out), c.ProcessState.ExitCode()
}

func TestAUserWithFileCapabilitiesTraces(t *testing.T) {
	needRoot(t)
	program := withCapabilities(t, unix.CAP_BPF, unix.CAP_PERFMON, unix.CAP_DAC_READ_SEARCH)
	openFiles(t)
	for _, c := range []struct{ program, want string }{
		{"sched:sched_switch { n++ }", "n  "},
		{"raw_tp:sched_switch { n++ }", "n  "},
		{"tp_btf:sched_switch { by[comm]++ }", "by"},
		{"interval:10ms { n++ }", "n  "},
		{"profile:99hz { n[kstack]++ }", "n"},
		{"syscalls:sys_enter_openat { printf(\"%s\\n\", str(ctx.filename)) }", "\n"},
		{"21 * 2", "42\n"},
	} {
		out, status := asNobody(program, "--for", "300ms", "-e", c.program)
		if status != exitOK || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit status %d\n%s", c.program, status, out)
		}
	}
}

// openFiles has a file opened again and again until the test ends: on a quiet machine nobody else does.
func openFiles(t *testing.T) {
	done := make(chan struct{})
	var opening sync.WaitGroup
	opening.Go(func() {
		for {
			if f, err := os.Open("/etc/hostname"); err == nil {
				f.Close()
			}
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	t.Cleanup(func() {
		close(done)
		opening.Wait()
	})
}

func TestWhatIsMissingIsSaidExactly(t *testing.T) {
	needRoot(t)
	base := []int{unix.CAP_BPF, unix.CAP_PERFMON, unix.CAP_DAC_READ_SEARCH}
	for _, c := range []struct {
		have    []int
		program string
		want    string
	}{
		{nil, "1 + 1", "CAP_BPF and CAP_PERFMON"},
		{[]int{unix.CAP_BPF}, "1 + 1", "CAP_PERFMON"},
		{[]int{unix.CAP_PERFMON}, "1 + 1", "CAP_BPF"},
		{base[:2], "sched:sched_switch { n++ }", "CAP_DAC_READ_SEARCH"},
		{base, "xdp:lo { n++ }", "CAP_NET_ADMIN"},
	} {
		out, status := asNobody(withCapabilities(t, c.have...), "--for", "100ms", "-e", c.program)
		if status != exitPrivilege || !strings.Contains(out, c.want) || strings.Count(out, "\n") != 1 {
			t.Errorf("with %v, %s: exit status %d, want %d and one line with %s\n%s", c.have, c.program, status, exitPrivilege, c.want, out)
		}
	}
}

// What a running go3sh holds of capabilities is what Tracing lists and the file gave, and nothing that it starts has any.
func TestCapabilitiesAreGivenUpAtTheStart(t *testing.T) {
	needRoot(t)
	c := trace(t, null(t), filepath.Join(bin, "go3sh"), "-e", "sched:sched_switch { n++ }")
	const change = 1<<unix.CAP_SYS_MODULE | 1<<unix.CAP_SYS_BOOT | 1<<unix.CAP_SETUID | 1<<unix.CAP_CHOWN | 1<<unix.CAP_NET_RAW | 1<<unix.CAP_SYS_RAWIO | 1<<unix.CAP_SYS_TIME
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", c.Process.Pid))
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			var has uint64
			if n, _ := fmt.Sscanf(line, "CapPrm: %x", &has); n == 1 && (has&change != 0 || has == 0) {
				t.Errorf("%s: a thread of root's go3sh may do %#x", thread, has)
			}
		}
	}
	if len(threads) < 2 {
		t.Errorf("only %d threads looked at", len(threads))
	}
	_ = c.Process.Signal(unix.SIGTERM)
	c.ended(t)

	program := withCapabilities(t, unix.CAP_BPF, unix.CAP_PERFMON, unix.CAP_DAC_READ_SEARCH)
	out, status := asNobody(program, "-e", "begin { n++ }", "-c", "grep Cap /proc/self/status")
	if status != exitOK || !strings.Contains(out, "CapEff:\t0000000000000000") || !strings.Contains(out, "CapPrm:\t0000000000000000") {
		t.Errorf("a command runs with capabilities of go3sh's; exit status %d\n%s", status, out)
	}
}
