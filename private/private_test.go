package private

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplaceTakesTheOldFilesPlaceAndFollowsNoLink(t *testing.T) {
	base, victim := t.TempDir(), filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("keep"), 0o644); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(base, "a", "b", "file")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, file); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(base, "a/b/file", 100); err == nil {
		t.Error("what a symbolic link leads to is read")
	}
	for _, text := range []string{"one", "another"} {
		if err := Replace(base, "a/b/file", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(base, "a/b/file", 100); string(got) != text || err != nil {
			t.Errorf("it reads %q, %v, want %q", got, err, text)
		}
	}
	if text, err := os.ReadFile(victim); string(text) != "keep" || err != nil {
		t.Errorf("the victim holds %q, %v", text, err)
	}
	if st, err := os.Lstat(file); err != nil || st.Mode() != 0o600 {
		t.Errorf("the file has mode %v, %v", st.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("beside the file there is %v, %v", left, err)
	}
}

func TestReadHasABound(t *testing.T) {
	base := t.TempDir()
	if err := Replace(base, "d/file", []byte(strings.Repeat("x", 100))); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(base, "d/file", 100); len(got) != 100 || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got, err := Read(base, "d/file", 99); err == nil {
		t.Errorf("%d bytes are read though 99 are the most", len(got))
	}
	if _, err := Read(base, "none/file", 99); !os.IsNotExist(err) && !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(base, "none")); err == nil {
		t.Error("reading has created a folder")
	}
}
