package manual

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBashCompletes has bash run the script and complete words.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here to ask")
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "prog.bash")
	if err := os.WriteFile(script, []byte(example(new([]string)).Completion("bash")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a file.go3s"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string][]string{
		"prog --js":     {"--json"},
		"prog -":        {"--json", "--stage", "-e", "-lv", "-p"},
		"prog --stage ": {"one", "two"},
		"prog a":        {"a file.go3s"},
		"prog -e ":      nil,
	} {
		words := strings.Split(typed, " ")
		c := exec.Command(bash, append([]string{"--norc", "-c", `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _prog; printf '%s\n' "${COMPREPLY[@]}"`, script}, words...)...)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		got := strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
		slices.Sort(got)
		if typed == "prog a" {
			got = slices.DeleteFunc(got, func(name string) bool { return name == "prog.bash" })
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
