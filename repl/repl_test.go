package repl

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go3s/incremental/abi"
	"go3s/session"
	"go3s/session/sessiontest"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

// script is a terminal whose user has all lines ready. It keeps what the screen would show. In a line, \t is the Tab key and ^C at
// the end gives the line up.
type script struct {
	lines []string
	// before is called before each line with its number from 0.
	before     func(n int)
	n          int
	tab        func(string, int) (string, int, bool)
	screen     strings.Builder
	remembered []string
}

func (s *script) ReadLine(prompt string) (string, error) {
	if len(s.lines) == 0 {
		s.screen.WriteString(prompt + "^D\n")
		return "", io.EOF
	}
	if s.before != nil {
		s.before(s.n)
	}
	s.n++
	keys := s.lines[0]
	s.lines = s.lines[1:]
	keys, interrupted := strings.CutSuffix(keys, "^C")
	line := ""
	for _, key := range keys {
		if key != '\t' {
			line += string(key)
		} else if l, at, ok := s.tab(line, len(line)); ok {
			if at != len(l) {
				return "", errors.New("Tab at the end of a line left the end")
			}
			line = l
		}
	}
	if interrupted {
		s.screen.WriteString(prompt + line + "^C\n")
		return "", ErrInterrupt
	}
	s.screen.WriteString(prompt + line + "\n")
	return line, nil
}

func (s *script) Write(p []byte) (int, error) { return s.screen.Write(p) }

func (s *script) Remember(entry string) { s.remembered = append(s.remembered, entry) }

func (s *script) OnTab(fn func(string, int) (string, int, bool)) { s.tab = fn }

func (s *script) Width() int { return 80 }

func (s *script) Close() error { return nil }

// clockwork are the parts of a transcript that differ from run to run.
var clockwork = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`\(\d+\.\d ms\)`), "(TIME)"},
	{regexp.MustCompile(` +\d+\.\d{3} ms\n`), " TIME\n"},
	{regexp.MustCompile(`\d\d:\d\d:\d\d`), "CLOCK"},
}

// TestTranscripts types the input of each file in testdata and compares the whole screen.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, strings.Split(strings.TrimSuffix(string(archive.Files[0].Data), "\n"), "\n"))
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

// play types lines into a Repl on a kernel without tracing. A line with a ! types nothing: !COUNT makes the kernel count, !SETTLE waits until
// links that are detached are gone.
func play(t *testing.T, lines []string) string {
	t.Helper()
	kernel := sessiontest.NewKernel()
	s, err := session.Open(kernel, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var typed []string
	events := map[int]string{}
	for _, l := range lines {
		if strings.HasPrefix(l, "!") {
			events[len(typed)] = l
			continue
		}
		typed = append(typed, strings.ReplaceAll(l, "<Tab>", "\t"))
	}
	term := &script{lines: typed, before: func(n int) {
		switch events[n] {
		case "!SETTLE":
			settle(s)
		case "!COUNT":
			kernel.Set("opens", []byte("bash"), 3, 4)
			kernel.Set("opens", []byte("cat"), 0, 1)
			kernel.SetCounter("sys_enter_openat"+abi.StatsSuffix, abi.StatEvents, 1, 8)
		}
	}}
	if err := New(s, term, Options{}).Run(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	kernel.Check(t)
	screen := term.screen.String()
	for _, c := range clockwork {
		screen = c.find.ReplaceAllString(screen, c.put)
	}
	return screen
}

// settle waits until no link is on its way out.
func settle(s *session.Session) {
	for slices.ContainsFunc(s.Probes(), func(p session.Probe) bool { return p.State == session.Detaching }) {
		time.Sleep(time.Millisecond)
	}
}
