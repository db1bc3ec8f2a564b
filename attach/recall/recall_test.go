package recall

import (
	"os"
	"path/filepath"
	"testing"
)

// kept is a memory in a folder of its own that holds one thing, and the file that it is in.
func kept(t *testing.T) (Memory, string) {
	t.Helper()
	m := Memory{t.TempDir(), [32]byte{1}}
	if err := m.Keep("types", []byte("a fact")); err != nil {
		t.Fatal(err)
	}
	return m, filepath.Join(m.base, "go3sh", "types")
}

func TestWhatIsKeptIsRecalled(t *testing.T) {
	m, file := kept(t)
	if err := m.Keep("types", []byte("two facts")); err != nil {
		t.Fatal(err)
	}
	if got := string(m.Recall("types")); got != "two facts" {
		t.Errorf("it recalls %q", got)
	}
	if got := m.Recall("features"); got != nil {
		t.Errorf("it recalls %q of what was never kept", got)
	}
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, %v", path, st.Mode(), err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("beside the file there is %v, %v", left, err)
	}
}

func TestWhatIsNotToBeBelievedIsNot(t *testing.T) {
	for what, spoil := range map[string]func(t *testing.T, file string) error{
		"a file that others may write to":   func(_ *testing.T, file string) error { return os.Chmod(file, 0o666) },
		"a folder that others may write to": func(_ *testing.T, file string) error { return os.Chmod(filepath.Dir(file), 0o777) },
		"a file of another user":            func(_ *testing.T, file string) error { return os.Chown(file, 12345, 0) },
		"a folder of another user":          func(_ *testing.T, file string) error { return os.Chown(filepath.Dir(file), 12345, 0) },
		"a file with a second name":         func(_ *testing.T, file string) error { return os.Link(file, file+"2") },
		"a symbolic link": func(_ *testing.T, file string) error {
			if err := os.Rename(file, file+"2"); err != nil {
				return err
			}
			return os.Symlink(file+"2", file)
		},
		"a folder behind a symbolic link": func(_ *testing.T, file string) error {
			dir := filepath.Dir(file)
			if err := os.Rename(dir, dir+"2"); err != nil {
				return err
			}
			return os.Symlink(dir+"2", dir)
		},
		"a file of another thing": func(_ *testing.T, file string) error {
			return Memory{filepath.Dir(filepath.Dir(file)), [32]byte{1}}.Keep("others", nil)
		},
	} {
		t.Run(what, func(t *testing.T) {
			m, file := kept(t)
			if err := spoil(t, file); err != nil {
				t.Fatal(err)
			}
			thing := "types"
			if what == "a file of another thing" {
				if err := os.Rename(filepath.Join(filepath.Dir(file), "others"), file); err != nil {
					t.Fatal(err)
				}
			}
			if got := m.Recall(thing); got != nil {
				t.Errorf("it recalls %q", got)
			}
		})
	}
}

func TestAnotherKernelAndDamageAreNoticed(t *testing.T) {
	m, file := kept(t)
	if got := (Memory{m.base, [32]byte{2}}).Recall("types"); got != nil {
		t.Errorf("another build of the kernel recalls %q", got)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n := range text {
		damaged := append([]byte(nil), text...)
		damaged[n] ^= 1
		for _, data := range [][]byte{text[:n], damaged} {
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := m.Recall("types"); got != nil {
				t.Fatalf("with byte %d cut or changed it recalls %q", n, got)
			}
		}
	}
	if err := m.Keep("types", []byte("again")); err != nil || string(m.Recall("types")) != "again" {
		t.Errorf("a damaged file is not written anew: %v", err)
	}
}

// Where there is no folder for it nothing is kept, and that is no error.
func TestWithoutAFolderNothingIsKept(t *testing.T) {
	if err := (Memory{}).Keep("types", []byte("a fact")); err != nil || (Memory{}).Recall("types") != nil {
		t.Errorf("it is kept somewhere, %v", err)
	}
	if m := Open(); m.base != "/run" || m.build == [32]byte{} {
		t.Errorf("as root it is in %q, of the kernel %x", m.base, m.build)
	}
}
