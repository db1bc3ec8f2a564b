// Package faults has system calls of a process fail, one at a time. The process hands over a listener of seccomp's (Linux 5.7), and
// another one, which is not filtered, decides on each of its calls: to let it go on, or to answer in the kernel's place. So real code
// with real libraries meets failures that can't be had otherwise, at every call there is.
package faults

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Calls are the system calls that can fail: those that make, use and map objects of the kernel's, and those that read its files.
var Calls = map[int32]string{
	unix.SYS_BPF: "bpf", unix.SYS_PERF_EVENT_OPEN: "perf_event_open", unix.SYS_IOCTL: "ioctl", unix.SYS_MMAP: "mmap",
	unix.SYS_EPOLL_CREATE1: "epoll_create1", unix.SYS_EPOLL_CTL: "epoll_ctl", unix.SYS_EVENTFD2: "eventfd2", unix.SYS_OPENAT: "openat",
}

// Install has this process's calls decided by whoever reads the listener, whose descriptor it returns. It is for all threads and can't
// be undone. It needs CAP_SYS_ADMIN.
func Install() (listener int, err error) {
	const (
		load, equal, ret = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
		allow, ask       = 0x7fff0000, 0x7fc00000    // SECCOMP_RET_ALLOW, SECCOMP_RET_USER_NOTIF
		flags            = 1<<0 | 1<<3 | 1<<4 | 1<<5 // all threads, a listener, both, and no other signals than deadly ones
		number, fifth    = 0, 16 + 4*8               // in struct seccomp_data: nr, the low half of args[4]
	)
	code := []unix.SockFilter{{Code: load, K: number}}
	for nr := range Calls {
		if nr == unix.SYS_MMAP {
			continue
		}
		code = append(code, unix.SockFilter{Code: equal, K: uint32(nr), Jf: 1}, unix.SockFilter{Code: ret, K: ask})
	}
	code = append(code, // memory that is no file's is the runtime's own
		unix.SockFilter{Code: equal, K: unix.SYS_MMAP, Jt: 1}, unix.SockFilter{Code: ret, K: allow},
		unix.SockFilter{Code: load, K: fifth},
		unix.SockFilter{Code: equal, K: 0xffffffff, Jf: 1}, unix.SockFilter{Code: ret, K: allow}, unix.SockFilter{Code: ret, K: ask},
	)
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, 1, flags, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(code)
	if errno != 0 {
		return -1, fmt.Errorf("install a filter of system calls: %w", errno)
	}
	return int(fd), nil
}

// Judge decides on the calls of a process.
type Judge struct {
	fd int

	mu    sync.Mutex
	left  int // calls until the one that fails; 0: none fails
	errno unix.Errno
	hit   string // the call that has failed
}

// Preside begins to decide on the calls of the process pid, whose listener is its descriptor fd. It goes on until the process is gone.
func Preside(pid, fd int) (*Judge, error) {
	p, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, fmt.Errorf("open process %d: %w", pid, err)
	}
	defer unix.Close(p)
	own, err := unix.PidfdGetfd(p, fd, 0)
	if err != nil {
		return nil, fmt.Errorf("take the listener of process %d: %w", pid, err)
	}
	j := &Judge{fd: own}
	go j.preside()
	return j, nil
}

// Arm has the nth call from now on fail with errno, the first one being 1; 0 has none fail. It returns what has failed since the last
// time, empty for nothing.
func (j *Judge) Arm(n int, errno unix.Errno) (failed string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	failed, j.hit = j.hit, ""
	j.left, j.errno = n, errno
	return failed
}

// question and answer are struct seccomp_notif and struct seccomp_notif_resp.
type (
	question struct {
		id         uint64
		pid, flags uint32
		nr         int32
		arch       uint32
		ip         uint64
		args       [6]uint64
	}
	answer struct {
		id    uint64
		value int64
		errno int32
		flags uint32
	}
)

func (j *Judge) preside() {
	const receive, send = 0xc0502100, 0xc0182101 // SECCOMP_IOCTL_NOTIF_RECV and _SEND
	for {
		poll := []unix.PollFd{{Fd: int32(j.fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, -1); err != nil && !errors.Is(err, unix.EINTR) || poll[0].Revents&unix.POLLHUP != 0 {
			_ = unix.Close(j.fd)
			return
		}
		var q question
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(j.fd), receive, uintptr(unsafe.Pointer(&q))); errno != 0 {
			continue // it was interrupted, or the one who has asked is gone
		}
		a := j.decide(q)
		_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(j.fd), send, uintptr(unsafe.Pointer(&a)))
	}
}

func (j *Judge) decide(q question) answer {
	j.mu.Lock()
	defer j.mu.Unlock()
	const goOn = 1 // SECCOMP_USER_NOTIF_FLAG_CONTINUE
	if j.left--; j.left != 0 {
		j.left = max(j.left, -1)
		return answer{id: q.id, flags: goOn}
	}
	j.hit = fmt.Sprintf("%s(%#x, %#x)", Calls[q.nr], q.args[0], q.args[1])
	return answer{id: q.id, errno: -int32(j.errno)}
}

// Descriptors is how many files this process has open.
func Descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries)
}
