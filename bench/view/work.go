package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// keys is the number of keys that are hit; each is a file descriptor that is not open, closed once a second on every CPU.
const (
	keys     = 10_000
	firstKey = 1_000_000
	tick     = 5 * time.Millisecond
)

// made is how many events a worker has made.
type made struct{ lines, closes int }

// makeEvents waits for a line on standard input, makes events until that ends, and says how many.
func makeEvents(what string) error {
	var lines int
	var hit bool
	if _, err := fmt.Sscanf(what, "%d,%t", &lines, &hit); err != nil {
		return fmt.Errorf("read what to do: %w", err)
	}
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		return err
	}
	end := make(chan struct{})
	counts := make([]made, runtime.NumCPU())
	var wait sync.WaitGroup
	for cpu := range counts {
		wait.Go(func() { counts[cpu] = onCPU(cpu, lines/len(counts), hit, end) })
	}
	_, _ = io.Copy(io.Discard, in)
	close(end)
	wait.Wait()
	var sum made
	for _, c := range counts {
		sum.lines += c.lines
		sum.closes += c.closes
	}
	fmt.Println(sum.lines, sum.closes)
	return nil
}

// onCPU makes events on one CPU, in small bursts.
func onCPU(cpu, lines int, hit bool, end chan struct{}) (n made) {
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(cpu)
	_ = unix.SchedSetaffinity(0, &set) // the keys are hit all the same, on fewer CPUs
	start := time.Now()
	for t := time.NewTicker(tick); ; {
		select {
		case <-end:
			return n
		case <-t.C:
		}
		due := time.Since(start).Seconds()
		for n.lines < int(due*float64(lines)) {
			_, _, _ = unix.RawSyscall(unix.SYS_DUP, uintptr(firstKey+n.lines%keys), 0, 0)
			n.lines++
		}
		for hit && n.closes < int(due*keys) {
			_, _, _ = unix.RawSyscall(unix.SYS_CLOSE, uintptr(firstKey+n.closes%keys), 0, 0)
			n.closes++
		}
	}
}

// worker is a process that makes events.
type worker struct {
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func startWorker(what string) (*worker, error) {
	c := exec.Command("/proc/self/exe", "-work", what)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	return &worker{c, in, bufio.NewReader(out)}, nil
}

func (w *worker) pid() string { return strconv.Itoa(w.process.Process.Pid) }

func (w *worker) begin() error {
	_, err := io.WriteString(w.in, "\n")
	return err
}

// stop ends the events and says how many there were.
func (w *worker) stop() (n made, err error) {
	_ = w.in.Close() // ends it
	line, _ := w.out.ReadString('\n')
	if err := w.process.Wait(); err != nil {
		return n, fmt.Errorf("the worker: %w", err)
	}
	_, err = fmt.Sscan(line, &n.lines, &n.closes)
	return n, err
}
