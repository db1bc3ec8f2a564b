package complete

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe/universetest"
)

// sitting is a session of one kernel, with cells that were compiled.
type sitting struct {
	snapshot    *incremental.Snapshot
	tracepoints []string
	functions   []string
}

func (s *sitting) Tracepoints() []string { return s.tracepoints }
func (s *sitting) Functions() []string   { return s.functions }
func (s *sitting) Look(text string, caret int) *incremental.Sight {
	return s.snapshot.Look(source.Cell{Name: "entry", Text: text}, caret)
}

func newSitting(tb testing.TB, cells ...string) *sitting {
	kernel := universetest.Kernel()
	s := incremental.New(kernel)
	for i, text := range cells {
		s = s.With(source.Cell{Name: fmt.Sprint("cell", i), Text: text})
	}
	if b := s.Build(incremental.BuildOptions{}); len(b.Diags) > 0 {
		tb.Fatal(b.Diags)
	}
	return &sitting{s, kernel.Tracepoints(), kernel.BTF().Functions()}
}

func commands() func() []Command {
	return func() []Command {
		return []Command{
			{Name: "list", Args: "[PATTERN]", Short: "hooks", Next: func([]string) Argument { return Argument{Hooks: true} }},
			{Name: "load", Args: "FILE", Short: "a program", Next: func([]string) Argument { return Argument{Files: true} }},
			{Name: "show", Args: "MAP", Short: "a map", Next: func(args []string) Argument {
				if len(args) > 0 {
					return Argument{Names: []string{"top", "by"}}
				}
				return Argument{Names: []string{"lat", "opens"}}
			}},
			{Name: "quit", Short: "leave"},
		}
	}
}

func TestTheRightThingsAreOffered(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.go3s", "b.go3s", "sub/c"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := newSitting(t, "sched:sched_switch { opens[comm]++; lat[comm].hist(nsecs) }", "type file struct { comm string; fd int64 }\nconst limit = 4")
	c := New(s, commands())
	for _, x := range []struct{ typed, want string }{
		// ‸ is the caret; wanted are the bytes that are replaced, and the candidates.
		{":s", "s: show"},
		{":show ", ": lat opens"},
		{":sh lat t", "t: top"},
		{"  :show o‸pens", "o: opens"},
		{":list openat", "openat: syscalls:sys_enter_openat syscalls:sys_exit_openat"},
		{":load " + dir + "/", dir + "/: " + dir + "/a.go3s " + dir + "/b.go3s " + dir + "/sub/"},
		{":unknown x", "x:"},
		{"begi", "begi: begin"},
		{"sched:sched_sw", "sched:sched_sw: sched:sched_switch"},
		{"x := sched:sched_sw", "sched:sched_sw: sched:sched_switch"},
		{"tracepoint:exit_openat", "tracepoint:exit_openat: tracepoint:syscalls:sys_exit_openat"},
		{"sched:sched_switch, openat", "openat: syscalls:sys_enter_openat syscalls:sys_exit_openat"},
		{"kprobe:v4", "kprobe:v4: kprobe:tcp_v4_do_rcv"},
		{"uprobe:" + dir + "/s", "uprobe:" + dir + "/s: uprobe:" + dir + "/sub/"},
		{"profile:", "profile:: profile:99hz"},
		{"interval:5", "interval:5: interval:5s interval:5ms interval:5us interval:5hz"},
		{"opens[\"bash\"] / lim", "lim: limit"},
		{"ope", "ope: opens syscalls:sys_enter_openat syscalls:sys_exit_openat"},
		{"sched:sched_switch @ctx.next_c‸omm == \"x\" { n++ }", "next_c: next_comm"},
		{"syscalls:sys_enter_openat {\n\tif x := str(ctx.filename); len(x) > li", "li: limit"},
		{"sched:sched_switch { f := file{comm, 1}; use[f.f", "f: fd"},
		{"sched:sched_switch { lat[comm].", ": hist"},
		{"sched:sched_switch { n++ }\nsched:sched_switch { ret", "ret: return"},
		{"sched:sched_switch { task.REAL", "REAL: real_parent"},
		{"sched:sched_switch { x := ", ": comm"},
		{"sched:sched_switch { ", ":"},
		{"sched:sched_switch { \"ctx.", ":"},
		{"sched:sched_switch { // ctx.", ":"},
	} {
		before, after, _ := strings.Cut(x.typed, "‸")
		from, found := c.Complete(before+after, len(before))
		got := before[from:] + ":"
		for _, f := range found {
			if !strings.HasSuffix(x.want, ": comm") || f.Text == "comm" {
				got += " " + f.Text
			}
		}
		if got != x.want {
			t.Errorf("%q: %s\nwant %s", x.typed, got, x.want)
		}
	}
}

func TestFunctionsOfProgramsAreOffered(t *testing.T) {
	self, err := exec.LookPath("go") // the binaries of tests have no names
	if err != nil {
		t.Fatal(err)
	}
	c := New(newSitting(t), commands())
	typed := "uprobe:" + self + ":runtime.mallocg"
	from, found := c.Complete(typed, len(typed))
	if len(found) == 0 || from != 0 || found[0].Text != "uprobe:"+self+":runtime.mallocgc" {
		t.Errorf("%s may become %v from %d", typed, found, from)
	}
}

func TestCandidatesAgreeOnABeginning(t *testing.T) {
	c := func(texts ...string) (out []Candidate) {
		for _, text := range texts {
			out = append(out, Candidate{Text: text})
		}
		return out
	}
	for _, x := range []struct {
		word  string
		found []Candidate
		want  string
	}{
		{"p", c("printf", "print"), "print"},
		{"p", c("printf", "pid"), "p"},
		{"openat", c("syscalls:sys_enter_openat", "syscalls:sys_exit_openat"), "openat"},
		{"sys", c("raw_syscalls:a", "raw_syscalls:b"), "raw_syscalls:"},
		{"", nil, ""},
	} {
		if got := Extend(x.word, x.found); got != x.want {
			t.Errorf("%q of %v becomes %q, want %q", x.word, x.found, got, x.want)
		}
	}
}

func FuzzComplete(f *testing.F) {
	s := newSitting(f, "sched:sched_switch { opens[comm]++ }")
	c := New(s, commands())
	f.Add("syscalls:sys_enter_openat { if x := ctx.fi; x { opens[task.comm].", 40)
	f.Add("func (f T) g[X any](a ...int) { switch { case f.", 44)
	f.Fuzz(func(t *testing.T, text string, caret int) {
		if from, _ := c.Complete(text, caret); from < 0 || from > min(max(caret, 0), len(text)) {
			t.Errorf("what is completed begins at %d of %d", from, caret)
		}
	})
}

// BenchmarkComplete measures a kernel with as many tracepoints and functions as real ones have.
func BenchmarkComplete(b *testing.B) {
	s := newSitting(b, "sched:sched_switch { opens[comm]++ }")
	for i := range 2300 {
		s.tracepoints = append(s.tracepoints, fmt.Sprintf("group%d:sys_enter_name%d", i%120, i))
	}
	for i := range 60_000 {
		s.functions = append(s.functions, fmt.Sprintf("vfs_function_%05d", i))
	}
	c := New(s, commands())
	for _, text := range []string{"openat", "nothing_like", "kprobe:_4", "sched:sched_switch { task.real_parent.", "sched:sched_switch { pri"} {
		b.Run(strings.ReplaceAll(text, " ", ""), func(b *testing.B) {
			for b.Loop() {
				c.Complete(text, len(text))
			}
		})
	}
}
