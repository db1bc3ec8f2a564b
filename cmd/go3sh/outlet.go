package main

import (
	"bufio"
	"io"
	"sync"
	"time"

	"go3s/output"
	"go3s/session/record"
)

// idle is how long a line may wait in the buffer for company.
const idle = 10 * time.Millisecond

// outlet is standard output: buffered while lines come fast, written out when they pause. After the first failed write it takes
// no more. All methods may be called at once.
type outlet struct {
	mu     sync.Mutex
	w      *bufio.Writer
	err    error
	broken func(error) // called once, with the first error
	timer  *time.Timer
}

func newOutlet(w io.Writer, broken func(error)) *outlet {
	return &outlet{w: bufio.NewWriterSize(w, 64<<10), broken: broken}
}

// Write writes at once, after all that came before.
func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.w.Write(p)
	if err == nil {
		err = o.w.Flush()
	}
	return n, o.note(err)
}

// line writes a line, at the latest when idle has passed.
func (o *outlet) line(text string) {
	o.add(func(b []byte) []byte { return append(append(b, text...), '\n') })
}

// record writes a record as a line, as line does.
func (o *outlet) record(r *record.Arrived) {
	o.add(func(b []byte) []byte { return output.AppendLine(b, r) })
}

// add writes what is appended, at the latest when idle has passed.
func (o *outlet) add(to func([]byte) []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return
	}
	_, err := o.w.Write(to(o.w.AvailableBuffer()))
	_ = o.note(err)
	if o.timer == nil {
		o.timer = time.AfterFunc(idle, func() { _ = o.flush() })
	}
}

// flush writes out what waits and returns the first error there was.
func (o *outlet) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.timer = nil
	return o.note(o.w.Flush())
}

func (o *outlet) note(err error) error {
	if err != nil && o.err == nil {
		o.err = err
		o.broken(err)
	}
	return o.err
}
