package session_test

import (
	"testing"

	"go3s/session"
)

// Types, functions and variables of one entry are those of the next. Needs root.
func TestEntriesShareTheirTypes(t *testing.T) {
	s := onKernel(t, session.Options{})
	enter(t, s, "type pt struct { x, y int }")
	enter(t, s, "type mat [2][3]pt")
	enter(t, s, "func turned(a [2]pt) [2]pt { for i, p := range a { a[i] = pt{p.y, p.x} }; return a }")
	enter(t, s, "func digits(m mat) (n int) { for _, row := range m { for _, p := range row { n = n*10 + p.x } }; return }")
	enter(t, s, "var last pt")
	for _, c := range []struct{ text, want string }{
		{"[2]pt{{1, 2}}", "[2]pt{pt{x: 1, y: 2}, pt{x: 0, y: 0}}"},
		{"turned([2]pt{{1, 2}, {y: 4}})", "[2]pt{pt{x: 2, y: 1}, pt{x: 4, y: 0}}"},
		{"digits(mat{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}, {9, 10}}})", "130579"},
		{"[2]pt{{1, 2}} == turned([2]pt{{2, 1}})", "true"},
		{"last = pt{3, 4}", ""},
		{"last.y", "4"},
		{"[2]pt{last, {5, 6}}[1].y", "6"},
	} {
		if got := evaluated(t, s, c.text); got != c.want {
			t.Errorf("%s is %q, want %q", c.text, got, c.want)
		}
	}
}
