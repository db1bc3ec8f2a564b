package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// The same work for both: count by command name, and say when.
var jobs = []struct{ name, ours, peers string }{
	{
		"count, when", `syscalls:sys_enter_getppid @pid == %d { n[comm]++; printf("at %%d\n", nsecs) }`,
		`tracepoint:syscalls:sys_enter_getppid /pid == %d/ { @n[comm] = count(); printf("at %%llu\n", nsecs); }`,
	},
	{
		"with a field of ctx", `syscalls:sys_enter_kill @pid == %d && ctx.sig == 0 { n[comm]++; printf("at %%d\n", nsecs) }`,
		`tracepoint:syscalls:sys_enter_kill /pid == %d && args->sig == 0/ { @n[comm] = count(); printf("at %%llu\n", nsecs); }`,
	},
}

const peerName = "bpftrace"

// starting measures P3: pairs in alternation.
func starting(w io.Writer, pairs int, binary string) error {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return err
	}
	if _, err := os.Stat(binary); err != nil {
		return fmt.Errorf("P3 starts %w; make build", err)
	}
	peer, err := exec.LookPath(peerName)
	if err != nil {
		fmt.Fprintln(w, "P3 has no peer here: bpftrace is not installed")
		peer = ""
	}
	fmt.Fprintf(w, "P3: start of the process until its probe is live, in ms; %d pairs in alternation, each with its count checked\n\n", pairs)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "probe\tgo3sh median\tleast\tgreatest\tpeer median\tleast\tgreatest\tratio\t")
	for _, j := range jobs {
		var ours, peers []time.Duration
		for i := range pairs + 1 {
			d, err := live(binary, "-e", fmt.Sprintf(j.ours, os.Getpid()))
			if err != nil {
				return fmt.Errorf("P3 %s, go3sh: %w", j.name, err)
			}
			var p time.Duration
			if peer != "" {
				if p, err = live(peer, "-B", "none", "-e", fmt.Sprintf(j.peers, os.Getpid())); err != nil {
					return fmt.Errorf("P3 %s, bpftrace: %w", j.name, err)
				}
			}
			if i > 0 { // the first pair fills the page cache
				ours, peers = append(ours, d), append(peers, p)
			}
		}
		slices.Sort(ours)
		slices.Sort(peers)
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t", j.name, ms(median(ours)), ms(ours[0]), ms(ours[len(ours)-1]))
		if peer == "" {
			fmt.Fprintln(t, "-\t-\t-\t-\t")
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%.2f\t\n", ms(median(peers)), ms(peers[0]), ms(peers[len(peers)-1]), float64(median(ours))/float64(median(peers)))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if peer != "" {
		version, _ := exec.Command(peer, "--version").Output()
		fmt.Fprintf(w, "\nThe peer is %s", version)
	}
	return nil
}

var (
	atLine  = regexp.MustCompile(`^at (\d+)$`)
	counter = regexp.MustCompile(`^(?:@n\[.*\]:|  \S.*?) +(\d+)$`)
)

// interrupt asks a tracer to end; bpftrace again and again until done, because it heeds a signal only while it waits for events.
func interrupt(c *exec.Cmd, again bool, done <-chan struct{}) {
	_ = c.Process.Signal(syscall.SIGINT)
	for again {
		select {
		case <-done:
			return
		case <-time.After(50 * time.Millisecond):
			_ = c.Process.Signal(syscall.SIGINT)
		}
	}
}

// live starts a tracer and makes the events that it waits for, until it has told of some. Each tells when it happened on the kernel's
// clock, so that it is of no matter how long the telling takes. What it has counted must agree with what it has told.
func live(program string, args ...string) (time.Duration, error) {
	c := exec.Command(program, args...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	stdout, err := c.StdoutPipe()
	if err != nil {
		return 0, err
	}
	var stop atomic.Bool
	var making sync.WaitGroup
	making.Go(func() {
		for !stop.Load() {
			syscall.Getppid()
			_ = syscall.Kill(os.Getpid(), 0)
			time.Sleep(20 * time.Microsecond)
		}
	})
	var start unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &start); err != nil {
		return 0, err
	}
	if err := c.Start(); err != nil {
		return 0, err
	}
	late := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() })
	defer late.Stop()
	done := make(chan struct{})
	defer close(done)
	first, told, count := int64(0), 0, 0
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if m := atLine.FindStringSubmatch(lines.Text()); m != nil {
			if told++; told == 1 {
				first, _ = strconv.ParseInt(m[1], 10, 64)
				stop.Store(true)
				making.Wait()
				go interrupt(c, filepath.Base(program) == peerName, done)
			}
		} else if m := counter.FindStringSubmatch(lines.Text()); m != nil {
			n, _ := strconv.Atoi(m[1])
			count += n
		}
	}
	stop.Store(true)
	making.Wait()
	if err := c.Wait(); err != nil {
		return 0, fmt.Errorf("%w after %d events: %s", err, told, bytes.TrimSpace(stderr.Bytes()))
	}
	// bpftrace does not tell of all that it has counted when it is interrupted.
	if told == 0 || told > count || told < count && filepath.Base(program) != peerName {
		return 0, fmt.Errorf("it has told of %d events and counted %d", told, count)
	}
	return time.Duration(first - start.Nano()), nil
}
