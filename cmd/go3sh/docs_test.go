package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeSaysWhatRuns runs every line of the README that starts with go3sh for a moment, compiles its Go3s files, and compares
// the error it shows with the error that comes.
func TestReadmeSaysWhatRuns(t *testing.T) {
	needRoot(t)
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines, files := 0, 0
	for _, b := range blocks(string(readme)) {
		switch {
		case b.language == "sh":
			for line := range strings.Lines(b.text) {
				if strings.HasPrefix(line, "go3sh ") {
					lines++
					runs(t, line)
				}
			}
		case b.language == "go":
			files++
			name := filepath.Join(t.TempDir(), "readme.go3s")
			if err := os.WriteFile(name, []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
			runs(t, "go3sh --check "+name)
		case strings.HasPrefix(b.text, "-e:"):
			showsError(t, b.text)
		}
	}
	if lines < 10 || files < 1 {
		t.Errorf("%d one-liners and %d files found in the README", lines, files)
	}
}

// TestLanguageIsAsDescribed loads every program of docs/LANGUAGE.md and repeats its transcripts.
func TestLanguageIsAsDescribed(t *testing.T) {
	needRoot(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "LANGUAGE.md"))
	if err != nil {
		t.Fatal(err)
	}
	programs, commands := 0, 0
	for _, b := range blocks(string(text)) {
		switch b.language {
		case "go3s":
			programs++
			name := filepath.Join(t.TempDir(), "example.go3s")
			if err := os.WriteFile(name, []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
			runs(t, "go3sh --for 50ms "+name)
		case "console":
			commands += repeats(t, b.text)
		}
	}
	if programs < 10 || commands < 4 {
		t.Errorf("%d programs and %d commands found", programs, commands)
	}
}

// TestQuestionsOfAnIncidentAreAnswered runs everything in docs/INCIDENTS.md for a moment.
func TestQuestionsOfAnIncidentAreAnswered(t *testing.T) {
	needRoot(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "INCIDENTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines, files := 0, 0
	for _, b := range blocks(string(text)) {
		if b.language == "go3s" {
			files++
			name := filepath.Join(t.TempDir(), "question.go3s")
			if err := os.WriteFile(name, []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
			runs(t, "go3sh --for 50ms "+name)
			continue
		}
		for line := range strings.Lines(b.text) {
			lines++
			runs(t, line)
		}
	}
	if lines < 10 || files < 4 {
		t.Errorf("%d lines and %d files found", lines, files)
	}
}

// repeats runs the commands of a transcript, the lines that start with $, and compares what they print.
func repeats(t *testing.T, transcript string) (commands int) {
	t.Helper()
	for part := range strings.SplitSeq("\n"+transcript, "\n$ ") {
		line, want, _ := strings.Cut(part, "\n")
		if line == "" {
			continue
		}
		commands++
		out, _ := shell(line).CombinedOutput()
		if strings.TrimSpace(string(out)) != strings.TrimSpace(want) {
			t.Errorf("%s prints:\n%swant:\n%s", line, out, want)
		}
	}
	return commands
}

type block struct{ language, text string }

// blocks lists the fenced blocks of a Markdown text.
func blocks(text string) []block {
	var out []block
	for _, m := range regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		out = append(out, block{m[1], m[2]})
	}
	return out
}

// runs runs a line of shell that must succeed, for a moment where it would run for ever.
func runs(t *testing.T, line string) {
	t.Helper()
	if !strings.Contains(line, " --for ") && !strings.Contains(line, "' -c ") && !strings.Contains(line, "--check") {
		line = strings.Replace(line, "go3sh ", "go3sh --for 50ms ", 1)
	}
	line = strings.Replace(line, "--for 5s", "--for 50ms", 1)
	if out, err := shell(line).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
}

// showsError compares an error in the text with what the line under it really gives.
func showsError(t *testing.T, want string) {
	t.Helper()
	program := strings.TrimSpace(strings.Split(want, "\n")[1])
	c := exec.Command(filepath.Join(bin, "go3sh"), "--check", "-e", program)
	out, err := c.CombinedOutput()
	if err == nil || strings.TrimSpace(string(out)) != strings.TrimSpace(want) {
		t.Errorf("%s gives %v:\n%swant:\n%s", program, err, out, want)
	}
}

func shell(line string) *exec.Cmd {
	c := exec.Command("/bin/sh", "-c", line)
	c.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	return c
}

// TestSecurityNamesTestsThatThereAre looks for each test that docs/SECURITY.md names.
func TestSecurityNamesTestsThatThereAre(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	there := make(map[string]bool)
	err = filepath.WalkDir(filepath.Join("..", ".."), func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(source, -1) {
			there[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bTest\w+`).FindAllString(string(text), -1)
	for _, name := range named {
		if !there[name] {
			t.Errorf("there is no %s", name)
		}
	}
	if len(named) < 30 || strings.Contains(string(text), "`…") {
		t.Errorf("it names %d tests, or some not in full", len(named))
	}
}
