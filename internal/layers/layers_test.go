package layers

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "go3s"

// TestHouse parses the imports of every file of the module and holds them against the rules.
func TestHouse(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, rel := range goFiles(t, root) {
		if strings.HasSuffix(rel, "_test.go") {
			continue
		}
		for _, v := range violations(t, filepath.Join(root, rel), filepath.ToSlash(rel)) {
			t.Error(v)
		}
	}
}

// goFiles are the files of the module.
func goFiles(t *testing.T, root string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && name != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		files = append(files, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d files found: the walk is broken", len(files))
	}
	return files
}

// violations lists what a file imports against the rules.
func violations(t *testing.T, name, rel string) []string {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	dir := path.Dir(rel)
	rule, ok := ruleFor(dir)
	if !ok {
		return []string{fmt.Sprintf("%s: no rule for this folder: add a row", rel)}
	}
	var out []string
	for _, spec := range file.Imports {
		imp := strings.Trim(spec.Path.Value, `"`)
		if why := rule.refuses(imp); why != "" {
			out = append(out, fmt.Sprintf("%s imports %s: %s (%s)", rel, imp, why, rule.Why))
		}
		for prefix, owner := range Owners {
			if strings.HasPrefix(imp, prefix) && dir != owner && !strings.HasPrefix(dir, owner+"/") {
				out = append(out, fmt.Sprintf("%s imports %s, which only %s may use", rel, imp, owner))
			}
		}
	}
	return out
}

// ruleFor is the rule with the longest folder that dir lies in.
func ruleFor(dir string) (Rule, bool) {
	best, found := Rule{}, false
	for _, r := range Rules {
		if (dir == r.Dir || strings.HasPrefix(dir, r.Dir+"/")) && len(r.Dir) >= len(best.Dir) {
			best, found = r, true
		}
	}
	return best, found
}

// refuses says what is wrong with an import, or nothing.
func (r Rule) refuses(imp string) string {
	first, _, _ := strings.Cut(imp, "/")
	switch {
	case first == module:
		inside := strings.TrimPrefix(imp, module+"/")
		if inside == r.Dir || matches(r.Module, inside) {
			return ""
		}
		return "not a row below"
	case strings.Contains(first, "."):
		if matches(r.Outside, imp) {
			return ""
		}
		return "this module has another owner"
	case slices.Contains(r.NoStd, imp):
		return "a wall"
	}
	return ""
}

// matches reports whether a list has the path itself, or a "/..." above it.
func matches(list []string, imp string) bool {
	return slices.ContainsFunc(list, func(p string) bool {
		if p == "..." || p == imp {
			return true
		}
		below, ok := strings.CutSuffix(p, "/...")
		return ok && (imp == below || strings.HasPrefix(imp, below+"/"))
	})
}

// TestRefuses keeps the checker honest: each wall refuses what it is there for.
func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		dir, imp string
		refused  bool
	}{
		{"incremental/ir", "go/ast", true},
		{"incremental/opt", "golang.org/x/tools/go/ssa", true},
		{"incremental/codegen", "go3s/incremental/lower", true},
		{"incremental", "os", true},
		{"incremental/lower", "time", true},
		{"session", "github.com/charmbracelet/bubbletea", true},
		{"repl", "github.com/cilium/ebpf", true},
		{"view/pane/log", "go3s/view/pane/counters", true},
		{"attach", "go3s/incremental", true},
		{"session", "go3s/attach", false},
		{"incremental", "go3s/incremental/opt", false},
		{"cmd/go3sh", "go3s/attach", false},
	} {
		rule, ok := ruleFor(c.dir)
		if !ok {
			t.Errorf("%s has no rule", c.dir)
		}
		if got := rule.refuses(c.imp) != ""; got != c.refused {
			t.Errorf("%s importing %s: refused %t, want %t", c.dir, c.imp, got, c.refused)
		}
	}
}
