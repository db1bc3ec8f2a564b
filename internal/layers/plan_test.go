package layers

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestThePlanShowsTheHouse holds docs/ARCHITECTURE.md against the folders that have code and the modules that go.mod asks for.
func TestThePlanShowsTheHouse(t *testing.T) {
	root := filepath.Join("..", "..")
	plan := read(t, filepath.Join(root, "docs", "ARCHITECTURE.md"))
	var drawn []string
	for line := range strings.Lines(between(plan, "```\n", "```\n")) {
		folder, _, _ := strings.Cut(line, " ")
		drawn = append(drawn, strings.TrimSuffix(folder, "/"))
	}
	var there []string
	for _, file := range goFiles(t, root) {
		there = append(there, filepath.ToSlash(filepath.Dir(file)))
	}
	slices.Sort(there)
	there = slices.Compact(there)
	there = slices.DeleteFunc(there, func(dir string) bool {
		return !slices.Contains(drawn, dir) && slices.Contains(drawn, filepath.Dir(dir)+"/<name>")
	})
	drawn = slices.DeleteFunc(drawn, func(dir string) bool { return strings.HasSuffix(dir, "/<name>") })
	slices.Sort(drawn)
	if diff := cmp.Diff(there, drawn); diff != "" {
		t.Errorf("folders (-there +drawn):\n%s", diff)
	}
	rows := between(plan, "## Dependencies\n", "## Style\n")
	for line := range strings.Lines(between(read(t, filepath.Join(root, "go.mod")), "require (\n", ")\n")) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !slices.ContainsFunc(strings.Split(rows, "\n"), func(row string) bool { return explains(row, name) }) {
			t.Errorf("%s has no row under Dependencies", name)
		}
	}
}

// explains reports whether a row of the table of dependencies is about a module: "| host/a, b |" is about host/a and host/b.
func explains(row, module string) bool {
	names := strings.Split(strings.TrimSpace(between(row, "| ", "|")), ", ")
	return names[0] == module || slices.ContainsFunc(names[1:], func(other string) bool {
		return strings.HasSuffix(module, "/"+other) && strings.HasPrefix(names[0], strings.TrimSuffix(module, other))
	})
}

// between is the part of a text from behind the first mark up to the next other one.
func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
