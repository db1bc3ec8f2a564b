package workload

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// burst is how many calls are made between two looks at the clock when they are paced.
const burst = 100

// Calls has a pinned thread of another process make a system call that takes no pointers so many times, perSecond of them each second or, if
// that is 0, as fast as it can. It returns what one took in nanoseconds: of the thread's CPU time, which others on its CPU do not add to, or, of calls
// that are paced, of the clock, waits included.
func Calls(number, n, perSecond int) (float64, error) {
	out, err := process(fmt.Sprint("calls ", number, n, perSecond)).Output()
	if err != nil {
		return 0, fmt.Errorf("run the workload: %w", err)
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

// perCall makes the calls on a thread of its own on the last CPU.
func perCall(number uintptr, n, perSecond int) float64 {
	runtime.LockOSThread()
	pin(runtime.NumCPU() - 1)
	start, before := time.Now(), threadTime()
	all := Short(n)
	for done := 0; done < all; {
		some := all - done
		if perSecond > 0 {
			some = min(some, burst)
			for due := time.Duration(done) * time.Second / time.Duration(perSecond); time.Since(start) < due; {
			}
		}
		for range some {
			_, _, _ = unix.RawSyscall(number, 0, 0, 0)
		}
		done += some
	}
	if perSecond > 0 {
		return float64(time.Since(start).Nanoseconds()) / float64(n)
	}
	return float64((threadTime() - before).Nanoseconds()) / float64(n)
}

// threadTime is the CPU time that this thread has taken.
func threadTime() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) // it can't fail
	return time.Duration(t.Nano())
}
