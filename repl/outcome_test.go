package repl

import (
	"fmt"
	"testing"
)

func TestListedHasAProbeWithManyHooksOnce(t *testing.T) {
	many := []string{"a", "b.x", "b.y"}
	for i := range 9 {
		many = append(many, fmt.Sprintf("fails.sys_exit_%d v2", i))
	}
	many = append(many, "failsafe", "fails")
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, ""},
		{[]string{"a"}, "a"},
		{[]string{"a.p", "a.q", "a.r", "a.s"}, "a.p, a.q, a.r, a.s"},
		{many, "a, b.x, b.y, fails at 9 hooks, failsafe, fails"},
	} {
		if got := listed(c.names); got != c.want {
			t.Errorf("%q: %q, want %q", c.names, got, c.want)
		}
	}
}
