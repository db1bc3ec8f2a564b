package incremental_test

import (
	"fmt"
	"strings"
	"testing"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// TestLongProbes compiles texts of a length that programs write: their sums, statements and branches grow the compiler's lists, and what is too
// long for jumps is said at the probe.
func TestLongProbes(t *testing.T) {
	repeated := func(n int, before, line, after string) string {
		var b strings.Builder
		b.WriteString(before)
		for i := range n {
			fmt.Fprintf(&b, line, i)
		}
		return b.String() + after
	}
	for name, c := range map[string]struct{ text, want string }{
		"a sum":          {text: repeated(5000, "sched:sched_switch { n += 1", " + uint64(ctx.prev_pid)*%d", " }")},
		"statements":     {text: repeated(5000, "sched:sched_switch {\n", "\tn += uint64(ctx.prev_pid)*%d\n", "}")},
		"lines of a log": {text: repeated(500, "sched:sched_switch {\n", "\tprintf(\"%d %%d %%s\\n\", ctx.prev_pid, comm)\n", "}")},
		"loops":          {text: repeated(1000, "sched:sched_switch {\n", "\tfor i := range 10_000 { n += uint64(i)*%d }\n", "}")},
		"loops in one another": {
			text: "sched:sched_switch { " + strings.Repeat("for range 2 { ", 2000) + "n++" + strings.Repeat(" }", 2001),
			want: "more than 100 loops lie in one another here",
		},
		"branches in one another": {text: "sched:sched_switch { " + strings.Repeat("if pid > 0 { ", 2000) + "n++" + strings.Repeat(" }", 2001)},
		"one jump over all": {
			text: repeated(2000, "sched:sched_switch {\n", "\tm%d[ctx.prev_pid]++\n", "}"),
			want: "instructions, with jumps that are too far: 32,767 is the most",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := incremental.New(universetest.Kernel()).With(source.Cell{Name: "1", Text: c.text}).Build(incremental.BuildOptions{})
			got := ""
			for _, d := range b.Diags {
				got += d.Msg
			}
			if !strings.HasSuffix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("says %q, want %q at its end", got, c.want)
			}
		})
	}
}
