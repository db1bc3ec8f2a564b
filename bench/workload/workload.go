// Package workload makes a known number of events, in a process of its own: the program that measures, started once more.
package workload

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

// variable holds what the process is to do. Where it is set, the process is a workload.
const variable = "GO3SH_BENCH_WORKLOAD"

// ShortVariable in the environment has workloads make fewer events than they say, so that tests can see a wrong count found.
const ShortVariable = "GO3SH_BENCH_SHORT"

// Short is how many of n events are made: all of them, but for such a test.
func Short(n int) int {
	if os.Getenv(ShortVariable) == "" {
		return n
	}
	return n - n/8 - 1
}

// The keys of events are numbers of files that are not open, so that a call with one does nothing but fail.
const (
	Keys     = 10_000 // the keys that Paced events go through
	FirstKey = 1_000_000
)

// Run is called first in main: where the process was started as a workload, it makes the events and exits.
func Run() {
	what := os.Getenv(variable)
	if what == "" {
		return
	}
	if err := do(what); err != nil {
		fmt.Fprintln(os.Stderr, "workload:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func do(what string) error {
	kind, arguments, _ := strings.Cut(what, " ")
	var n, perSecond, closes int
	switch kind {
	case "calls":
		var number, pace int
		if _, err := fmt.Sscan(arguments, &number, &n, &pace); err != nil {
			return err
		}
		fmt.Println(perCall(uintptr(number), n, pace))
		return nil
	case "each":
		if _, err := fmt.Sscan(arguments, &n); err != nil {
			return err
		}
		return each(n)
	case "paced":
		if _, err := fmt.Sscan(arguments, &perSecond, &closes); err != nil {
			return err
		}
		return paced(perSecond, closes)
	}
	return fmt.Errorf("%q is no workload", kind)
}

// process is this program as a workload.
func process(what string) *exec.Cmd {
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), variable+"="+what)
	c.Stderr = os.Stderr
	return c
}

// pin binds the thread to a CPU; where that is not allowed the events are made all the same.
func pin(cpu int) {
	var set unix.CPUSet
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		fmt.Fprintln(os.Stderr, "workload: pin the thread:", err)
	}
}

// Worker is a process that makes events when it is told to.
type Worker struct {
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// Made is how many events a worker has made: calls of dup and of close.
type Made struct{ Dups, Closes int }

// Paced starts a process that calls dup so many times a second and close as many times, both with one key after the other and
// spread over all CPUs. It begins when Begin is called.
func Paced(dups, closes int) (*Worker, error) { return start(fmt.Sprintf("paced %d %d", dups, closes)) }

// Each starts a process that, when Begin is called, calls close once with each of so many keys. Stop waits until it is done.
func Each(keys int) (*Worker, error) { return start(fmt.Sprint("each ", keys)) }

func start(what string) (*Worker, error) {
	c := process(what)
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start the workload: %w", err)
	}
	return &Worker{c, in, bufio.NewReader(out)}, nil
}

// PID is the number of the process.
func (w *Worker) PID() int { return w.process.Process.Pid }

// Begin has the events made.
func (w *Worker) Begin() error {
	_, err := io.WriteString(w.in, "\n")
	return err
}

// Stop ends the events and the process, and says how many there were.
func (w *Worker) Stop() (n Made, err error) {
	_ = w.in.Close() // ends it
	line, _ := w.out.ReadString('\n')
	if err := w.process.Wait(); err != nil {
		return n, fmt.Errorf("the workload: %w", err)
	}
	_, err = fmt.Sscan(line, &n.Dups, &n.Closes)
	return n, err
}
