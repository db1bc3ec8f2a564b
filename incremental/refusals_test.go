package incremental_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// noExample are messages that no program shows here, and why.
var noExample = map[string]string{
	".* cannot be compiled here":                                                "something else should have refused it before",
	"expressions outside of a probe are not there yet":                          "whoever calls this package evaluates them",
	`reading a map that is kept per CPU within an expression needs Linux 5\.19`: "the kernel of the tests is a newer one",
	"an array of the kernel's of .* bytes as a value":                           "the kernel of the tests has none so large",
	"a stack in a function that is not inlined":                                 "a function that reads a stack is inlined",
}

// TestEveryRefusalHasAnExample finds the messages with which the compiler refuses programs in its own source, and each of them in
// docs/ERRORS.md.
func TestEveryRefusalHasAnExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "ERRORS.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := string(text)
	found := 0
	for _, dir := range []string{"check", "lower"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range refusals(f) {
				found++
				if noExample[m.rx.String()] == "" && !m.rx.MatchString(documented) {
					t.Errorf("%s: no program of testdata/refused shows: %s", fset.Position(m.pos), m.rx)
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d messages found", found)
	}
}

// message is a message of the compiler, with what differs from program to program left open.
type message struct {
	pos token.Pos
	rx  *regexp.Regexp
}

// messageArg says which argument of the compiler's own functions is the message. What lowering calls unsupported, something else should have
// refused before.
var messageArg = map[string]int{"c.refuse": 1, "c.refuseSpan": 1, "l.refuse": 2, "c.hookKind": 1}

// refusals finds the messages of a file.
func refusals(f *ast.File) []message {
	var out []message
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		recv, _ := sel.X.(*ast.Ident)
		if recv == nil {
			return true
		}
		name := recv.Name + "." + sel.Sel.Name
		i, ok := messageArg[name]
		switch {
		case name == "l.errorf" && isCode(call.Args[0]):
			i, ok = 3, true
		case name == "c.report" && isCode(call.Args[0]):
			i, ok = 2, true
		}
		if !ok || i >= len(call.Args) {
			return true
		}
		if rx := pattern(call.Args[i]); strings.Trim(rx, ".*") != "" {
			out = append(out, message{call.Pos(), regexp.MustCompile(rx)})
		}
		return true
	})
	return out
}

// isCode reports whether an expression is the code of a refusal, rather than of an error of Go's.
func isCode(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	return ok && (sel.Sel.Name == "Unsupported" || sel.Sel.Name == "TooLarge" || sel.Sel.Name == "Unbounded")
}

// pattern is a message as a regular expression.
func pattern(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err != nil {
			return ".*"
		}
		return regexp.MustCompile(`%[a-z]`).ReplaceAllString(regexp.QuoteMeta(s), ".*")
	case *ast.BinaryExpr:
		return pattern(e.X) + pattern(e.Y)
	}
	return ".*"
}
