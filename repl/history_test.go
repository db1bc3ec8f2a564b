package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestHistoryKeepsEntriesInAPrivateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "go3sh", "history")
	h, err := openHistoryFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range []string{"a:b { n++ }", "a:b { n++ }", "", "  ", ":probes", "a:b {\n\tn++\n}"} {
		h.add(entry)
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		mode os.FileMode
	}{{path, 0o600}, {filepath.Dir(path), 0o700}} {
		st, err := os.Stat(c.path)
		if err != nil || st.Mode().Perm() != c.mode {
			t.Errorf("%s has mode %v, want %v (%v)", c.path, st.Mode().Perm(), c.mode, err)
		}
	}
	h, err = openHistoryFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if want := []string{"a:b { n++ }", ":probes", "a:b { n++; }"}; !slices.Equal(h.entries, want) {
		t.Errorf("history is %q, want %q", h.entries, want)
	}
}

func TestHistoryIsShortened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var b strings.Builder
	for i := range 3 * historyLimit {
		fmt.Fprintf(&b, ":show m%d\n", i)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	h, err := openHistoryFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h.add(":quit")
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != historyLimit+1 || lines[0] != fmt.Sprintf(":show m%d", 2*historyLimit) || lines[historyLimit] != ":quit" {
		t.Errorf("the file has %d entries from %s to %s", len(lines), lines[0], lines[len(lines)-1])
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v (%v)", st.Mode(), err)
	}
}

func TestHistoryRefusesWhatIsNotAPlainFileOfTheUser(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("keep\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	symlink, hard := filepath.Join(dir, "symlink"), filepath.Join(dir, "hard")
	if err := os.Symlink(victim, symlink); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(victim, hard); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{symlink, hard, dir, "/dev/null"} {
		if h, err := openHistoryFile(path); err == nil {
			t.Errorf("%s was accepted", path)
			_ = h.close()
		}
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "keep\n" {
		t.Errorf("the victim holds %q (%v)", text, err)
	}
	if st, err := os.Stat(victim); err != nil || st.Mode().Perm() != 0o644 {
		t.Errorf("the victim has mode %v (%v)", st.Mode(), err)
	}
}

func TestHistoryPathFollowsXDG(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for state, want := range map[string]string{
		"":         "/home/me/.local/state/go3sh/history",
		"relative": "/home/me/.local/state/go3sh/history",
		"/state":   "/state/go3sh/history",
	} {
		t.Setenv("XDG_STATE_HOME", state)
		if got, err := historyPath(); got != want || err != nil {
			t.Errorf("XDG_STATE_HOME=%q: %s, %v, want %s", state, got, err, want)
		}
	}
}

func TestOneLineMeansTheSame(t *testing.T) {
	for _, c := range []struct{ entry, want string }{
		{":probes", ":probes"},
		{"a:b {\n\tn++\n\tm[comm]++ // who\n}\n", "a:b { n++; m[comm]++ /* who */; }"},
		{"a:b\n@pid == 1\n{ if x {\ny++\n} else {\nz++\n}\n}", "a:b @pid == 1 { if x { y++; } else { z++; }; }"},
		{"a:b { printf(\"a\\tb  c\",\n\tpid) }", "a:b { printf(\"a\\tb  c\", pid) }"},
		{"a:b { x := 'a'\ny := 0x1F }", "a:b { x := 'a'; y := 0x1F }"},
	} {
		if got, ok := oneLine(c.entry); got != c.want || !ok {
			t.Errorf("%q becomes %q %v, want %q", c.entry, got, ok, c.want)
		}
	}
	for _, entry := range []string{"a:b { s := `x\ny` }", "x\x00y", "a\rb"} {
		if got, ok := oneLine(entry); ok {
			t.Errorf("%q becomes %q, but has no single line", entry, got)
		}
	}
}
