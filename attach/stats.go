package attach

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// Stats are the statistics of the link's dispatcher; of a link that was detached those at its end.
func (k *Kernel) Stats(id LinkID) (ProgramStats, error) {
	k.lastMu.Lock()
	last, gone := k.last[id]
	k.lastMu.Unlock()
	if gone {
		return last, nil
	}
	l, release, err := k.links.use(int(id))
	if err != nil {
		return ProgramStats{}, fmt.Errorf("statistics of link: %w", err)
	}
	defer release()
	s, err := k.statsOf(l)
	return s, refine("statistics of "+l.name, err)
}

// statsOf takes out of the time what the kernel's own clock adds to it.
func (k *Kernel) statsOf(l *hookLink) (s ProgramStats, err error) {
	if l.gate != nil {
		s.Sampled, s.Quiet = l.gate.held()
	}
	l.mu.Lock()
	s.Missed = l.missed + l.clock.missed(l.gate)
	l.mu.Unlock()
	kernels, err := l.prog.Stats()
	if err != nil {
		return s, err
	}
	s.Runs = kernels.RunCount
	s.Missed += kernels.RecursionMisses
	s.Time = max(kernels.Runtime-time.Duration(s.Runs)*time.Duration(k.clockCost.Load())/1000, 0)
	return s, nil
}

// EnableStats makes the kernel count runs and time of all programs until the result is closed, which costs each run about
// 100 ns.
func (k *Kernel) EnableStats() (io.Closer, error) {
	c, err := ebpf.EnableStats(unix.BPF_STATS_RUN_TIME)
	if err != nil {
		return nil, refine("enable statistics", err)
	}
	k.calibrate.Do(k.measureClock)
	return c, nil
}

// measureClock finds out what the kernel's clock adds to each run that it measures, by a program that does nothing: the least average of
// some rounds, in picoseconds. Statistics are on. Where programs can't be run by hand, nothing is taken out.
func (k *Kernel) measureClock() {
	const rounds, runs = 8, 32
	prog, err := k.loadProgram("go3s_nothing", binding{typ: RawTracepoint}, asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()})
	if err != nil {
		return
	}
	defer prog.Close()
	least := int64(math.MaxInt64)
	for range rounds {
		before, err := prog.Stats()
		if err != nil {
			return
		}
		for range runs {
			if _, err := prog.Run(&ebpf.RunOptions{Context: make([]uint64, maxRawArgs)}); err != nil {
				return
			}
		}
		after, err := prog.Stats()
		if err != nil || after.RunCount-before.RunCount != runs {
			return
		}
		least = min(least, int64(after.Runtime-before.Runtime)*1000/runs)
	}
	k.clockCost.Store(least)
}
