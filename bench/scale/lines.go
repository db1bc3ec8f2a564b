package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go3s/attach"
	"go3s/bench/document"
	"go3s/bench/stats"
	"go3s/bench/workload"
	"go3s/incremental/source"
	"go3s/session"
)

// entered is what was measured with a probe of so many lines.
type entered struct {
	lines                      int
	all, compile, load, attach stats.Sample // ms
}

// lines enters a probe of many lines into a session, each time with other maps.
func lines(w io.Writer, _ string, rounds int) ([]document.Figure, error) {
	fmt.Fprintf(w, "P10: a probe of many lines in one text, %d times each, its events counted; ms\n\n", rounds)
	t := columns(w, "lines\tEnter: median\tgreatest\tto linear\tcompile\tto linear\tkernel: load\tto linear\tattach\t")
	var all []entered
	for _, n := range []int{100, 300, 1000} {
		e := entered{lines: n}
		for range rounds {
			if err := e.enter(); err != nil {
				return nil, fmt.Errorf("%d lines: %w", n, err)
			}
		}
		all = append(all, e)
		f := all[0]
		to := func(small, large stats.Sample) float64 {
			return stats.ToLinear(small.Median(), large.Median(), f.lines, n)
		}
		fmt.Fprintf(t, "%d\t%.1f\t%.1f\t%.2f\t%.1f\t%.2f\t%.1f\t%.2f\t%.1f\t\n", n, e.all.Median(), e.all.Greatest(), to(f.all, e.all),
			e.compile.Median(), to(f.compile, e.compile), e.load.Median(), to(f.load, e.load), e.attach.Median())
	}
	if err := t.Flush(); err != nil {
		return nil, err
	}
	fmt.Fprintln(w)
	short, long := all[0], all[len(all)-1]
	return []document.Figure{growth(fmt.Sprintf("a probe of %d lines compiled, loaded and attached, against %d", long.lines, short.lines), short.all.Median(), long.all.Median(),
		short.lines, long.lines, fmt.Sprintf("%.0f ms", long.all.Median()), "the kernel's verifier")}, nil
}

// enter enters the text into a new session, and has its events counted.
func (e *entered) enter() (err error) {
	worker, err := workload.Paced(2000, 0)
	if err != nil {
		return err
	}
	defer func() {
		if worker != nil {
			_, _ = worker.Stop()
		}
	}()
	k, err := attach.Open(attach.Options{})
	if err != nil {
		return err
	}
	s, err := session.Open(k, session.Options{})
	if err != nil {
		return errors.Join(err, k.Close())
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	// A session has compiled something before.
	if r := s.Enter(source.Cell{Name: "first", Text: longProbe(50, worker.PID(), "a")}); !r.OK() {
		return refused(r)
	}
	start := time.Now()
	r := s.Enter(source.Cell{Name: "second", Text: longProbe(e.lines, worker.PID(), "b")})
	if !r.OK() {
		return refused(r)
	}
	e.take(time.Since(start), r.Time)
	if err := worker.Begin(); err != nil {
		return err
	}
	time.Sleep(100 * time.Millisecond)
	n, err := worker.Stop()
	worker = nil
	if err != nil {
		return err
	}
	table, err := s.Read("btotal")
	if err != nil {
		return err
	}
	if len(table.Rows) != 1 || table.Rows[0].Total != uint64(n.Dups) {
		return fmt.Errorf("%v has not the %d events that were made", table.Rows, n.Dups)
	}
	return nil
}

// kernels are the stages that are the kernel's; all others compile.
var kernels = []string{"maps", "load", "attach"}

func (e *entered) take(all time.Duration, stages session.Times) {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	var compile, load, attach float64
	for _, st := range stages {
		switch {
		case st.Name == "load":
			load += ms(st.Time)
		case st.Name == "attach":
			attach += ms(st.Time)
		case !slices.Contains(kernels, st.Name):
			compile += ms(st.Time)
		}
	}
	e.all, e.compile, e.load, e.attach = append(e.all, ms(all)), append(e.compile, compile), append(e.load, load), append(e.attach, attach)
}

// refused is why a text was not entered.
func refused(r session.Result) error {
	if len(r.Diags) > 0 {
		return errors.New(r.Diags[0].Msg)
	}
	return r.Err
}

// longProbe is a probe of n lines that hold a bit of everything. Its names begin with a prefix.
func longProbe(n, pid int, prefix string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%sprobe := syscalls:sys_enter_dup @pid == %d {\n\tx := uint64(ctx.fildes)\n\tPtotal++\n", prefix, pid)
	statements := []string{
		"x = x*31 + uint64(tid) + %d",
		"if x&%d == 3 { x ^= uint64(pid) }",
		"Pm%d[tid] += x",
		"if ctx.fildes > %d { Pn%[1]d++ }",
		"x += uint64(cpu) >> (x & %d)",
		"Pnames%d[comm]++",
	}
	for i := range n - 4 {
		fmt.Fprintf(&b, "\t"+statements[i%len(statements)]+"\n", i/len(statements)%4)
	}
	return strings.ReplaceAll(b.String(), "P", prefix) + "}"
}
