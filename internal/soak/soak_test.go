// Package soak edits a session on the real kernel for minutes, with the live view open and events coming fast, and finds that nothing of
// it grows.
package soak

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental/source"
	"go3s/internal/pty"
	"go3s/session"
	"go3s/view"
)

const (
	// lengthVar says how long to soak, such as 10m; the tests do it for a moment.
	lengthVar = "SOAK"
	moment    = 12 * time.Second

	childVar = "GO3SH_TEST_SOAK" // the file that the process which is soaked reports to
)

// TestMain is also the process that is soaked, on a terminal of its own.
func TestMain(m *testing.M) {
	report := os.Getenv(childVar)
	if report == "" {
		os.Exit(m.Run())
	}
	f, err := os.OpenFile(report, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		os.Exit(1)
	}
	if err := soak(f); err != nil {
		fmt.Fprintln(f, "failed", err)
		os.Exit(1)
	}
	fmt.Fprintln(f, "end")
}

// sample is what the process has while its session has no probe and no map.
type sample struct {
	kilobytes, files, goroutines, objects, steps int
}

func length() time.Duration {
	if d, err := time.ParseDuration(os.Getenv(lengthVar)); err == nil {
		return d
	}
	return moment
}

// soak puts a session through random edits until the time is up, and reports what it has now and then.
func soak(report io.Writer) error {
	k, err := attach.Open(attach.Options{Refill: true})
	if err != nil {
		return err
	}
	s, err := session.Open(k, session.Options{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	shown := make(chan error, 1)
	go func() { shown <- view.Run(ctx, s, view.Options{}) }()
	go events(ctx)
	r := rand.New(rand.NewPCG(5, 8))
	steps := 0
	for until := time.Now().Add(length()); time.Now().Before(until); {
		for range 25 {
			step(r, s)
			steps++
			time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
		}
		if err := empty(s); err != nil {
			return err
		}
		have := measure()
		have.steps = steps
		fmt.Fprintln(report, "sample", have.kilobytes, have.files, have.goroutines, have.objects, have.steps)
	}
	cancel()
	if err := <-shown; err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("the view: %w", err)
	}
	return s.Close()
}

// events makes 40,000 system calls a second, in bursts.
func events(ctx context.Context) {
	runtime.LockOSThread()
	for ctx.Err() == nil {
		for range 400 {
			_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

var (
	hooks = []string{
		"syscalls:sys_enter_getppid", "syscalls:sys_exit_getppid", "raw_tp:sys_enter", "sched:sched_switch", "interval:50ms",
		"syscalls:sys_enter_getppid, syscalls:sys_exit_getppid", "kprobe:no_such_function",
	}
	bodies = []string{
		"m[pid]++", "m[tid] += 2", "by[comm]++", "n++", "n = nsecs", `printf("%s %d\n", comm, pid)`, `log("seen", "who", comm)`,
		"lat[comm].hist(nsecs % 1000)", "q.quantile(nsecs % 1000)", "last[pid] = nsecs", "undefined_name++", "for i := range 8 { m[uint32(i)]++ }",
	}
)

// step does one thing to the session. Some are refused.
func step(r *rand.Rand, s *session.Session) {
	group := string(rune('a' + r.IntN(6)))
	switch r.IntN(14) {
	case 0:
		_ = s.Suspend(group)
	case 1:
		_ = s.Resume(group)
	case 2:
		_ = s.Detach(group)
	case 3:
		_, _ = s.Undo()
	case 4:
		_, _ = s.Redo()
	case 5:
		_, _ = s.Revert(group, 1+r.IntN(4))
	case 6:
		for _, m := range s.Maps() {
			_, _ = s.Read(m.Name)
		}
	case 7:
		_, _ = s.Export()
	default:
		s.Enter(source.Cell{Name: "c", Text: fmt.Sprintf("%s := %s { %s; %s }", group, hooks[r.IntN(len(hooks))], bodies[r.IntN(len(bodies))], bodies[r.IntN(len(bodies))])})
	}
}

// empty detaches all probes, waits until they are gone, and drops all maps but the ring.
func empty(s *session.Session) error {
	for range 500 {
		var groups []string
		leaving := 0
		for _, p := range s.Probes() {
			switch {
			case p.State == session.Detaching:
				leaving++
			case p.State.Linked() && !slices.Contains(groups, p.Group):
				groups = append(groups, p.Group)
			}
		}
		if len(groups) > 0 {
			if err := s.Detach(groups...); err != nil {
				return err
			}
		} else if leaving == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, m := range s.Maps() {
		_ = s.Drop(m.Name)
	}
	time.Sleep(200 * time.Millisecond) // maps in store are made again, the view looks at what is left
	return nil
}

// measure is what this process has.
func measure() (m sample) {
	debug.FreeOSMemory()
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		_, _ = fmt.Sscanf(line, "VmRSS: %d kB", &m.kilobytes)
	}
	m.goroutines = runtime.NumGoroutine()
	infos, _ := filepath.Glob("/proc/self/fdinfo/*")
	m.files = len(infos)
	for _, name := range infos {
		text, _ := os.ReadFile(name)
		if strings.Contains(string(text), "map_id:") || strings.Contains(string(text), "prog_id:") || strings.Contains(string(text), "link_id:") {
			m.objects++
		}
	}
	return m
}

// TestNothingGrows soaks a process and compares what it had at first, when what is made once has been made, with what it has at the end.
func TestNothingGrows(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("this test attaches probes and needs root: sudo make test")
	}
	report := filepath.Join(t.TempDir(), "report")
	if err := os.WriteFile(report, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), childVar+"="+report, "TERM=xterm-256color")
	keys, err := pty.Start(c, 120, 40)
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	go func() {
		pressed := []string{"\t", "s", "]", "[", "\x1b[A", "\x1b[B", "z", "z", "?", "?", "f", "f"}
		for i := 0; ; i++ {
			if _, err := keys.WriteString(pressed[i%len(pressed)]); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	drawn, _ := io.Copy(io.Discard, keys) // which ends with the process
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	samples, last := reported(t, report)
	if last != "end" {
		t.Errorf("it ends with %q", last)
	}
	if len(samples) < 4 || drawn < 10_000 {
		t.Fatalf("%d samples and %d bytes on the screen are too few to mean anything", len(samples), drawn)
	}
	first, end := samples[len(samples)/4], samples[len(samples)-1]
	t.Logf("%d edits in %v, %d samples, %d bytes drawn", end.steps, length(), len(samples), drawn)
	hours := length().Hours() * 3 / 4
	for _, x := range []struct {
		name    string
		of      func(sample) int
		allowed int
	}{
		{"kB of memory", func(s sample) int { return s.kilobytes }, 40<<10 + 4*(end.steps-first.steps)},
		{"open files", func(s sample) int { return s.files }, 12},
		{"goroutines", func(s sample) int { return s.goroutines }, 12},
		{"kernel objects", func(s sample) int { return s.objects }, 12},
	} {
		a, b := x.of(first), x.of(end)
		t.Logf("%-16s %8d at a quarter, %8d at the end: %+.0f an hour", x.name, a, b, float64(b-a)/hours)
		if b > a+x.allowed {
			t.Errorf("%s have grown from %d to %d", x.name, a, b)
		}
	}
}

// reported are the samples in a report, and its last line.
func reported(t *testing.T, file string) (samples []sample, last string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var s sample
		last = lines.Text()
		if n, _ := fmt.Sscanf(last, "sample %d %d %d %d %d", &s.kilobytes, &s.files, &s.goroutines, &s.objects, &s.steps); n == 5 {
			samples = append(samples, s)
		}
	}
	return samples, last
}
