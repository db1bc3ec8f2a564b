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

// lineEach is how many lines a probe of a file has.
const lineEach = 20

// entered is what was measured with so many lines, in as many probes.
type entered struct {
	lines, probes              int
	all, compile, load, attach stats.Sample // ms
}

// lines enters files of many lines into a session, and probes of as many, each time with other maps.
func lines(w io.Writer, _ string, rounds int) ([]document.Figure, error) {
	fmt.Fprintf(w, "P10: many lines entered at once, %d times each, their events counted; ms\n\n", rounds)
	t := columns(w, "lines\tprobes\tEnter: median\tgreatest\tto linear\tcompile\tto linear\tkernel: load\tto linear\tattach\t")
	var file []entered
	for _, of := range []func(n int) int{func(n int) int { return n / lineEach }, func(int) int { return 1 }} {
		var all []entered
		for _, n := range []int{100, 300, 1000} {
			e := entered{lines: n, probes: of(n)}
			for range rounds {
				if err := e.enter(); err != nil {
					return nil, fmt.Errorf("%d lines in %d probes: %w", n, e.probes, err)
				}
			}
			all = append(all, e)
			e.row(t, all[0])
		}
		if file == nil {
			file = all
		}
	}
	if err := t.Flush(); err != nil {
		return nil, err
	}
	fmt.Fprintf(w, "\nOne probe of so many lines is many ways for the kernel's verifier, which goes through them one by one.\n\n")
	short, long := file[0], file[len(file)-1]
	return []document.Figure{growth(fmt.Sprintf("a file of %d lines compiled, loaded and attached, against %d", long.lines, short.lines), short.all.Median(), long.all.Median(),
		short.lines, long.lines, fmt.Sprintf("%.0f ms", long.all.Median()), "the kernel's part, which is not parallel")}, nil
}

// row prints what was measured beside what is first in the table.
func (e entered) row(w io.Writer, first entered) {
	to := func(small, large stats.Sample) float64 {
		return stats.ToLinear(small.Median(), large.Median(), first.lines, e.lines)
	}
	fmt.Fprintf(w, "%d\t%d\t%.1f\t%.1f\t%.2f\t%.1f\t%.2f\t%.1f\t%.2f\t%.1f\t\n", e.lines, e.probes, e.all.Median(), e.all.Greatest(), to(first.all, e.all),
		e.compile.Median(), to(first.compile, e.compile), e.load.Median(), to(first.load, e.load), e.attach.Median())
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
	if r := s.Enter(source.Cell{Name: "first", Text: longProbe(50, worker.PID(), "a0")}); !r.OK() {
		return refused(r)
	}
	var text strings.Builder
	for i := range e.probes {
		fmt.Fprintln(&text, longProbe(e.lines/e.probes, worker.PID(), fmt.Sprintf("b%d", i)))
	}
	start := time.Now()
	r := s.Enter(source.Cell{Name: "second", Text: text.String()})
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
	for i := range e.probes {
		table, err := s.Read(fmt.Sprintf("b%dtotal", i))
		if err != nil {
			return err
		}
		if len(table.Rows) != 1 || table.Rows[0].Total != uint64(n.Dups) {
			return fmt.Errorf("%v has not the %d events that were made", table.Rows, n.Dups)
		}
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

// longProbe is a probe of n lines that hold a bit of everything. Its own names begin with a prefix; the maps are shared.
func longProbe(n, pid int, prefix string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%sprobe := syscalls:sys_enter_dup @pid == %d {\n\tx := uint64(ctx.fildes)\n\t%[1]stotal++\n", prefix, pid)
	statements := []string{
		"x = x*31 + uint64(tid) + %d",
		"if x&%d == 3 { x ^= uint64(pid) }",
		"m%d[tid] += x",
		"if ctx.fildes > %d { n%[1]d++ }",
		"x += uint64(cpu) >> (x & %d)",
		"names%d[comm]++",
	}
	for i := range n - 4 {
		fmt.Fprintf(&b, "\t"+statements[i%len(statements)]+"\n", i/len(statements)%4)
	}
	return b.String() + "}"
}
