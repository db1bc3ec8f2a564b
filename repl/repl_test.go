package repl

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go3s/incremental/abi"
	"go3s/repl/line"
	"go3s/session"
	"go3s/session/sessiontest"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

// clockwork are the parts of a transcript that differ from run to run.
var clockwork = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`\(\d+\.\d ms\)`), "(TIME)"},
	{regexp.MustCompile(` +\d+\.\d{3} ms +\d+%\n`), " TIME\n"},
	{regexp.MustCompile(`STAGE +TIME +SHARE`), "STAGE TIME SHARE"},
	{regexp.MustCompile(`\d\d:\d\d:\d\d`), "CLOCK"},
	{regexp.MustCompile(`\b\d\.\d%`), "N.N%"},
}

// TestTranscripts types the input of each file in testdata and compares the whole screen.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		file, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input := string(archive.Files[0].Data)
			got := play(t, input, false)
			// Where the kernel is to refuse what comes next, that may be what is prepared, and :time tells what was done ahead.
			if !strings.Contains(input, "!REFUSE") && !strings.Contains(input, ":time") && !strings.HasPrefix(input, "!DUMB") {
				if prepared := play(t, input, true); prepared != got {
					t.Errorf("when texts are prepared while they are typed, the screen shows\n%s\notherwise\n%s", prepared, got)
				}
			}
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "screen", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(archive.Files[1].Data); got != want {
				t.Errorf("the screen shows\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// play types the input of a transcript into a Repl on a kernel without tracing. A line with a ! types nothing: !COUNT makes the kernel
// count, !SETTLE waits until links that are detached are gone, !SHOW takes a picture of the entry that is typed, !ABOVE TEXT has a line of
// text arrive meanwhile, !WIDTH N makes the terminal so wide, !DUMB and !COLOURS are for the first line. See arrange for the others. With
// prepared each text is prepared in the moment it is typed, otherwise never.
func play(t *testing.T, input string, prepared bool) string {
	t.Helper()
	kernel := sessiontest.NewKernel()
	s, err := session.Open(kernel, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := newPaper(t)
	h := &hand{paper: p, height: 24, keys: typed(input)}
	term := &screen{device: h}
	if rest, ok := strings.CutPrefix(input, "!DUMB\n"); ok {
		term.dumb, h.echo, h.keys = true, true, slices.DeleteFunc(typed(rest), func(k string) bool { return k == "\x04" })
	}
	h.do = func(key string) {
		name, arg, _ := strings.Cut(key, " ")
		switch name {
		case "!SETTLE":
			settle(s)
		case "!COUNT":
			kernel.Set("opens", []byte("bash"), 3, 4)
			kernel.Set("opens", []byte("cat"), 0, 1)
			kernel.SetCounter("sys_enter_openat"+abi.StatsSuffix, abi.StatEvents, 1, 8)
		case "!DIR", "!SET", "!COST", "!REFUSE", "!FILE", "!TYPES":
			arrange(t, kernel, name, arg)
		case "!SHOW":
			p.take(p.row - term.row)
		case "!ABOVE":
			_, _ = term.Write([]byte(arg + "\n"))
		case "!WIDTH":
			p.width, _ = strconv.Atoi(arg)
		}
	}
	r := New(s, term, Options{})
	r.ahead.mu.Lock()
	r.ahead.do = func(string) {}
	r.ahead.mu.Unlock()
	if prepared {
		r.options.Typed = r.prepare
		r.editor = line.New(r.options)
	}
	if err := r.Run(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	kernel.Check(t)
	shown := p.String()
	for _, c := range clockwork {
		shown = c.find.ReplaceAllString(shown, c.put)
	}
	return shown
}

// settle waits until no link is on its way out.
func settle(s *session.Session) {
	for slices.ContainsFunc(s.Probes(), func(p session.Probe) bool { return p.State == session.Detaching }) {
		time.Sleep(time.Millisecond)
	}
}
