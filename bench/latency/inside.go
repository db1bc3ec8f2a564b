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

// inside measures P1 and P2 in sessions of this process.
func inside(w io.Writer, runs int) error {
	runtime.LockOSThread()
	fmt.Fprintf(w, "P1 and P2: Enter until the probe is live, in ms; %d runs a row, each with its count checked\n\n", runs)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "what\tprobe\tmedian\tp99\tleast\tours\tkernel: maps\tload\tattach\t")
	for _, m := range []struct {
		what   string
		shapes []shape
		spares bool
		of     func(*session.Session, shape, int) ([]sample, error)
	}{
		{"P1 new", shapes, true, fresh},
		{"P1 no spare map", shapes[1:2], false, fresh},
		{"P2 edit", shapes, true, edits},
	} {
		for _, sh := range m.shapes {
			if err := inSession(m.spares, func(s *session.Session) error {
				samples, err := m.of(s, sh, runs)
				if err == nil {
					row(t, m.what, sh.name, samples)
				}
				return err
			}); err != nil {
				return fmt.Errorf("%s, %s: %w", m.what, sh.name, err)
			}
		}
	}
	return t.Flush()
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

// enter enters a text and says what it took.
func enter(s *session.Session, text string) (sample, error) {
	start := time.Now()
	r := s.Enter(source.Cell{Name: "bench", Text: text})
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
	for range events {
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

// fresh enters new probes with new maps, one after the other.
func fresh(s *session.Session, sh shape, runs int) ([]sample, error) {
	var samples []sample
	for i := range runs + 5 {
		name := fmt.Sprintf("p%s%d", letters(sh.name), i)
		time.Sleep(think)
		sm, err := enter(s, named(sh.text, name))
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

// edits changes one probe to and fro. Both versions count into one map.
func edits(s *session.Session, sh shape, runs int) ([]sample, error) {
	name := "e" + letters(sh.name)
	texts := [2]string{named(sh.text, name), named(sh.edited, name)}
	var samples []sample
	var before uint64
	for i := range runs + 6 {
		time.Sleep(think / 10)
		// A constant that is another each time: a program that was compiled before is not compiled again.
		text := strings.Replace(texts[i%2], "{", fmt.Sprintf("{ if pid == %d { return }; ", 1<<30+i), 1)
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

func row(w io.Writer, what, name string, samples []sample) {
	of := func(f func(sample) time.Duration) []time.Duration {
		all := make([]time.Duration, len(samples))
		for i, s := range samples {
			all[i] = f(s)
		}
		slices.Sort(all)
		return all
	}
	wall := of(func(s sample) time.Duration { return s.wall })
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t", what, name, ms(wall[len(wall)/2]), ms(wall[len(wall)*99/100]), ms(wall[0]),
		ms(median(of(sample.ours))))
	for i := range stages {
		fmt.Fprintf(w, "%s\t", ms(median(of(func(s sample) time.Duration { return s.kernel[i] }))))
	}
	fmt.Fprintln(w)
}

// median is that of sorted values.
func median(sorted []time.Duration) time.Duration { return sorted[len(sorted)/2] }

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond)) }
