package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"go3s/bench/peer"
	"go3s/bench/stats"
	"go3s/bench/workload"
)

// flow is what became of the events of some runs, a value a run.
type flow struct {
	call  stats.Sample // nanoseconds of a call, the probe's share included
	cpu   stats.Sample // nanoseconds of CPU time of the tracer, a line
	shown stats.Sample
	lost  stats.Sample
}

// share is how much of all events was lost.
func (f *flow) share() float64 {
	var shown, lost float64
	for i := range f.lost {
		shown += f.shown[i]
		lost += f.lost[i]
	}
	if shown+lost == 0 {
		return 0
	}
	return lost / (shown + lost)
}

// run has calls made while a tracer prints a line of each, and ends the tracer.
func (f *flow) run(t *peer.Tracer, calls, pace int) error {
	defer t.Kill()
	c := counter{}
	t.Drain(c.take)
	ns, err := workload.Calls(number, calls, pace)
	if err != nil {
		return err
	}
	time.Sleep(settle)
	if _, err := t.Stop(); err != nil {
		return err
	}
	lost := c.lost + lostOf(t.Complaints())
	if c.lines+lost != calls {
		return fmt.Errorf("of %d events %d lines were shown and %d lost: %q, %q", calls, c.lines, lost, c.odd, t.Complaints())
	}
	f.call = append(f.call, ns)
	f.cpu = append(f.cpu, float64(t.Used().Nanoseconds())/float64(max(c.lines, 1)))
	f.shown, f.lost = append(f.shown, float64(c.lines)), append(f.lost, float64(lost))
	return nil
}

// settle is how long a tracer gets to print what is left.
const settle = 300 * time.Millisecond

// counter counts the lines of a tracer: those of events begin with a digit, and what else comes may tell of losses.
type counter struct {
	lines, lost int
	odd         []byte // the line that is not one of an event, as far as it has come
	inside      bool   // of a line
	plain       bool   // that line is one of an event
}

func (c *counter) take(piece []byte) {
	for len(piece) > 0 {
		if !c.inside {
			c.inside, c.plain, c.odd = true, piece[0] >= '0' && piece[0] <= '9', c.odd[:0]
		}
		n := bytes.IndexByte(piece, '\n')
		if !c.plain {
			c.odd = append(c.odd, piece[:max(n, 0)]...)
		}
		if n < 0 {
			if !c.plain {
				c.odd = append(c.odd, piece...)
			}
			return
		}
		if c.plain {
			c.lines++
		} else {
			c.lost += lostOf(string(c.odd))
		}
		c.inside, piece = false, piece[n+1:]
	}
}

// losses is how go3sh and bpftrace tell of them.
var losses = regexp.MustCompile(`(\d+) records lost|Lost (\d+) events`)

// lostOf is the sum of what a text tells of.
func lostOf(text string) int {
	sum := 0
	for _, m := range losses.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1] + m[2]) // digits
		sum += n
	}
	return sum
}
