package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// Every constant of type Code stands in the catalogue, in the same order, with a line that says what it means.
func TestTheCatalogueHasEveryCode(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []Code
	for _, d := range f.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			text, err := strconv.Unquote(spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, Code(text))
		}
	}
	codes := Codes()
	if len(declared) != len(codes) {
		t.Fatalf("%d codes are declared, %d are in the catalogue", len(declared), len(codes))
	}
	for i, code := range codes {
		if code != declared[i] || code.Doc() == "" {
			t.Errorf("code %d is %s in the catalogue (%q), declared as %s", i, code, code.Doc(), declared[i])
		}
	}
}
