package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"go3s/bench/host"
	"go3s/bench/stats"
	"go3s/incremental"
	"go3s/incremental/source"
)

const peerName = "clang-19"

// against builds the program of 15 lines in alternation with clang, which compiles its likeness in C; the sample of clang is empty where that is
// not installed.
func against(s *incremental.Snapshot, k *host.Kernel, text, inC string, builds, pairs int) (ours growth, clang stats.Sample, err error) {
	_, missing := exec.LookPath(peerName)
	object := filepath.Join(os.TempDir(), fmt.Sprintf("go3sh-bench-%d.o", os.Getpid()))
	defer func() { _ = os.Remove(object) }()
	each := int(math.Ceil(float64(builds) / float64(pairs)))
	for pair := range pairs {
		g, err := grow(s, 15, fill, each, func(i int) source.Cell { return another(text, pair*1000+i) })
		if err != nil {
			return ours, nil, err
		}
		ours = growth{size: 15, times: append(ours.times, g.times...), instructions: g.instructions}
		if missing != nil {
			continue
		}
		start := time.Now()
		out, err := exec.Command(peerName, "-O2", "-g", "-Wall", "-Werror", "-target", "bpf", fmt.Sprintf("-mcpu=v%d", host.ISA),
			fmt.Sprintf("-DCPUS=%d", k.Features().CPUs), "-Ibench/code", "-c", inC, "-o", object).CombinedOutput()
		if err != nil {
			return ours, nil, fmt.Errorf("%s: %w\n%s", peerName, err, out)
		}
		clang = append(clang, float64(time.Since(start))/float64(time.Millisecond))
	}
	return ours, clang, nil
}

// another is a text as it has not been compiled before.
func another(text string, i int) source.Cell {
	return source.Cell{Name: "1", Text: text + fmt.Sprintf("\n// %d\n", i)}
}

// longProbe is a probe of n lines that hold a bit of everything.
func longProbe(n int) string {
	var b strings.Builder
	b.WriteString("sched:sched_switch {\n\tx := uint64(ctx.prev_pid)\n")
	lines := []string{
		"x = x*31 + uint64(ctx.next_pid) + %d",
		"if x&%d == 3 { x ^= uint64(ctx.prev_prio) }",
		"m%d[ctx.prev_pid] += x",
		"if ctx.prev_prio > %d { n%[1]d++ }",
		"x += uint64(ctx.next_prio) >> (x & %d)",
		"names%d[ctx.next_comm]++",
	}
	for i := range n - 3 {
		fmt.Fprintf(&b, "\t"+lines[i%len(lines)]+"\n", i/len(lines)%4)
	}
	return b.String() + "}"
}

// many is a session of so many cells, compiled.
func many(s *incremental.Snapshot, cells int) (*incremental.Snapshot, error) {
	for i := range cells {
		s = s.With(source.Cell{Name: fmt.Sprint(i), Text: fmt.Sprintf("p%d := sched:sched_switch { m%d[cpu]++ }", i, i)})
	}
	_, _, err := build(s, edit(-1))
	return s, err
}

// edit is a new text of the cell 1 of many.
func edit(i int) source.Cell {
	return source.Cell{Name: "1", Text: fmt.Sprintf("p1 := sched:sched_switch { m1[cpu] += %d }", 1000+i)}
}
