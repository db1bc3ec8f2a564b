package incremental_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

var langCases = []func(in, by int) int{
	lang1,
	lang2,
	lang3,
	lang4,
	lang5,
	lang6,
	lang7,
	lang8,
	lang9,
	lang10,
	lang11,
	lang12,
	lang13,
	lang14,
	lang15,
	lang16,
	lang17,
	lang18,
	lang19,
	lang20,
	lang21,
	lang22,
	lang23,
	lang24,
	lang25,
	lang26,
	lang27,
	lang28,
	lang29,
	lang30,
	lang31,
	lang32,
	lang33,
	lang34,
	lang35,
	lang36,
	lang37,
	lang38,
	lang39,
	lang40,
	lang41,
	lang42,
	lang43,
	lang44,
	lang45,
	lang46,
	lang47,
	lang48,
	lang49,
	lang50,
	lang51,
	lang52,
	lang53,
	lang54,
	lang55,
	lang56,
	lang57,
	lang58,
	lang59,
	lang60,
	lang61,
	lang62,
	lang63,
	lang64,
}

const langProbe = `
t := syscalls:sys_enter_openat {
	count[0] = int64(lang%d(int(numbers[0]), int(numbers[1])))
	result[0] = texts[0]
}
`

// TestTheLanguageIsGos runs each function of the files langcases_*_test.go natively and in the kernel and compares the results. A panic is
// a run that ends without a result and is counted. Needs root.
func TestTheLanguageIsGos(t *testing.T) {
	decls := ""
	for _, subject := range []string{"values", "control", "functions"} {
		decls += declarationsOf(t, "langcases_"+subject+"_test.go")
	}
	forgetGlobals()
	for i, native := range langCases {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			k := loadCase(t, decls+fmt.Sprintf(langProbe, i+1))
			r := rand.New(rand.NewPCG(3, 4))
			for n := range 300 {
				in, by := langArg(r, n), langArg(r, n/9)
				want, panics := runLang(native, in, by)
				got, _, faults := k.run(t, "", "", in, by)
				if faults != panics || !panics && got != want {
					t.Fatalf("lang%d(%d, %d) is %d (panics: %t), in the kernel %d (faults: %t)", i+1, in, by, want, panics, got, faults)
				}
			}
		})
	}
}

// forgetGlobals gives the package variables of the native functions the values that they have in a program that was just loaded.
func forgetGlobals() {
	elements, records = map[int]int{}, map[int8]record{}
	history, grid, steps = [4]int{}, [4]int{}, 0
	last, kept = record{}, record{}
}

// langArg makes arguments: small ones, those at the edges of the types, and any.
func langArg(r *rand.Rand, n int) int {
	edges := []int{0, 1, -1, 2, 3, 7, 40, 63, 64, 127, 128, -128, 255, 256, 32767, -32768, 65535, 1<<31 - 1, -1 << 31, 1<<63 - 1, -1 << 63}
	switch {
	case n < len(edges):
		return edges[n]
	case n%3 == 0:
		return int(r.Uint64())
	}
	return r.IntN(600) - 200
}

func runLang(f func(in, by int) int, in, by int) (n int, panics bool) {
	defer func() { panics = recover() != nil }()
	return f(in, by), false
}

// declarationsOf are the declarations of a file of this package, but for its imports, as a cell has them.
func declarationsOf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		b.Write(text[d.Pos()-1 : d.End()-1])
		b.WriteString("\n")
	}
	return b.String()
}
