package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// suite is a package whose tests run in the guests, as far as they can there.
type suite struct {
	folder string
	args   []string
	except []string // tests of what only a whole system has
}

var tested = []suite{
	{folder: "attach"},
	{folder: "session"},
	{folder: "internal/oracle"},
}

// name is the folder that its files have in a guest.
func (t suite) name() string { return strings.ReplaceAll(t.folder, "/", "-") }

// copyTestdata puts what the tests of a folder read beside them.
func copyTestdata(to, folder string) error {
	from := filepath.Join(folder, "testdata")
	if _, err := os.Stat(from); err != nil {
		return nil
	}
	return os.CopyFS(filepath.Join(to, "testdata"), os.DirFS(from))
}

// runAll runs the tests in a guest.
func (t suite) runAll(folder string) outcome {
	args := append([]string{"-test.v", "-test.timeout", "15m"}, t.args...)
	if len(t.except) > 0 {
		args = append(args, "-test.skip", "^("+strings.Join(t.except, "|")+")$")
	}
	c := exec.Command(filepath.Join(folder, "test"), args...)
	c.Dir = folder
	text, err := c.CombinedOutput()
	count := func(what string) []string {
		var names []string
		for _, m := range regexp.MustCompile(`(?m)^--- `+what+`: (\S+)`).FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
		return names
	}
	passed, skipped, failed := count("PASS"), count("SKIP"), count("FAIL")
	o := outcome{Check: "tests of " + t.folder, OK: err == nil && len(failed) == 0}
	o.Text = fmt.Sprintf("%d passed, %d skipped", len(passed), len(skipped))
	if !o.OK {
		o.Text += fmt.Sprintf(", failed: %s (%v)\n%s", strings.Join(failed, " "), err, tail(string(text), 60_000))
	}
	return o
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }
