// Command opener performs an exact number of openat system calls, for tests that count them.
//
//	opener N [THREADS]
//
// makes N calls in total and not one more, from THREADS threads (1 unless told otherwise) that are pinned in turn to the CPUs it
// may run on. Call i asks for /tmp/opener-00000000i, which does not exist, read-only; the names are composed in
// writable memory, so that a probe which reads them finds their page present.
//
// A normal program cannot promise this: before main runs, the Go runtime opens a file of its own and a dynamic libc opens several,
// all under the program's name. So opener brings its own entry point and never starts the Go runtime. It must be linked with
//
//	go build -ldflags=-E=main.entry ./demo/opener
//
// and says so when it was not, because then the linker starts it at the Go runtime. Everything below is called without a runtime: no allocation, no growing stack, no panics,
// which is why each function is nosplit and calls nothing but raw system calls.
//
// It exits with 0 after N calls, with 2 for arguments it does not understand, with 1 when a thread could not be made.
package main

import (
	"math/bits"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// main runs only when the linker was not told of the entry point.
func main() {
	_, _ = os.Stderr.WriteString("opener: build with go build -ldflags=-E=main.entry, or the Go runtime's own openat is counted too\n")
	os.Exit(2)
}

const (
	maxThreads = 64
	stackSize  = 64 << 10
	digits     = 9
	atCWD      = ^uintptr(99) // AT_FDCWD, -100
)

// worker is one thread's share of the work: calls first, first+step, … below end.
type worker struct {
	first, step, end uint64
	cpu              uint64
	tid              uint32 // cleared by the kernel, with a futex wake, when the thread has ended
	name             [24]byte
}

var (
	workers [maxThreads]worker
	allowed [16]uint64 // the CPUs we may run on, a bit each
)

// The linker starts at entry, which the compiler does not see; without this it takes the whole program for unused.
var _, _, _ = entry, run, work

// entry is where the kernel starts the process; it calls run with the initial stack.
func entry()

// spawn starts a thread on the stack that ends at top, which calls work(w).
func spawn(flags, top uintptr, tid *uint32, w *worker) int

// run is the program. initial is the stack as the kernel laid it out: argc, then the argument pointers.
//
//go:nosplit
func run(initial unsafe.Pointer) {
	argc := *(*uint64)(initial)
	if argc < 2 || argc > 3 {
		usage()
	}
	calls := number(argument(initial, 1))
	threads := uint64(1)
	if argc == 3 {
		threads = number(argument(initial, 2))
	}
	if threads == 0 || threads > maxThreads {
		usage()
	}
	syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(allowed), uintptr(unsafe.Pointer(&allowed)))

	for t := range threads {
		w := (*worker)(unsafe.Add(unsafe.Pointer(&workers), uintptr(t)*unsafe.Sizeof(worker{})))
		w.first, w.step, w.end, w.cpu = t, threads, calls, nthCPU(t)
		if t > 0 {
			start(w)
		}
	}
	repeat(&workers[0])
	for t := uint64(1); t < threads; t++ {
		wait((*worker)(unsafe.Add(unsafe.Pointer(&workers), uintptr(t)*unsafe.Sizeof(worker{}))))
	}
	exit(0)
}

//go:nosplit
func start(w *worker) {
	const prot, flags = syscall.PROT_READ | syscall.PROT_WRITE, syscall.MAP_PRIVATE | syscall.MAP_ANON
	stack, _, errno := syscall.RawSyscall6(syscall.SYS_MMAP, 0, stackSize, prot, flags, ^uintptr(0), 0)
	if errno != 0 {
		exit(1)
	}
	const thread = syscall.CLONE_VM | syscall.CLONE_FS | syscall.CLONE_FILES | syscall.CLONE_SIGHAND | syscall.CLONE_THREAD |
		syscall.CLONE_SYSVSEM | syscall.CLONE_PARENT_SETTID | syscall.CLONE_CHILD_CLEARTID
	if spawn(thread, stack+stackSize, &w.tid, w) < 0 {
		exit(1)
	}
}

// work is a thread's whole life.
//
//go:nosplit
func work(w *worker) {
	repeat(w)
	syscall.RawSyscall(syscall.SYS_EXIT, 0, 0, 0)
}

// repeat pins the thread and makes its calls.
//
//go:nosplit
func repeat(w *worker) {
	pin(w.cpu)
	for i := w.first; i < w.end; i += w.step {
		compose(w, i)
		fd, _, errno := syscall.RawSyscall6(syscall.SYS_OPENAT, atCWD, uintptr(unsafe.Pointer(&w.name)), syscall.O_RDONLY|syscall.O_CLOEXEC, 0, 0, 0)
		if errno == 0 {
			syscall.RawSyscall(syscall.SYS_CLOSE, fd, 0, 0)
		}
	}
}

// compose writes the name of call i.
//
//go:nosplit
func compose(w *worker, i uint64) {
	const prefix = "/tmp/opener-"
	for j := range len(prefix) {
		w.name[j] = prefix[j]
	}
	for j := len(prefix) + digits - 1; j >= len(prefix); j-- {
		w.name[j] = byte('0' + i%10)
		i /= 10
	}
}

// nthCPU is the n-th of the CPUs we may run on, counted round.
//
//go:nosplit
func nthCPU(n uint64) uint64 {
	total := uint64(0)
	for i := range allowed {
		total += uint64(bits.OnesCount64(allowed[i]))
	}
	if total == 0 {
		return 0
	}
	n %= total
	for cpu := range uint64(len(allowed) * 64) {
		if allowed[cpu/64]>>(cpu%64)&1 == 0 {
			continue
		}
		if n == 0 {
			return cpu
		}
		n--
	}
	return 0
}

//go:nosplit
func pin(cpu uint64) {
	var set [len(allowed)]uint64
	set[cpu/64%uint64(len(set))] = 1 << (cpu % 64)
	syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(set), uintptr(unsafe.Pointer(&set)))
}

// wait returns when the thread of w has ended.
//
//go:nosplit
func wait(w *worker) {
	for {
		tid := atomic.LoadUint32(&w.tid)
		if tid == 0 {
			return
		}
		const futexWait = 0
		syscall.RawSyscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&w.tid)), futexWait, uintptr(tid), 0, 0, 0)
	}
}

// argument is the address of the i-th command line argument.
//
//go:nosplit
func argument(initial unsafe.Pointer, i uintptr) *byte {
	return *(**byte)(unsafe.Add(initial, 8*(1+i)))
}

//go:nosplit
func number(p *byte) uint64 {
	n := uint64(0)
	length := 0
	for *p != 0 {
		if *p < '0' || *p > '9' || length == digits {
			usage()
		}
		n = n*10 + uint64(*p-'0')
		length++
		p = (*byte)(unsafe.Add(unsafe.Pointer(p), 1))
	}
	if length == 0 {
		usage()
	}
	return n
}

//go:nosplit
func usage() {
	const text = "usage: opener N [THREADS]   (N below 10^9, THREADS from 1 to 64)\n"
	syscall.RawSyscall(syscall.SYS_WRITE, 2, uintptr(unsafe.Pointer(unsafe.StringData(text))), uintptr(len(text)))
	exit(2)
}

//go:nosplit
func exit(code uintptr) {
	for {
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, code, 0, 0)
	}
}
