package incremental

import (
	"fmt"
	"strings"
	"testing"

	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// TestWhatIsNotUsedIsForgotten edits a long cell often, with mistakes now and then; what is kept stays in proportion to what is used, and
// what is used is not compiled again.
func TestWhatIsNotUsedIsForgotten(t *testing.T) {
	other := source.Cell{Name: "other", Text: "o := sched:sched_switch { others[cpu]++ }"}
	s := New(universetest.Kernel()).With(other)
	text := func(i int, more string) source.Cell {
		return source.Cell{Name: "1", Text: "p := sched:sched_switch {\n" + strings.Repeat(fmt.Sprintf("\tm[cpu] += %d\n", i), 300) + more + "}"}
	}
	m := s.memo
	for i := range 60 {
		mistake := []string{"", "\tm[cpu] = nothing\n", "\tif {\n"}[i%3]
		diags := s.With(text(i, mistake)).Build(BuildOptions{}).Diags
		if (len(diags) > 0) != (mistake != "") {
			t.Fatalf("edit %d: %v", i, diags)
		}
		held := 0
		for c := range m.parsed {
			held += weight(c.Text)
		}
		if used := weight(text(i, "").Text) + weight(other.Text); held > 4*used+spare {
			t.Fatalf("after edit %d %d bytes of text are kept in %d cells; %d are used", i, held, len(m.parsed), used)
		}
		if len(m.units) > 16 {
			t.Fatalf("after edit %d %d compiled cells are kept", i, len(m.units))
		}
	}
	before := m.compiled
	if b := s.With(text(57, "")).Build(BuildOptions{}); len(b.Diags) > 0 || m.compiled != before {
		t.Errorf("what was built last took %d compilations: %v", m.compiled-before, b.Diags)
	}
}
