// Package clock turns the kernel's time into wall time, and times into text.
package clock

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Clock turns the kernel's CLOCK_MONOTONIC, which events are stamped with, into wall time.
type Clock struct {
	offset atomic.Int64 // wall minus monotonic, nanoseconds
}

// slack is how far wall time may drift from the offset before it is taken anew; the noise of a measurement stays below it.
const slack = time.Millisecond

// Set measures the offset. It is called now and then, because the wall clock may be set or slewed.
func (c *Clock) Set() {
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

// Wall is the wall time of a monotonic time.
func (c *Clock) Wall(mono time.Duration) time.Time {
	return time.Unix(0, int64(mono)+c.offset.Load())
}
