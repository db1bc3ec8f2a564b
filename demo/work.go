package demo

import (
	"io"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Work is the workload: it works until life ends, which a pipe does when the process that holds its other end does. Each kind of work has a
// thread with a name of its own. Together they use some 2 % of one CPU.
func Work(life io.Reader) {
	go every(125*time.Millisecond, "demo-open", opener())
	go every(40*time.Millisecond, "demo-read", reader())
	for range 2 {
		go every(40*time.Millisecond, "demo-sleep", func() {})
	}
	_, _ = io.Copy(io.Discard, life)
}

// every does work again and again on a thread called name, which sleeps in the kernel between.
func every(pause time.Duration, name string, work func()) {
	runtime.LockOSThread()
	text := append([]byte(name), 0)
	_ = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&text[0])), 0, 0, 0)
	for {
		work()
		ts := unix.NsecToTimespec(int64(pause))
		_ = unix.Nanosleep(&ts, nil)
	}
}

// opener opens the next of a few files, one of which does not exist.
func opener() func() {
	names := []string{"/etc/hostname", "/etc/passwd", "/proc/self/status", "/proc/loadavg", "/nowhere/to/be/found"}
	next := 0
	return func() {
		fd, err := unix.Open(names[next%len(names)], unix.O_RDONLY|unix.O_CLOEXEC, 0)
		next++
		if err == nil {
			_ = unix.Close(fd)
		}
	}
}

// reader reads 4096 zeros.
func reader() func() {
	fd, err := unix.Open("/dev/zero", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	buf := make([]byte, 4096)
	return func() {
		if err == nil {
			_, _ = unix.Read(fd, buf)
		}
	}
}
