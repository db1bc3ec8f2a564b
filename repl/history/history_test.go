package history

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// open opens the history below dir, which must work.
func open(t *testing.T, dir string) *History {
	t.Helper()
	h, err := openFile(dir, "go3sh/history")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func TestEntriesAreKeptAsTypedInAPrivateFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	h := open(t, dir)
	block := "a:b @pid == 1\n{\n\tn++ // why\n\n\tm[\"x\\n\"]++\n}"
	for _, entry := range []string{"a:b { n++ }", "a:b { n++ }", "", "  ", ":probes", block + "\n", `"a" + "b"`, "x\ry"} {
		h.Add(entry)
	}
	for path, want := range map[string]os.FileMode{"go3sh/history": 0o600, "go3sh": 0o700} {
		st, err := os.Stat(filepath.Join(dir, path))
		if err != nil || st.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v (%v)", path, st.Mode().Perm(), want, err)
		}
	}
	want := []string{"a:b { n++ }", ":probes", block, `"a" + "b"`, "x\ry"}
	if again := open(t, dir); !slices.Equal(again.entries, want) {
		t.Errorf("the history is %q, want %q", again.entries, want)
	}
}

func TestSearchGoesBackAndMindsCapitalsThatAreTyped(t *testing.T) {
	h := &History{entries: []string{"a { Opens++ }", ":maps", "b { opens++ }"}}
	for _, c := range []struct {
		text         string
		before, want int
	}{{"opens", 3, 2}, {"opens", 2, 0}, {"Opens", 3, 0}, {"opens", 0, -1}, {"nothing", 3, -1}, {":m", 99, 1}} {
		if got := h.Search(c.text, c.before); got != c.want {
			t.Errorf("%q before %d is found at %d, want %d", c.text, c.before, got, c.want)
		}
	}
}

func TestALongFileIsShortened(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "go3sh", "history")
	var b strings.Builder
	for i := range 3 * limit {
		fmt.Fprintf(&b, ":show m%d\n", i)
	}
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, dir).Add(":quit")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != limit+1 || lines[0] != fmt.Sprintf(":show m%d", 2*limit) || lines[limit] != ":quit" {
		t.Errorf("the file has %d entries from %s to %s", len(lines), lines[0], lines[len(lines)-1])
	}
	for _, p := range []struct {
		path string
		want os.FileMode
	}{{path, 0o600}, {filepath.Dir(path), 0o700}} {
		if st, err := os.Stat(p.path); err != nil || st.Mode().Perm() != p.want {
			t.Errorf("%s has mode %v (%v), want %v", p.path, st.Mode(), err, p.want)
		}
	}
}

func TestWhatIsNotAPlainFileOfTheUserIsRefused(t *testing.T) {
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("keep\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, place := range map[string]func(path string) error{
		"a symbolic link": func(path string) error { return os.Symlink(victim, path) },
		"a second name":   func(path string) error { return os.Link(victim, path) },
		"a folder":        func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "go3sh"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := place(filepath.Join(dir, "go3sh", "history")); err != nil {
			t.Fatal(err)
		}
		if h, err := openFile(dir, "go3sh/history"); err == nil {
			t.Errorf("%s was accepted", name)
			_ = h.Close()
		}
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "keep\n" {
		t.Errorf("the victim holds %q (%v)", text, err)
	}
	if st, err := os.Stat(victim); err != nil || st.Mode().Perm() != 0o644 {
		t.Errorf("the victim has mode %v (%v)", st.Mode(), err)
	}
}

func TestNoFolderOnTheWayIsASymbolicLink(t *testing.T) {
	for _, link := range []string{"go3sh", ".local", ".local/state"} {
		dir, elsewhere := t.TempDir(), t.TempDir()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, link)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(elsewhere, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
		below := ".local/state/go3sh/history"
		if link == "go3sh" {
			below = "go3sh/history"
		}
		if h, err := openFile(dir, below); err == nil {
			t.Errorf("the link %s was followed", link)
			_ = h.Close()
		}
		if left, err := os.ReadDir(elsewhere); err != nil || len(left) != 0 {
			t.Errorf("behind the link %s there is %v (%v)", link, left, err)
		}
	}
}

func TestThePlaceFollowsTheEnvironment(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for state, want := range map[string]string{
		"":         "/home/me/.local/state/go3sh/history",
		"relative": "/home/me/.local/state/go3sh/history",
		"/state":   "/state/go3sh/history",
	} {
		t.Setenv("XDG_STATE_HOME", state)
		if base, below, err := place(); filepath.Join(base, below) != want || err != nil {
			t.Errorf("XDG_STATE_HOME=%q: %s %s, %v, want %s", state, base, below, err, want)
		}
	}
}
