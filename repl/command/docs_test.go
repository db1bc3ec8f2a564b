package command

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/session"
	"go3s/session/sessiontest"
	"go3s/session/settings"
)

var update = flag.Bool("update", false, "write docs/COMMANDS.md anew")

// TestTheDocumentIsMadeFromTheTable compares docs/COMMANDS.md with what the commands and settings say of themselves.
func TestTheDocumentIsMadeFromTheTable(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "COMMANDS.md")
	got := document(t)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s is not what the table says; go test ./repl/command -update writes it (-want +got):\n%s", path, d)
	}
}

// document is docs/COMMANDS.md.
func document(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Commands

What starts with a colon at the prompt is a command; the beginning of its name is enough where no other begins so. This page is
made from the table that help and completion use; ` + "`go test ./repl/command -update`" + ` writes it.
`)
	for _, group := range Groups() {
		fmt.Fprintf(&b, "\n## %s\n", group)
		for _, c := range All() {
			if c.Group != group {
				continue
			}
			fmt.Fprintf(&b, "\n### `%s`\n\n%s.\n", c.Usage(), capital(c.Short))
			if c.Long != "" {
				fmt.Fprintf(&b, "\n%s\n", c.Long)
			}
		}
	}
	b.WriteString("\n## Settings\n\n| setting | type | range | default | what it is | a change is felt by |\n|---|---|---|---|---|---|\n")
	for _, of := range chosen(t) {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", of.Name, of.Type, of.Range, of.Default, of.Text, of.Effect)
	}
	b.WriteString("\n## Words in a probe\n\n| written | what it is |\n|---|---|\n")
	for _, w := range Words() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", w.Form, w.Text)
	}
	return b.String()
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func chosen(t *testing.T) []settings.Setting {
	t.Helper()
	s, err := session.Open(sessiontest.NewKernel(), session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	return s.Settings()
}

func TestEveryCommandIsDescribedAndInAGroup(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		if seen[c.Name] {
			t.Errorf(":%s is there twice", c.Name)
		}
		seen[c.Name] = true
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || c.run == nil {
			t.Errorf(":%s is not described, or does nothing", c.Name)
		}
		if !strings.Contains(strings.Join(Groups(), "\n"), c.Group) || c.Group == "" {
			t.Errorf(":%s is in no group", c.Name)
		}
		if c.min > 0 && c.Args == "" || c.max == 0 && c.Args != "" {
			t.Errorf("the usage %q and the number of arguments, %d to %d, do not agree", c.Usage(), c.min, c.max)
		}
	}
}

// TestFilesAreWrittenForTheirOwnerAndNeverThroughLinks covers what :save and :load refuse.
func TestFilesAreWrittenForTheirOwnerAndNeverThroughLinks(t *testing.T) {
	t.Chdir(t.TempDir())
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(WriteFile("a", []byte("first"), false))
	info, err := os.Stat("a")
	must(err)
	if info.Mode() != 0o600 {
		t.Errorf("the file has the mode %v", info.Mode())
	}
	if err := WriteFile("a", []byte("second"), false); !os.IsExist(err) {
		t.Errorf("a file that is there is written over: %v", err)
	}
	must(WriteFile("a", []byte("second"), true))
	must(os.Symlink("a", "link"))
	must(os.Symlink("nowhere", "dangling"))
	must(os.Mkdir("dir", 0o700))
	for _, name := range []string{"link", "dangling", "dir"} {
		for _, over := range []bool{false, true} {
			if err := WriteFile(name, []byte("third"), over); err == nil || err.Error() != name+" is no plain file" {
				t.Errorf("%s is written: %v", name, err)
			}
		}
		if _, err := read(name); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	if text, err := read("a"); text != "second" || err != nil {
		t.Errorf("a has %q, %v", text, err)
	}
	names, err := filepath.Glob(".*")
	must(err)
	if len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

// TestNoFolderIsReachedThroughALinkOfSomebodyElses covers a shared folder such as /tmp, where anybody may lay a link.
func TestNoFolderIsReachedThroughALinkOfSomebodyElses(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("this test makes files of other users and needs root: sudo make test")
	}
	dir := t.TempDir()
	t.Chdir(dir)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir("shared", 0o700))
	must(os.Mkdir("private", 0o755))
	must(os.Chmod("shared", os.ModeSticky|0o777))
	must(os.Mkdir("target", 0o755))
	for _, l := range []struct {
		name string
		uid  int
	}{{"shared/theirs", 65534}, {"shared/ours", 0}, {"private/theirs", 65534}} {
		must(os.Symlink(filepath.Join(dir, "target"), l.name))
		must(os.Lchown(l.name, l.uid, l.uid))
	}
	must(os.Symlink("loop", "loop"))
	for name, want := range map[string]string{
		"shared/theirs/f": "no file can be made in shared/theirs: theirs is a symbolic link of another user's, in a folder that others write to",
		"shared/ours/f":   "", "private/theirs/g": "", "target/../target/h": "",
		"loop/f": "no file can be made in loop: too many levels of symbolic links", "none/f": "no file can be made in none: no such file or directory",
	} {
		err := WriteFile(name, []byte("x"), false)
		if err == nil && want != "" || err != nil && err.Error() != want {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	names, err := filepath.Glob("target/*")
	must(err)
	if want := []string{"target/f", "target/g", "target/h"}; !slices.Equal(names, want) {
		t.Errorf("the folder has %q, want %q", names, want)
	}
}
