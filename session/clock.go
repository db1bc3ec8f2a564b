package session

import (
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// clock turns the kernel's CLOCK_MONOTONIC, which events are stamped with, into wall time.
type clock struct {
	offset atomic.Int64 // wall minus monotonic, nanoseconds
}

// slack is how far wall time may drift from the offset before it is taken anew; the noise of a measurement stays below it.
const slack = time.Millisecond

// set measures the offset. It is called now and then, because the wall clock may be set or slewed.
func (c *clock) set() {
	offset := measureOffset()
	if d := time.Duration(offset - c.offset.Load()); d > slack || d < -slack {
		c.offset.Store(offset)
	}
}

// measureOffset takes the best of a few tries, since the thread may be interrupted between the two readings.
func measureOffset() int64 {
	var offset, best int64
	for i := range 5 {
		before, wall, after := monotonic(), time.Now().UnixNano(), monotonic()
		if took := after - before; i == 0 || took < best {
			best, offset = took, wall-(before+took/2)
		}
	}
	return offset
}

func monotonic() int64 {
	var t unix.Timespec
	// It can't fail: the clock and the address are valid.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return t.Nano()
}

// wall is the wall time of a monotonic time.
func (c *clock) wall(mono time.Duration) time.Time {
	return time.Unix(0, int64(mono)+c.offset.Load())
}

// stopwatch times the stages of an Enter. One runs at a time; a stage that starts again goes on where it stopped.
type stopwatch struct {
	times   Times
	running int // index of the stage under way
	began   time.Time
}

// stage ends the stage under way and starts the next.
func (w *stopwatch) stage(name string) {
	w.end()
	w.running = slices.IndexFunc(w.times, func(s Stage) bool { return s.Name == name })
	if w.running < 0 {
		w.running = len(w.times)
		w.times = append(w.times, Stage{Name: name})
	}
	w.began = time.Now()
}

func (w *stopwatch) end() {
	if len(w.times) > 0 {
		w.times[w.running].Time += time.Since(w.began)
	}
}

// stop ends the last stage and returns all.
func (w *stopwatch) stop() Times {
	w.end()
	return w.times
}
