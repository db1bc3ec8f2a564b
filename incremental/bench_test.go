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
