package session_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental/source"
	"go3s/session"
)

// listing is a probe's source as text, with the counts beside the lines.
func listing(t *testing.T, s *session.Session, group string) string {
	t.Helper()
	l, err := s.Lines(group)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, line := range l.Lines {
		count := "-"
		if line.Code && l.Counted {
			count = fmt.Sprint(line.Count)
		}
		if line.Faults > 0 {
			count += fmt.Sprintf(" !%d", line.Faults)
		}
		fmt.Fprintf(&b, "%s:%d\t%s\t%s\n", line.Cell, line.Number, count, strings.TrimSpace(line.Text))
	}
	return b.String()
}

// calls seeks n times with each of the offsets 0 to 3, from this process.
func calls(n int) {
	var values [4][]int64
	for range n {
		values[0] = append(values[0], 0, 1, 2, 3)
	}
	seek(values)
}

func TestLinesAreCountedExactlyWhileTheyAreShown(t *testing.T) {
	s := onKernel(t, session.Options{})
	enterAs := func(name, text string) {
		t.Helper()
		if r := s.Enter(source.Cell{Name: name, Text: text}); !r.OK() {
			t.Fatal(r.Diags, r.Err)
		}
	}
	enterAs("f", "func odd(n int64) bool {\n\treturn n&1 == 1\n}")
	enterAs("p", fmt.Sprintf(`p := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 {
	off := int64(ctx.offset)
	if odd(off) {
		odds++
	}
	for i := int64(0); i < off; i++ {
		rounds[i]++
	}
	left[cpu] = 6 / off
}`, os.Getpid()))
	const n = 500
	calls(n)
	quiet := listing(t, s, "p")
	if err := s.CountLines("p", true); err != nil {
		t.Fatal(err)
	}
	calls(n)
	want := `p:1	N	p := syscalls:sys_enter_lseek @pid == PID && ctx.fd == 1<<32-1 {
p:2	2000	off := int64(ctx.offset)
p:3	2000	if odd(off) {
p:4	1000	odds++
p:5	-	}
p:6	5000	for i := int64(0); i < off; i++ {
p:7	3000	rounds[i]++
p:8	-	}
p:9	2000 !1000	left[cpu] = 6 / off
p:10	-	}
f:1	-	func odd(n int64) bool {
f:2	2000	return n&1 == 1
f:3	-	}
`
	// All the machine's processes come as far as the predicate.
	predicate := regexp.MustCompile(`(?m)^p:1\t\d+`)
	clean := func(text string) string {
		return predicate.ReplaceAllString(strings.ReplaceAll(text, fmt.Sprint(os.Getpid()), "PID"), "p:1\tN")
	}
	if diff := cmp.Diff(want, clean(listing(t, s, "p"))); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if strings.Contains(quiet, "000\t") && !strings.Contains(quiet, "!500") {
		t.Errorf("counted before it was asked for:\n%s", quiet)
	}
	if err := s.CountLines("p", false); err != nil {
		t.Fatal(err)
	}
	calls(n)
	after := s.Probes()[0]
	if after.Version != 1 || len(s.Versions("p")) != 1 || after.Stats.Events != 3*4*n || after.Stats.Fault != 3*n {
		t.Errorf("version %d of %d, %+v", after.Version, len(s.Versions("p")), after.Stats)
	}
	if got := fmt.Sprint(rowsByKey(t, s, "odds")); got != fmt.Sprintf("map[:%d]", 3*2*n) {
		t.Errorf("exchanging the programs has lost or doubled events: odds is %s, want %d", got, 3*2*n)
	}
	if err := s.CountLines("p", true); err != nil {
		t.Fatal(err)
	}
	if got := clean(listing(t, s, "p")); !strings.Contains(got, "p:2\t0\t") {
		t.Errorf("counting begins with old counts:\n%s", got)
	}
	for _, m := range s.Maps() {
		if strings.Contains(m.Name, ".lines") {
			t.Errorf("the map %s is shown to the user", m.Name)
		}
	}
}

func TestCountedLinesLiveThroughEditsAndUndo(t *testing.T) {
	s := onKernel(t, session.Options{})
	text := fmt.Sprintf("p := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 {\n\tn++\n}", os.Getpid())
	enter(t, s, text)
	if err := s.CountLines("p", true); err != nil {
		t.Fatal(err)
	}
	if r := s.Enter(source.Cell{Name: "in2", Text: strings.Replace(text, "n++", "n++\n\tn += 2", 1)}); !r.OK() {
		t.Fatal(r.Diags, r.Err)
	}
	calls(10)
	second := func() session.Line {
		t.Helper()
		l, err := s.Lines("p")
		if err != nil || !l.Counted {
			t.Fatal(err, l.Counted)
		}
		return l.Lines[2]
	}
	if l := second(); l.Count != 40 || l.Text != "\tn += 2" {
		t.Errorf("after an edit: %+v", l)
	}
	if err := s.Suspend("p"); err != nil {
		t.Fatal(err)
	}
	calls(10)
	for range 2 { // back to running, back to the first version
		if r, err := s.Undo(); err != nil || !r.OK() {
			t.Fatal(err, r.Diags, r.Err)
		}
	}
	calls(10)
	if l := second(); l.Text != "}" {
		t.Errorf("after Undo: %+v", l)
	}
	if l, err := s.Lines("p"); err != nil || l.Lines[1].Count != 40 || l.Version != 1 {
		t.Errorf("after Undo: %+v, %v", l, err)
	}
	if err := s.Detach("p"); err != nil {
		t.Fatal(err)
	}
	if err := s.CountLines("p", false); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"p", "nobody"} {
		if err := s.CountLines(name, true); err == nil || !strings.Contains(err.Error(), "there is no probe") {
			t.Errorf("counting the lines of %s: %v", name, err)
		}
	}
}
