package incremental_test

import (
	"fmt"
	"testing"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// program15 is a program of fifteen lines.
const program15 = `opens := syscalls:sys_enter_openat @pid != 1 {
	flags := ctx.flags
	if flags > 0 {
		writes[comm]++
	} else {
		reads[comm]++
	}
	printf("%d %s %d\n", pid, str(ctx.filename), flags)
}
sched:sched_switch {
	n++
	for i := 0; i < 4; i++ {
		total[ctx.prev_comm] += uint64(i)
	}
}
`

// BenchmarkBuild15Lines is one Enter's share of the compiler: a cell that has not been seen, in a session that is warm.
func BenchmarkBuild15Lines(b *testing.B) {
	base := incremental.New(universetest.Kernel())
	for i := range b.N {
		cell := source.Cell{Name: "1", Text: program15 + fmt.Sprintf("\n// %d\n", i)}
		if build := base.With(cell).Build(incremental.BuildOptions{}); len(build.Diags) > 0 {
			b.Fatal(source.Render(build.Diags[0], cell.Text))
		}
	}
}

// BenchmarkBuildLines shows how the work grows with the length of one probe.
func BenchmarkBuildLines(b *testing.B) {
	for _, n := range []int{15, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			base, text := incremental.New(universetest.Kernel()), longProbe(n)
			for i := range b.N {
				cell := source.Cell{Name: "1", Text: text + fmt.Sprintf("\n// %d\n", i)}
				if build := base.With(cell).Build(incremental.BuildOptions{}); len(build.Diags) > 0 {
					b.Fatal(source.Render(build.Diags[0], cell.Text))
				}
			}
		})
	}
}

// longProbe is a probe of n lines that hold a bit of everything.
func longProbe(n int) string {
	text := "sched:sched_switch {\n\tx := uint64(ctx.prev_pid)\n"
	lines := []string{
		"x = x*31 + uint64(ctx.next_pid)",
		"if x&%d == 3 { x ^= uint64(ctx.prev_prio) }",
		"m%d[ctx.prev_pid] += x",
		"if ctx.prev_prio > %d { n%[1]d++ }",
		"x += uint64(ctx.next_prio) >> (x & %d)",
		"names%d[ctx.next_comm]++",
	}
	for i := range n - 3 {
		line := lines[i%len(lines)]
		if i%len(lines) == 0 {
			text += "\t" + line + "\n"
		} else {
			text += "\t" + fmt.Sprintf(line, i/len(lines)%4) + "\n"
		}
	}
	return text + "}"
}

// BenchmarkEditAmong is an edit of one cell in sessions of 2 and of 200 cells: what it costs follows the cell and not the session.
func BenchmarkEditAmong(b *testing.B) {
	for _, cells := range []int{2, 200} {
		b.Run(fmt.Sprint(cells), func(b *testing.B) {
			s := incremental.New(universetest.Kernel())
			for i := range cells {
				s = s.With(source.Cell{Name: fmt.Sprint(i), Text: fmt.Sprintf("p%d := sched:sched_switch { m%d[cpu]++ }", i, i)})
			}
			if build := s.Build(incremental.BuildOptions{}); len(build.Diags) > 0 {
				b.Fatal(build.Diags)
			}
			for i := range b.N {
				cell := source.Cell{Name: "1", Text: fmt.Sprintf("p1 := sched:sched_switch { m1[cpu] += %d }", i+2)}
				if build := s.With(cell).Build(incremental.BuildOptions{}); len(build.Diags) > 0 {
					b.Fatal(build.Diags)
				}
			}
		})
	}
}
