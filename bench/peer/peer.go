// Package peer starts the program that ours is compared with, bpftrace, where it is installed.
package peer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Name is the peer's.
const Name = "bpftrace"

// Path is where the peer is installed, empty where it is not.
func Path() string {
	path, err := exec.LookPath(Name)
	if err != nil {
		return ""
	}
	return path
}

// Version is what a program says of itself when it is asked with --version, in one line; or that it is not installed.
func Version(program string) string {
	out, err := exec.Command(program, "--version").Output()
	if errors.Is(err, exec.ErrNotFound) {
		return program + " is not installed"
	}
	line, _, _ := strings.Cut(string(out), "\n")
	if err != nil || line == "" {
		return program + " does not tell its version"
	}
	return line
}

// Skipped is the line that tells of a measure without its peer.
func Skipped(part string) string { return part + " has no peer here: " + Name + " is not installed" }

// Tracer is a running tracer: the peer, or ours beside it.
type Tracer struct {
	name    string
	process *exec.Cmd
	out     *bufio.Reader
	stderr  bytes.Buffer
	drained chan error    // what it prints has been read to the end; nil when nobody reads until Stop
	started time.Duration // CPU time that it had taken when it was ready
}

// Start starts the peer on a program and returns when its probes are attached.
func Start(program string) (*Tracer, error) {
	return StartAs(Name, "-B", "none", "-e", `BEGIN { printf("ready\n"); } `+program)
}

// StartAs starts a tracer, ours or the peer's, which is to print "ready" in a line of its own when it begins.
func StartAs(name string, args ...string) (*Tracer, error) {
	t := &Tracer{name: filepath.Base(name), process: exec.Command(name, args...)}
	t.process.Stderr = &t.stderr
	stdout, err := t.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	t.out = bufio.NewReader(stdout)
	if err := t.process.Start(); err != nil {
		return nil, err
	}
	for {
		line, err := t.out.ReadString('\n')
		if err != nil {
			t.Kill()
			return nil, fmt.Errorf("%s: %w: %s", t.name, err, bytes.TrimSpace(t.stderr.Bytes()))
		}
		if strings.TrimSpace(line) == "ready" {
			break
		}
	}
	time.Sleep(time.Second) // it attaches what is left
	return t, nil
}

// PID is the number of its process.
func (t *Tracer) PID() int { return t.process.Process.Pid }

// Drain has what the tracer prints read as it comes, until Stop: each is called with every piece, which is only valid during the call.
func (t *Tracer) Drain(each func(piece []byte)) {
	t.started = t.taken()
	t.drained = make(chan error, 1)
	go func() {
		piece := make([]byte, 64<<10)
		for {
			n, err := t.out.Read(piece)
			each(piece[:n])
			if err != nil {
				if errors.Is(err, io.EOF) {
					err = nil
				}
				t.drained <- err
				return
			}
		}
	}()
}

// Stop has the tracer print its maps and end, and returns what it has printed and Drain did not take.
func (t *Tracer) Stop() (string, error) {
	done := make(chan struct{})
	go Interrupt(t.process, t.name == Name, done)
	var out []byte
	var err error
	if t.drained != nil {
		err = <-t.drained
	} else {
		out, err = io.ReadAll(t.out)
	}
	close(done)
	if err := errors.Join(err, t.process.Wait()); err != nil {
		return "", fmt.Errorf("%s: %w: %s", t.name, err, bytes.TrimSpace(t.stderr.Bytes()))
	}
	return string(out), nil
}

// Complaints is what the tracer has written to standard error, once it has been stopped.
func (t *Tracer) Complaints() string { return t.stderr.String() }

// Used is the CPU time that the tracer has taken from Drain until it was stopped.
func (t *Tracer) Used() time.Duration {
	s := t.process.ProcessState
	return s.UserTime() + s.SystemTime() - t.started
}

// taken is the CPU time that the process has taken so far, to 10 ms; 0 if it is not known.
func (t *Tracer) taken() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", t.PID()))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick
}

// Kill ends the tracer when it has not ended by itself.
func (t *Tracer) Kill() {
	if t.process.ProcessState == nil {
		_ = t.process.Process.Kill()
		_ = t.process.Wait()
	}
}

// Interrupt asks a tracer to end; the peer again and again until done, because it heeds a signal only while it waits for events.
func Interrupt(c *exec.Cmd, again bool, done <-chan struct{}) {
	_ = c.Process.Signal(os.Interrupt)
	for again {
		select {
		case <-done:
			return
		case <-time.After(2 * time.Second): // one that comes while it ends would kill it
			_ = c.Process.Signal(os.Interrupt)
		}
	}
}

// Count is the sum of the values of a map in what the peer has printed.
func Count(out, name string) int {
	sum := 0
	for _, m := range regexp.MustCompile(`(?m)^@`+name+`(?:\[.*\])?: (\d+)$`).FindAllStringSubmatch(out, -1) {
		n, _ := strconv.Atoi(m[1]) // digits
		sum += n
	}
	return sum
}

// Enough checks a count of events: other processes may have made a few beside those of a workload.
func Enough(who string, counted, made int) error {
	if counted < made || counted > made+made/100+1000 {
		return fmt.Errorf("%s has counted %d of %d events", who, counted, made)
	}
	return nil
}
