package workload

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// tick is how often paced events are made, in small bursts.
const tick = 5 * time.Millisecond

// told waits for a line on standard input.
func told(in *bufio.Reader) error {
	_, err := in.ReadString('\n')
	return err
}

// each closes every key once.
func each(keys int) error {
	if err := told(bufio.NewReader(os.Stdin)); err != nil {
		return err
	}
	for i := range Short(keys) {
		_, _, _ = unix.RawSyscall(unix.SYS_CLOSE, uintptr(FirstKey+i), 0, 0)
	}
	fmt.Println(0, keys)
	return nil
}

// paced makes events until standard input ends, and says how many.
func paced(dups, closes int) error {
	in := bufio.NewReader(os.Stdin)
	if err := told(in); err != nil {
		return err
	}
	end := make(chan struct{})
	counts := make([]Made, runtime.NumCPU())
	var wait sync.WaitGroup
	for cpu := range counts {
		wait.Go(func() { counts[cpu] = onCPU(cpu, dups/len(counts), closes/len(counts), end) })
	}
	_, _ = io.Copy(io.Discard, in)
	close(end)
	wait.Wait()
	var sum Made
	for _, c := range counts {
		sum.Dups += c.Dups
		sum.Closes += c.Closes
	}
	if os.Getenv(ShortVariable) != "" {
		sum = Made{sum.Dups + 1, sum.Closes + 1}
	}
	fmt.Println(sum.Dups, sum.Closes)
	return nil
}

// onCPU makes events on one CPU, so many of each a second.
func onCPU(cpu, dups, closes int, end chan struct{}) (n Made) {
	runtime.LockOSThread()
	pin(cpu)
	start := time.Now()
	for t := time.NewTicker(tick); ; {
		select {
		case <-end:
			return n
		case <-t.C:
		}
		due := time.Since(start).Seconds()
		for n.Dups < int(due*float64(dups)) {
			_, _, _ = unix.RawSyscall(unix.SYS_DUP, uintptr(FirstKey+n.Dups%Keys), 0, 0)
			n.Dups++
		}
		for n.Closes < int(due*float64(closes)) {
			_, _, _ = unix.RawSyscall(unix.SYS_CLOSE, uintptr(FirstKey+n.Closes%Keys), 0, 0)
			n.Closes++
		}
	}
}
