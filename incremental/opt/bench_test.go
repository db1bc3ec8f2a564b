package opt

import (
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/tools/txtar"

	"go3s/incremental/ir"
)

// BenchmarkSnippet optimizes a snippet of about 15 lines: a map update by key, a counter and a record.
func BenchmarkSnippet(b *testing.B) {
	data, err := os.ReadFile("testdata/run.txtar")
	if err != nil {
		b.Fatal(err)
	}
	text := string(txtar.Parse(data).Files[0].Data)
	benchmark(b, func() *ir.Module {
		m, err := ir.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		return m
	})
}

// BenchmarkLines shows the growth with the size of the program.
func BenchmarkLines(b *testing.B) {
	for _, lines := range []struct {
		name string
		n    int
	}{{"15", 15}, {"100", 100}, {"1000", 1000}, {"4000", 4000}} {
		b.Run(lines.name, func(b *testing.B) {
			benchmark(b, func() *ir.Module { return straight(lines.n) })
		})
	}
}

// straight is a module of n statements, one after the other, each an if, an assignment or a call.
func straight(n int) *ir.Module {
	g := &generator{r: rand.New(rand.NewPCG(1, 1))}
	m := g.module(0)
	g.b.Term = ir.Term{}
	for range n {
		g.left = 1
		switch g.r.IntN(4) {
		case 0:
			g.branch(0)
		case 1:
			g.memory()
		default:
			g.expr()
		}
	}
	g.b.Return(g.digest(), nowhere)
	return m
}

func benchmark(b *testing.B, make func() *ir.Module) {
	b.ReportAllocs()
	for range b.N {
		b.StopTimer()
		m := make()
		b.StartTimer()
		if err := Run(m, Options{ISA: 4, CPUs: 2}); err != nil {
			b.Fatal(err)
		}
	}
}
