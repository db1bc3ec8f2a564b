package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the pages anew")

// TestPagesAreFresh compares the pages in docs with what the table of flags makes; -update writes them.
func TestPagesAreFresh(t *testing.T) {
	p := commandLine(new(options))
	for name, want := range map[string]string{"go3sh.1": p.ManPage(), "COMMANDLINE.md": p.Markdown()} {
		path := filepath.Join("..", "..", "docs", name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, string(got)); d != "" {
			t.Errorf("%s is not what go test ./cmd/go3sh -run Pages -update writes (-want +got):\n%s", path, d)
		}
	}
}

// TestManPageIsFormattedWithoutWarnings has man read it.
func TestManPageIsFormattedWithoutWarnings(t *testing.T) {
	man, err := exec.LookPath("man")
	if err != nil {
		t.Skip("there is no man here to ask")
	}
	c := exec.Command(man, "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", filepath.Join("..", "..", "docs", "go3sh.1"))
	var stderr strings.Builder
	c.Stderr = &stderr
	if err := c.Run(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v\n%s", err, stderr.String())
	}
}
