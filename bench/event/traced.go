package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental/source"
	"go3s/session"
)

// perCall makes the calls on a thread of its own on the last CPU, and returns what one took in nanoseconds.
func perCall(calls int) float64 {
	runtime.LockOSThread()
	var cpu unix.CPUSet
	cpu.Set(runtime.NumCPU() - 1)
	if err := unix.SchedSetaffinity(0, &cpu); err != nil {
		fmt.Fprintln(os.Stderr, "event: pin the thread:", err)
	}
	start := time.Now()
	for range calls {
		_, _, _ = syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0)
	}
	return float64(time.Since(start).Nanoseconds()) / float64(calls)
}

// workload has another process make the calls.
func workload(calls int) (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	out, err := exec.Command(self, "-work", "-n", strconv.Itoa(calls)).Output()
	if err != nil {
		return 0, fmt.Errorf("run the workload: %w", err)
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

// empty is with a program of two instructions at each hook.
func (j job) empty(f func() error) (err error) {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.TracePoint, License: "GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		return fmt.Errorf("load the empty program: %w", err)
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	for _, hook := range []string{enter, exit}[:j.hooks] {
		event, err := atTracepoint(hook, p.FD())
		if err != nil {
			return fmt.Errorf("attach the empty program: %w", err)
		}
		defer func() { err = errors.Join(err, unix.Close(event)) }()
	}
	return f()
}

// atTracepoint attaches a program by a perf event, which is what goes when it is closed.
func atTracepoint(hook string, program int) (event int, err error) {
	text, err := os.ReadFile("/sys/kernel/tracing/events/" + strings.Replace(hook, ":", "/", 1) + "/id")
	if err != nil {
		return 0, err
	}
	id, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, err
	}
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_TRACEPOINT, Config: id, Sample: 1, Wakeup: 1}
	attr.Size = uint32(unsafe.Sizeof(attr))
	event, err = unix.PerfEventOpen(&attr, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return 0, err
	}
	err = errors.Join(unix.IoctlSetInt(event, unix.PERF_EVENT_IOC_SET_BPF, program), unix.IoctlSetInt(event, unix.PERF_EVENT_IOC_ENABLE, 0))
	return event, err
}

// traced is with the probe of ours, which must count all calls.
func (j job) traced(calls int, f func() error) (err error) {
	k, err := attach.Open(attach.Options{})
	if err != nil {
		return err
	}
	s, err := session.Open(k, session.Options{})
	if err != nil {
		return errors.Join(err, k.Close())
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r := s.Enter(source.Cell{Name: "bench", Text: j.ours})
	if len(r.Diags) > 0 {
		return errors.New(source.Render(r.Diags[0], j.ours))
	}
	if r.Err != nil {
		return r.Err
	}
	if err := f(); err != nil {
		return err
	}
	table, err := s.Read("n")
	if err != nil {
		return err
	}
	sum := 0
	for _, row := range table.Rows {
		n, _ := row.Total.(uint64)
		sum += int(n)
	}
	return enough("go3sh", sum, calls)
}

// counts are the lines of bpftrace's that tell of @n.
var counts = regexp.MustCompile(`^@n(?:\[.*\])?: (\d+)$`)

// byPeer is with bpftrace.
func (j job) byPeer(peer string, calls int, f func() error) error {
	c := exec.Command(peer, "-B", "none", "-e", `BEGIN { printf("ready\n"); } `+j.peers)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	stdout, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	defer func() { _ = c.Process.Kill() }() // when it has not ended by itself
	lines := bufio.NewReader(stdout)
	for {
		l, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("bpftrace: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
		}
		if strings.TrimSpace(l) == "ready" {
			break
		}
	}
	time.Sleep(time.Second) // it attaches what is left
	if err := f(); err != nil {
		return err
	}
	done := make(chan struct{})
	go interrupt(c, done)
	out, err := io.ReadAll(lines)
	close(done)
	if err := errors.Join(err, c.Wait()); err != nil {
		return fmt.Errorf("bpftrace: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	sum := 0
	for l := range strings.Lines(string(out)) {
		if m := counts.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			n, _ := strconv.Atoi(m[1])
			sum += n
		}
	}
	return enough("bpftrace", sum, calls)
}

// interrupt asks bpftrace to end, again and again: it heeds a signal only while it waits for events.
func interrupt(c *exec.Cmd, done <-chan struct{}) {
	for {
		_ = c.Process.Signal(os.Interrupt)
		select {
		case <-done:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// enough checks a count: other processes may have made a few calls beside ours.
func enough(who string, counted, calls int) error {
	if counted < calls || counted > calls+calls/100+1000 {
		return fmt.Errorf("%s has counted %d of %d calls", who, counted, calls)
	}
	return nil
}
