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
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"go3s/bench/document"
	"go3s/bench/peer"
	"go3s/bench/stats"
)

// The same work for both: count by command name, and say when.
var jobs = []job{
	{
		"count, when", `syscalls:sys_enter_getppid @pid == %d { n[comm]++; printf("at %%d\n", nsecs) }`,
		`tracepoint:syscalls:sys_enter_getppid /pid == %d/ { @n[comm] = count(); printf("at %%llu\n", nsecs); }`,
	},
	{
		"with a field of ctx", `syscalls:sys_enter_kill @pid == %d && ctx.sig == 0 { n[comm]++; printf("at %%d\n", nsecs) }`,
		`tracepoint:syscalls:sys_enter_kill /pid == %d && args->sig == 0/ { @n[comm] = count(); printf("at %%llu\n", nsecs); }`,
	},
}

// The goals of P3.
const (
	goalStart = 12. // ms
	goalRatio = .15
)

// starting measures P3: pairs in alternation.
func starting(w io.Writer, pairs int, binary string) (figures []document.Figure, err error) {
	binary, err = filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("P3 starts %w; make build", err)
	}
	bpftrace := peer.Path()
	if bpftrace == "" {
		fmt.Fprintln(w, peer.Skipped("P3"))
	}
	fmt.Fprintf(w, "P3: start of the process until its probe is live, in ms; %d pairs in alternation, each with its count checked\n\n", pairs)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "probe\tgo3sh median\tleast\tgreatest\tpeer median\tleast\tgreatest\tratio\t")
	for _, j := range jobs {
		ours, peers, err := j.start(pairs, binary, bpftrace)
		if err != nil {
			return nil, fmt.Errorf("P3 %s, %w", j.name, err)
		}
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%.2f\t", j.name, ours.Median(), ours.Least(), ours.Greatest())
		f := document.Figure{
			ID: "P3", Measure: "start to attached: " + j.name, Goal: fmt.Sprintf("≤ %.0f ms, ratio ≤ %.2f", goalStart, goalRatio),
			Ours: fmt.Sprintf("%.1f ms", ours.Median()), Met: ours.Median() <= goalStart, Held: "the kernel's part, and the start of the process",
		}
		if len(peers) == 0 {
			fmt.Fprintln(t, "-\t-\t-\t-\t")
		} else {
			ratio := stats.Ratio(ours.Median(), peers.Median())
			fmt.Fprintf(t, "%.2f\t%.2f\t%.2f\t%s\t\n", peers.Median(), peers.Least(), peers.Greatest(), ratio)
			f.Peer, f.Ratio = fmt.Sprintf("bpftrace: %.0f ms", peers.Median()), ratio
			f.Met = f.Met && ours.Median() <= goalRatio*peers.Median()
		}
		figures = append(figures, f)
	}
	return figures, t.Flush()
}

// job is the same work for both.
type job struct{ name, ours, peers string }

// start starts ours and the peer, in turns; the first pair fills the page cache.
func (j job) start(pairs int, binary, bpftrace string) (ours, peers stats.Sample, err error) {
	for i := range pairs + 1 {
		d, err := live(binary, "-e", fmt.Sprintf(j.ours, os.Getpid()))
		if err != nil {
			return nil, nil, fmt.Errorf("go3sh: %w", err)
		}
		var p time.Duration
		if bpftrace != "" {
			if p, err = live(bpftrace, "-B", "none", "-e", fmt.Sprintf(j.peers, os.Getpid())); err != nil {
				return nil, nil, fmt.Errorf("bpftrace: %w", err)
			}
		}
		if i == 0 {
			continue
		}
		ours = append(ours, float64(d)/float64(time.Millisecond))
		if bpftrace != "" {
			peers = append(peers, float64(p)/float64(time.Millisecond))
		}
	}
	return ours, peers, nil
}

var (
	atLine  = regexp.MustCompile(`^at (\d+)$`)
	counter = regexp.MustCompile(`^(?:@n\[.*\]:|  \S.*?) +(\d+)$`)
)

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
				go peer.Interrupt(c, filepath.Base(program) == peer.Name, done)
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
	if told == 0 || told > count || told < count && filepath.Base(program) != peer.Name {
		return 0, fmt.Errorf("it has told of %d events and counted %d", told, count)
	}
	return time.Duration(first - start.Nano()), nil
}
