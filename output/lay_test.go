package output

import "testing"

func TestLayCutsAndLeavesOutWhatHasNoRoom(t *testing.T) {
	headings := []Heading{{Name: "NAME", Cut: true, Tail: true}, {Name: "HOOK", Cut: true}, {Name: "EVENTS", Right: true}, {Name: "CPU", Right: true, Less: true}}
	rows := [][]string{{"sys_enter_openat", "syscalls:日本", "1", "0.1%"}, {"o", "x", "1234567", ""}}
	for _, c := range []struct {
		width int
		want  string
	}{
		{0, "" +
			"NAME              HOOK            EVENTS   CPU\n" +
			"sys_enter_openat  syscalls:日本        1  0.1%\n" +
			"o                 x              1234567\n"},
		{40, "" +
			"NAME         HOOK           EVENTS   CPU\n" +
			"…ter_openat  syscalls:日…        1  0.1%\n" +
			"o            x             1234567\n"},
		{30, "" +
			"NAME      HOOK       EVENTS\n" +
			"…_openat  syscall…        1\n" +
			"o         x         1234567\n" +
			"(no room for CPU)\n"},
		{4, "…  …\n…  …\no  …\n(no…\n"},
	} {
		if got := Lay(headings, rows, c.width); got != c.want {
			t.Errorf("in %d columns\n%swant\n%s", c.width, got, c.want)
		}
	}
}
