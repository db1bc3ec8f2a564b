package ring

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// bell rings when the kernel has a record for the reader, or when a context ends. It waits in the runtime's poller, not in a system
// call: the runtime keeps an eye on those, which costs more than the waiting.
type bell struct {
	ctx  context.Context
	file *os.File // of the ring
	conn syscall.RawConn
	stop func() bool
}

func newBell(ctx context.Context, ring int) (*bell, error) {
	fd, err := unix.FcntlInt(uintptr(ring), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	b := &bell{ctx: ctx, file: os.NewFile(uintptr(fd), "ring buffer")}
	b.conn, err = b.file.SyscallConn()
	if err == nil {
		err = b.file.SetReadDeadline(time.Time{}) // fails if the poller does not take it
	}
	if err != nil {
		return nil, errors.Join(err, b.file.Close())
	}
	b.stop = context.AfterFunc(ctx, func() { _ = b.file.SetReadDeadline(time.Unix(1, 0)) })
	return b, nil
}

// wait returns true when the bell has rung, false after the timeout. It returns at once if ready holds.
func (b *bell) wait(timeout time.Duration, ready func() bool) bool {
	if err := b.file.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return false
	}
	if b.ctx.Err() != nil {
		return true // and the deadline that ends the wait may just have been overwritten
	}
	waited := false
	err := b.conn.Read(func(uintptr) bool {
		done := waited || ready()
		waited = true
		return done
	})
	return err == nil || b.ctx.Err() != nil
}

func (b *bell) close() error {
	b.stop()
	return b.file.Close()
}
