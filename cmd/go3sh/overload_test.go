package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// overloadVar says how long TestOverload makes events, such as 30s; without it a few seconds.
const overloadVar = "GO3SH_OVERLOAD"

// heard is what a go3sh --json has written so far.
type heard struct {
	mu       sync.Mutex
	records  uint64
	lost     uint64
	guards   []map[string]any
	probe    map[string]any
	value    any // of the last map's only row
	attached chan struct{}
	done     chan struct{}
}

// tracing starts go3sh with JSON output on this process, and returns when its probe is attached.
func tracing(t *testing.T, args ...string) (*exec.Cmd, *heard) {
	t.Helper()
	c := exec.Command(filepath.Join(bin, "go3sh"), append([]string{"--json", "--no-journal", "-p", strconv.Itoa(os.Getpid())}, args...)...)
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	h := &heard{attached: make(chan struct{}), done: make(chan struct{})}
	go h.listen(bufio.NewReaderSize(stdout, 1<<20))
	select {
	case <-h.attached:
	case <-time.After(time.Minute):
		t.Fatal("the probe is not attached")
	}
	return c, h
}

func (h *heard) listen(r *bufio.Reader) {
	defer close(h.done)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		h.mu.Lock()
		if strings.HasPrefix(line, `{"type":"printf"`) {
			h.records++
			h.mu.Unlock()
			continue
		}
		var o map[string]any
		_ = json.Unmarshal([]byte(line), &o)
		switch o["type"] {
		case "attached":
			close(h.attached)
		case "lost":
			h.lost += uint64(o["count"].(float64))
		case "guard":
			h.guards = append(h.guards, o)
		case "probe":
			h.probe = o
		case "map":
			if rows := o["rows"].([]any); len(rows) == 1 {
				h.value = rows[0].(map[string]any)["value"]
			}
		}
		h.mu.Unlock()
	}
}

// count is a number of the probe object.
func (h *heard) count(member string) uint64 {
	n, _ := h.probe[member].(float64)
	return uint64(n)
}

// guarded reports whether the guard has told of an action.
func (h *heard) guarded(action string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, g := range h.guards {
		if g["action"] == action {
			return true
		}
	}
	return false
}

// interrupt ends go3sh as Ctrl-C does, and reads to the end of its output.
func interrupt(t *testing.T, c *exec.Cmd, h *heard) {
	t.Helper()
	if err := c.Process.Signal(unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-h.done
	if err := c.Wait(); err != nil {
		t.Errorf("go3sh: %v", err)
	}
}

// storm makes events at full speed on all CPUs, until it is stopped; then it says how many. What reads go3sh's output meanwhile has processors
// of its own, and needn't wait for these threads when there is garbage to collect.
func storm() (stop func() uint64) {
	processors := runtime.GOMAXPROCS(2*runtime.NumCPU() + 1)
	var made atomic.Uint64
	var over atomic.Bool
	var threads sync.WaitGroup
	for range runtime.NumCPU() {
		threads.Go(func() {
			runtime.LockOSThread()
			for !over.Load() {
				for range 1000 {
					_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
				}
				made.Add(1000)
				runtime.Gosched()
			}
		})
	}
	return func() uint64 {
		over.Store(true)
		threads.Wait()
		runtime.GOMAXPROCS(processors)
		return made.Load()
	}
}

// others runs small processes one after the other, as long as it is to go on, and returns the longest time that one took.
func others(t *testing.T, on func() bool) (worst time.Duration) {
	t.Helper()
	for on() {
		start := time.Now()
		if err := exec.Command("/bin/true").Run(); err != nil {
			t.Error(err)
		}
		worst = max(worst, time.Since(start))
		time.Sleep(20 * time.Millisecond)
	}
	return worst
}

// smallBudget is one that the storm is above on a machine that has other work, too.
const smallBudget = "0.5"

// hanging is how long a process may take before the machine counts as one that does not respond.
const hanging = 10 * time.Second

// TestOverload makes events at full speed on all CPUs into a probe that prints each. Each event is shown, or counted as lost or as passed
// over; the guard acts, and the machine goes on to do other things.
func TestOverload(t *testing.T) {
	needRoot(t)
	least := 3 * time.Second
	if text := os.Getenv(overloadVar); text != "" {
		var err error
		if least, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	c, h := tracing(t, "--budget", smallBudget, "-e", `p := syscalls:sys_enter_getppid { printf("%d %s\n", pid, comm) }`)
	stop := storm()
	began := time.Now()
	worst := others(t, func() bool {
		return time.Since(began) < least || !h.guarded("sample") && time.Since(began) < time.Minute
	})
	took := time.Since(began)
	made := stop()
	interrupt(t, c, h)

	t.Logf("%d events in %v (%.0f a second), %d records, %d lost, %d sampled out, a process took at most %v",
		made, took, float64(made)/took.Seconds(), h.records, h.lost, h.count("sampled"), worst)
	for _, g := range h.guards {
		t.Log(g["text"])
	}
	if h.count("events") != h.records+h.lost || h.lost != h.count("lost") {
		t.Errorf("of %d runs %d records were shown and %d lost; the probe says %d lost", h.count("events"), h.records, h.lost, h.count("lost"))
	}
	passed := h.count("sampled") + h.count("quiet") + h.count("missed") + h.count("skipped")
	if h.count("events")+passed != made {
		t.Errorf("%d runs and %d events passed over are not the %d there were: %v", h.count("events"), passed, made, h.probe)
	}
	if !h.guarded("sample") || h.count("sampled") == 0 || h.probe["guard"] == nil {
		t.Errorf("the guard did not act: %v, %v", h.guards, h.probe)
	}
	if worst > hanging {
		t.Errorf("meanwhile another process took %v", worst)
	}
}

// TestStandingStill stops go3sh as a debugger would. Its probe goes quiet, and comes back with it; each event is counted once.
func TestStandingStill(t *testing.T) {
	needRoot(t)
	c, h := tracing(t, "-e", "syscalls:sys_enter_getppid { n++ }")
	made := uint64(0)
	call := func(until func() bool) {
		t.Helper()
		for began := time.Now(); !until(); time.Sleep(10 * time.Millisecond) {
			if time.Since(began) > time.Minute {
				t.Fatal("it takes more than a minute")
			}
			for range 10 {
				_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
			}
			made += 10
		}
	}
	lasting := func(d time.Duration) func() bool {
		began := time.Now()
		return func() bool { return time.Since(began) > d }
	}
	call(lasting(time.Second))
	if err := c.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	call(lasting(7 * time.Second))
	stopped := made
	if err := c.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	call(func() bool { return h.guarded("quiet") })
	back := made
	call(lasting(time.Second))
	interrupt(t, c, h)
	if h.count("quiet") == 0 || h.count("quiet") >= stopped || h.count("events") < made-back {
		t.Errorf("of %d events, %d of them later, the probe says %v", made, made-back, h.probe)
	}
	if all := h.count("events") + h.count("quiet") + h.count("missed"); all != made || h.value != float64(h.count("events")) {
		t.Errorf("%d events, the map has %v, the probe says %v", made, h.value, h.probe)
	}
}

// TestOverloadInTheView makes events at full speed on all CPUs into a probe that prints each, with the full screen open: the guard's decision is on it, keys are
// answered, and so do other processes.
func TestOverloadInTheView(t *testing.T) {
	u := sit(t, "--no-journal", "--budget", smallBudget, "--view", "-p", strconv.Itoa(os.Getpid()), "-e", `noisy := syscalls:sys_enter_getppid { printf("%d %s\n", pid, comm) }`)
	u.resize(160, 50)
	u.shows(`● noisy .*attached`)
	stop := storm()
	defer stop()
	decided := regexp.MustCompile(`1 of \d+|noisy .*suspended`) // the second soon follows the first where letting events pass costs too much
	began := time.Now()
	worst := others(t, func() bool { return !decided.MatchString(u.looks()) && time.Since(began) < 3*time.Minute })
	u.types("i")
	u.shows(`▸ prompt`)
	u.types(":probes\r")
	u.shows(`noisy: (sampled, 1 of \d+ events|suspended: with 1 of \d+ events)`)
	t.Logf("decided after %v; a process took at most %v", time.Since(began).Round(time.Millisecond), worst)
	if worst > hanging {
		t.Errorf("meanwhile another process took %v", worst)
	}
	stop()
	u.types(escape)
	u.shows(`▸ counters`)
	u.types("q")
	u.sees("\x1b[?1049l")
	u.sees("go3sh> ")
	u.types(ctrlD)
	u.leaves(exitOK)
}

// TestStandingStillAtFullSpeed stops go3sh while events come at full speed into a probe that prints each. The ring buffer fills, the probe goes quiet, and when go3sh goes
// on each event has been shown, or counted as lost or as passed over.
func TestStandingStillAtFullSpeed(t *testing.T) {
	needRoot(t)
	c, h := tracing(t, "--budget", "off", "-e", `p := syscalls:sys_enter_getppid { printf("%d %s\n", pid, comm) }`)
	stop := storm()
	time.Sleep(time.Second)
	if err := c.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(7 * time.Second)
	if err := c.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); !h.guarded("quiet") && time.Since(began) < time.Minute; {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(time.Second)
	made := stop()
	interrupt(t, c, h)
	t.Logf("%d events, %d records, %d lost, %d while it stood still", made, h.records, h.lost, h.count("quiet"))
	if h.lost == 0 || h.count("quiet") == 0 {
		t.Errorf("of %d events %d were lost, and %d came while it was quiet: this test shows little", made, h.lost, h.count("quiet"))
	}
	if h.count("events") != h.records+h.lost || h.lost != h.count("lost") {
		t.Errorf("of %d runs %d records were shown and %d lost; the probe says %d lost", h.count("events"), h.records, h.lost, h.count("lost"))
	}
	if all := h.count("events") + h.count("quiet") + h.count("missed"); all != made {
		t.Errorf("%d runs and others are %d, not the %d events there were: %v", h.count("events"), all, made, h.probe)
	}
}
