package codegen_test

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/tools/txtar"

	"go3s/incremental/codegen"
	"go3s/incremental/ir"
)

// BenchmarkGenerate compiles a typical probe and random functions of growing length.
func BenchmarkGenerate(b *testing.B) {
	text, err := os.ReadFile("testdata/count.txtar")
	if err != nil {
		b.Fatal(err)
	}
	m, err := ir.Parse(string(txtar.Parse(text).Files[0].Data))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("count", func(b *testing.B) { generateOften(b, m.Funcs[0]) })
	for _, n := range []int{20, 200, 1000, 4000} {
		b.Run(fmt.Sprint("statements", n), func(b *testing.B) { generateOften(b, longFunc(n)) })
	}
}

func generateOften(b *testing.B, f *ir.Func) {
	b.ReportMetric(float64(f.NumValues()), "values")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := codegen.Generate(f, codegen.Target{ISA: 3, CPUs: 2}); err != nil {
			b.Fatal(err)
		}
	}
}
