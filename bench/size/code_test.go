package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"go3s/bench/host"
)

// TestCodeIsAsSmallAsClangs compiles and loads all pairs, and holds the ratios against the goals. Instruction counts are exact.
// It needs root; without clang there is nothing to compare with, and only the programs in Go3s are loaded.
func TestCodeIsAsSmallAsClangs(t *testing.T) {
	k, err := host.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	_, noClang := clangVersion()
	paths, err := filepath.Glob("../code/*.go3s")
	if err != nil || len(paths) < 24 {
		t.Fatalf("%d programs, want at least 24 (%v)", len(paths), err)
	}
	var pairs []*pair
	for _, path := range paths {
		p := &pair{name: strings.TrimSuffix(filepath.Base(path), ".go3s")}
		if p.ours, err = compileGo3s(k, path); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if noClang != nil {
			continue
		}
		if p.peers, err = compileC(k, "../code/"+p.name+".c"); err != nil {
			t.Errorf("%s.c: %v", p.name, err)
			continue
		}
		pairs = append(pairs, p)
	}
	if noClang != nil {
		t.Skipf("the code was loaded, but not compared: %v", noClang)
	}
	var b bytes.Buffer
	if _ = table(&b, pairs); strings.Contains(b.String(), "missed") {
		t.Errorf("a goal is missed\n%s", b.String())
	}
}

func TestTableNamesTheLargestFirst(t *testing.T) {
	var b bytes.Buffer
	table(&b, []*pair{
		{"small", &listing{raw: 9, translated: 9}, &listing{raw: 10, translated: 10}},
		{"large", &listing{raw: 13, translated: 13}, &listing{raw: 10, translated: 10}},
	})
	want := `  program  Go3s raw  C raw  Go3s translated  C translated  ratio
    large        13     10               13            10  1.300
    small         9     10                9            10  0.900

2 programs: geometric mean 1.082 (goal 1.00: missed), largest 1.300 (goal 1.25: missed); of raw instructions 1.082
`
	got := strings.ReplaceAll(b.String(), "  \n", "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
