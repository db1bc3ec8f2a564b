package attach

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// clock are the perf events of a hook of the kernel's own clock. A tick that comes while another program runs on its CPU is left out by the
// kernel, which counts that nowhere. So the dispatcher notes for each CPU how many ticks came and when the last one did, in its gate's lines, and
// of an interval that is compared with what its period says was due. A profile is a sample, in which some kernels pass over CPUs that sleep:
// there it would say nothing.
type clock struct {
	period int64 // nanoseconds
	events []ticking
}

// ticking is the perf event of one CPU.
type ticking struct {
	fd    perfFD
	cpu   int
	start int64 // just before, CLOCK_MONOTONIC
}

const (
	shortest = 10_000 // the kernel's shortest period, nanoseconds
	// overdue is how late a tick can be that is still to come.
	overdue = int64(10 * time.Millisecond)
)

// Close ends all.
func (c *clock) Close() error {
	var errs []error
	for _, e := range c.events {
		errs = append(errs, e.fd.Close())
	}
	return errors.Join(errs...)
}

// missed is how many ticks were due by now and did not come to the dispatcher behind a gate.
func (c *clock) missed(g *gate) (n uint64) {
	if c == nil || g == nil {
		return 0
	}
	for _, e := range c.events {
		ran, last := g.ticks(e.cpu)
		last = max(last, e.start)
		due := (last - e.start) / c.period
		n += uint64(max(due-int64(ran), 0))
		if late := monotonic() - overdue - e.start; late > 0 {
			n += uint64(max(late/c.period-due, 0))
		}
	}
	return n
}

// ticks are how many came on a CPU, and when the last one did.
func (g *gate) ticks(cpu int) (ran uint64, last int64) {
	line := g.at + counterLine*(1+cpu)
	for {
		before := g.of.word(line + lastWord).Load()
		ran = g.of.word(line + ranWord).Load()
		if after := g.of.word(line + lastWord).Load(); after == before {
			return ran, int64(after)
		}
	}
}

// tickInsns are what stands before the gate in the dispatcher of a clock; they leave the context in R1.
func (g *gate) tickInsns() asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R6, asm.R1),
		asm.FnKtimeGetNs.Call(),
		asm.Mov.Reg(asm.R7, asm.R0),
		asm.FnGetSmpProcessorId.Call(),
		asm.JGE.Imm(asm.R0, int32(g.of.cpus), "out"),
		asm.LSh.Imm(asm.R0, 6),
		asm.LoadMapValue(asm.R2, g.of.m.m.FD(), uint32(g.at)),
		asm.Add.Reg(asm.R2, asm.R0),
		asm.LoadMem(asm.R1, asm.R2, counterLine+ranWord, asm.DWord),
		asm.Add.Imm(asm.R1, 1),
		asm.StoreMem(asm.R2, counterLine+ranWord, asm.R1, asm.DWord),
		asm.StoreMem(asm.R2, counterLine+lastWord, asm.R7, asm.DWord),
		asm.Mov.Reg(asm.R1, asm.R6),
	}
}

// monotonic is the kernel's CLOCK_MONOTONIC, by which its timers go.
func monotonic() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // which can't fail
	return t.Nano()
}

// perfFD is the descriptor of a perf event.
type perfFD int

// Close ends the event.
func (fd perfFD) Close() error { return unix.Close(int(fd)) }

// linkClock links a program to the kernel's clock: profile on each CPU that is online, interval on one. The program runs in the
// interrupt of a timer.
func linkClock(hook Hook, prog *ebpf.Program) (*clock, error) {
	c := &clock{period: hook.Nanoseconds}
	attr := unix.PerfEventAttr{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Bits: unix.PerfBitDisabled,
	}
	if hook.Hertz > 0 {
		attr.Sample = uint64(hook.Hertz)
		attr.Bits |= unix.PerfBitFreq
		c.period = int64(time.Second) / hook.Hertz
	} else {
		attr.Sample = uint64(hook.Nanoseconds)
	}
	cpus, err := onlineCPUs()
	if err != nil {
		return nil, err
	}
	if hook.Kind == "interval" {
		cpus = cpus[:1]
	}
	c.period = max(c.period, shortest)
	for _, cpu := range cpus {
		fd, err := unix.PerfEventOpen(&attr, -1, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
		if err != nil {
			_ = c.Close()
			return nil, fmt.Errorf("open a clock on CPU %d: %w", cpu, tooFast(hook, err))
		}
		c.events = append(c.events, ticking{fd: perfFD(fd), cpu: cpu})
		if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_BPF, prog.FD()); err != nil {
			_ = c.Close()
			return nil, fmt.Errorf("put the program to the clock of CPU %d: %w", cpu, err)
		}
	}
	for i := range c.events {
		e := &c.events[i]
		e.start = monotonic()
		if err := unix.IoctlSetInt(int(e.fd), unix.PERF_EVENT_IOC_ENABLE, 0); err != nil {
			_ = c.Close()
			return nil, fmt.Errorf("start a clock: %w", err)
		}
	}
	return c, nil
}

// tooFast says of an error that the clock is faster than the kernel allows.
func tooFast(hook Hook, err error) error {
	const limit = "/proc/sys/kernel/perf_event_max_sample_rate"
	data, readErr := os.ReadFile(limit)
	most, convErr := strconv.Atoi(strings.TrimSpace(string(data)))
	if !errors.Is(err, unix.EINVAL) || errors.Join(readErr, convErr) != nil || hook.Hertz <= int64(most) {
		return err
	}
	return &RefusedError{
		Op: "open a clock", Reason: fmt.Sprintf("the kernel takes at most %d samples a second", most), Err: err,
		Remedy: "ask for fewer, or raise the limit: sysctl kernel.perf_event_max_sample_rate",
	}
}

// onlineCPUs lists the CPUs that run, from a list such as 0-3,5.
func onlineCPUs() ([]int, error) {
	const file = "/sys/devices/system/cpu/online"
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var cpus []int
	for part := range strings.SplitSeq(strings.TrimSpace(string(text)), ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for cpu := from; cpu <= to; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}
