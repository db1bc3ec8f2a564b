package repl

import (
	"testing"

	"go3s/incremental/source"
)

func TestADeclarationIsNotTakenForACommand(t *testing.T) {
	for _, c := range []struct {
		entry string
		code  source.Code
		want  string
	}{
		{"type pt struct { a, b, c int }", source.Type, "as it was"},
		{"type task_struct", source.Syntax, "did you mean :type task_struct?"},
		{"quit", source.UndefinedName, "did you mean :quit?"},
	} {
		got := hinted(c.entry, []source.Diagnostic{{Code: c.code, Hint: "as it was"}})
		if got[0].Hint != c.want {
			t.Errorf("%s: %q, want %q", c.entry, got[0].Hint, c.want)
		}
	}
}
