package ir

import (
	"os"
	"strings"
	"testing"
)

// TestDocumentedProgramIsVerified runs the program of the package's documentation.
func TestDocumentedProgramIsVerified(t *testing.T) {
	data, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	inside := false
	for line := range strings.Lines(string(data)) {
		line, ok := strings.CutPrefix(line, "//\t")
		inside = ok && (inside || strings.HasPrefix(line, "map opens"))
		if inside {
			text.WriteString(line)
		} else if text.Len() > 0 {
			break
		}
	}
	m, err := Parse(text.String())
	if err != nil {
		t.Fatalf("%v in\n%s", err, &text)
	}
	if err := Verify(m); err != nil {
		t.Fatal(err)
	}
	i := NewInterp(m)
	i.Comm = "cat"
	for range 3 {
		if _, err := i.Run("count", nil); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := i.Maps["opens"].String(), "opens[636174"+strings.Repeat("00", 13)+"] cpu0 0300000000000000\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestHelpersAreConsistent checks what a table can get wrong.
func TestHelpersAreConsistent(t *testing.T) {
	seen := map[string]bool{}
	for number, h := range Helpers {
		if number <= 0 || number >= int64(len(helperTable)) || len(h.Args) > 5 || h.Floor == "" || seen[h.Name] {
			t.Errorf("helper %d %s: bad row", number, h.Name)
		}
		seen[h.Name] = true
		writes := false
		for i, a := range h.Args {
			writes = writes || a == ArgWrite || a == ArgWrite8
			if (a == ArgRead || a == ArgWrite) && h.Name != "strncmp" && (i+1 == len(h.Args) || h.Args[i+1] != ArgSize) {
				t.Errorf("%s: argument %d is memory without a size", h.Name, i+1)
			}
		}
		if writes && h.Pure || h.Quiet != writes || h.Partial && !h.Quiet {
			t.Errorf("%s: pure %v, quiet %v, partial %v, writes %v", h.Name, h.Pure, h.Quiet, h.Partial, writes)
		}
	}
}

// TestOpsAreConsistent checks that every op has a row with a name of its own.
func TestOpsAreConsistent(t *testing.T) {
	seen := map[string]bool{}
	for op := OpInvalid; op < opCount; op++ {
		info := op.Info()
		if info.Name == "" || seen[info.Name] {
			t.Errorf("op %d: no name of its own, %q", op, info.Name)
		}
		seen[info.Name] = true
		if info.Writes && !info.Effect || info.Commutes && info.Args != 2 {
			t.Errorf("%s: bad row", info.Name)
		}
	}
}
