package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"go3s/attach"
	"go3s/bench/document"
	"go3s/bench/stats"
	"go3s/bench/workload"
	"go3s/incremental/source"
	"go3s/session"
)

// shape is a probe to enter. NAME becomes the name of the probe and SELF this process's number; the edited text is that of P2.
type shape struct {
	name, text, edited string
	counter            string // the map that counts; NAME in it too
}

const hook = "NAME := syscalls:sys_enter_getppid @pid == SELF "

var shapes = []shape{
	{"n++", hook + "{ NAMEn++ }", hook + "{ NAMEn += 1; NAMEm++ }", "NAMEn"},
	{"m[comm]++", hook + "{ NAMEn[comm]++ }", hook + "{ NAMEn[comm] += 1; NAMEm++ }", "NAMEn"},
	{"m[comm].hist(v)", hook + "{ NAMEn[comm]++; NAMEh[comm].hist(tid) }", hook + "{ NAMEn[comm] += 1; NAMEh[comm].hist(pid) }", "NAMEn"},
	{"n++; printf", hook + `{ NAMEn++; printf("%d %s\n", pid, comm) }`, hook + `{ NAMEn++; printf("%s %d\n", comm, pid) }`, "NAMEn"},
}

// stages are the kernel's part of an Enter; all others are ours.
var stages = []string{"maps", "load", "attach"}

// sample is what one Enter took.
type sample struct {
	wall   time.Duration
	kernel [3]time.Duration // by stages
}

// ours is what the kernel has no part in.
func (s sample) ours() time.Duration { return s.wall - s.kernel[0] - s.kernel[1] - s.kernel[2] }

// think is the time in which a user would type: what is done in the background meanwhile is not waited for.
const think = 100 * time.Millisecond

// rows are what is measured for each shape, or the one of that index, with and without maps in store.
var rows = []struct {
	what   string
	only   int // a shape; all if it is negative
	spares bool
	of     func(*session.Session, shape, int) ([]sample, error)
}{
	{"P1 typed", -1, true, typed},
	{"P1 at once", -1, true, pasted},
	{"P1 no spare map", 1, false, pasted},
	{"P2 typed", -1, true, retyped},
	{"P2 at once", -1, true, edits},
}

// inside measures P1 and P2 in sessions of this process.
func inside(w io.Writer, runs int) ([]document.Figure, error) {
	runtime.LockOSThread()
	fmt.Fprintf(w, "P1 and P2: Enter until the probe is live, in ms; %d runs a row, each with its count checked\n\n", runs)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "what\tprobe\tmedian\tp99\tleast\tours\tkernel: maps\tload\tattach\t")
	measured := make(map[string][]timing)
	for _, m := range rows {
		of := shapes
		if m.only >= 0 {
			of = shapes[m.only : m.only+1]
		}
		for _, sh := range of {
			if err := inSession(m.spares, func(s *session.Session) error {
				samples, err := m.of(s, sh, runs)
				if err == nil {
					measured[m.what] = append(measured[m.what], row(t, m.what, sh.name, samples))
				}
				return err
			}); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", m.what, sh.name, err)
			}
		}
	}
	return conclude(measured), t.Flush()
}

// timing is what the runs of a row came to.
type timing struct{ wall, ours stats.Sample }

// conclude makes the figures of the slowest shape of a row.
func conclude(measured map[string][]timing) []document.Figure {
	var figures []document.Figure
	for _, g := range []struct {
		id, what, measure string
		median, p99       float64 // ms
		held              string
	}{
		{"P1", "P1 typed", "Enter to live, a new probe that was typed; the slowest of 4: median (99th percentile)", 1, 3, "the kernel's share: attaching a tracepoint"},
		{"P1", "P1 at once", "the same of a text that comes all at once", 1, 3, "compiling, loading and attaching one after the other"},
		{"P2", "P2 typed", "edit to live, typed; the slowest of 4: median (99th percentile)", .5, 1.5, "the kernel's share: the update of the slot"},
		{"P2", "P2 at once", "the same of a text that comes all at once", .5, 1.5, "compiling and loading one after the other"},
	} {
		slowest := timing{}
		for _, t := range measured[g.what] {
			if len(slowest.wall) == 0 || t.wall.Median() > slowest.wall.Median() {
				slowest = t
			}
		}
		median, p99 := slowest.wall.Median(), slowest.wall.P99()
		figures = append(figures, document.Figure{
			ID: g.id, Measure: g.measure, Goal: fmt.Sprintf("≤ %.1f (%.1f) ms", g.median, g.p99), Ours: fmt.Sprintf("%.2f (%.2f) ms", median, p99),
			Met: median <= g.median && p99 <= g.p99, Held: g.held,
		})
		if g.what == "P1 typed" {
			ours := slowest.ours.Median()
			figures = append(figures, document.Figure{
				ID: g.id, Measure: "what of it is ours, not the kernel's", Goal: "≤ 0.3 ms", Ours: fmt.Sprintf("%.2f ms", ours), Met: ours <= .3,
			})
		}
	}
	return figures
}

// inSession opens a session as the prompt does, or without maps in store.
func inSession(spares bool, use func(*session.Session) error) (err error) {
	var o attach.Options
	if spares {
		o = attach.Options{Expect: []attach.MapSpec{attach.UsualMaps.ByName, attach.UsualMaps.ByNumber, attach.UsualMaps.Ring}, Refill: true}
	}
	k, err := attach.Open(o)
	if err != nil {
		return err
	}
	s, err := session.Open(k, session.Options{})
	if err != nil {
		return errors.Join(err, k.Close())
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return use(s)
}

// named is a text of a shape for one name.
func named(text, name string) string {
	return strings.NewReplacer("NAME", name, "SELF", fmt.Sprint(os.Getpid())).Replace(text)
}

// cell is a text as it is entered.
func cell(text string) source.Cell { return source.Cell{Name: "bench", Text: text} }

// enter enters a text and says what it took.
func enter(s *session.Session, text string) (sample, error) {
	start := time.Now()
	r := s.Enter(cell(text))
	out := sample{wall: time.Since(start)}
	if len(r.Diags) > 0 {
		return out, errors.New(source.Render(r.Diags[0], text))
	}
	for _, st := range r.Time {
		if i := slices.Index(stages, st.Name); i >= 0 {
			out.kernel[i] += st.Time
		}
	}
	return out, r.Err
}

// counted makes events and checks that the map has all of them more than it had.
func counted(s *session.Session, name string, before *uint64) error {
	const events = 25
	for range workload.Short(events) {
		syscall.Getppid()
	}
	t, err := s.Read(name)
	if err != nil {
		return err
	}
	n := uint64(0)
	for _, r := range t.Rows {
		v, _ := r.Total.(uint64)
		n += v
	}
	if n-*before != events {
		return fmt.Errorf("%s has %d of %d events", name, n-*before, events)
	}
	*before = n
	return nil
}

// typed enters new probes with new maps, one after the other, each after the prompt would have prepared it while it was typed.
func typed(s *session.Session, sh shape, runs int) ([]sample, error) {
	return fresh(s, sh, runs, s.Prepare)
}

// pasted enters new probes as they come from a file.
func pasted(s *session.Session, sh shape, runs int) ([]sample, error) {
	return fresh(s, sh, runs, func(source.Cell) {})
}

// fresh enters new probes with new maps, each after it was prepared.
func fresh(s *session.Session, sh shape, runs int, prepare func(source.Cell)) ([]sample, error) {
	var samples []sample
	for i := range runs + 5 {
		name := fmt.Sprintf("p%s%d", letters(sh.name), i)
		time.Sleep(think)
		text := named(sh.text, name)
		prepare(cell(text))
		sm, err := enter(s, text)
		if err != nil {
			return nil, err
		}
		if err := counted(s, named(sh.counter, name), new(uint64)); err != nil {
			return nil, err
		}
		if err := forget(s, name); err != nil {
			return nil, err
		}
		if i >= 5 { // the first ones fill the compiler's memory
			samples = append(samples, sm)
		}
	}
	return samples, nil
}

// forget detaches a probe and drops its maps.
func forget(s *session.Session, name string) error {
	if err := s.Detach(name); err != nil {
		return err
	}
	for {
		gone := true
		for _, p := range s.Probes() {
			gone = gone && p.State != session.Detaching
		}
		if gone {
			break
		}
		time.Sleep(time.Millisecond)
	}
	for _, m := range s.Maps() {
		if strings.HasPrefix(m.Name, name) {
			if err := s.Drop(m.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// retyped edits a probe after the prompt would have prepared it, edits all at once.
func retyped(s *session.Session, sh shape, runs int) ([]sample, error) {
	return edited(s, sh, runs, s.Prepare)
}

func edits(s *session.Session, sh shape, runs int) ([]sample, error) {
	return edited(s, sh, runs, func(source.Cell) {})
}

// edited changes one probe to and fro. Both versions count into one map.
func edited(s *session.Session, sh shape, runs int, prepare func(source.Cell)) ([]sample, error) {
	name := "e" + letters(sh.name)
	texts := [2]string{named(sh.text, name), named(sh.edited, name)}
	var samples []sample
	var before uint64
	for i := range runs + 6 {
		time.Sleep(think / 10)
		// A constant that is another each time: a program that was compiled before is not compiled again.
		text := strings.Replace(texts[i%2], "{", fmt.Sprintf("{ if pid == %d { return }; ", 1<<30+i), 1)
		prepare(cell(text))
		sm, err := enter(s, text)
		if err != nil {
			return nil, err
		}
		if err := counted(s, named(sh.counter, name), &before); err != nil {
			return nil, err
		}
		if i >= 6 {
			samples = append(samples, sm)
		}
	}
	return samples, forget(s, name)
}

// letters are those of a name.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, name)
}

// row prints what samples come to.
func row(w io.Writer, what, name string, samples []sample) timing {
	of := func(f func(sample) time.Duration) stats.Sample {
		all := make([]time.Duration, len(samples))
		for i, s := range samples {
			all[i] = f(s)
		}
		return stats.Milliseconds(all)
	}
	t := timing{wall: of(func(s sample) time.Duration { return s.wall }), ours: of(sample.ours)}
	fmt.Fprintf(w, "%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f\t", what, name, t.wall.Median(), t.wall.P99(), t.wall.Least(), t.ours.Median())
	for i := range stages {
		fmt.Fprintf(w, "%.2f\t", of(func(s sample) time.Duration { return s.kernel[i] }).Median())
	}
	fmt.Fprintln(w)
	return t
}
