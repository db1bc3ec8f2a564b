package ir

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"go3s/incremental/source"
)

// randomGraph is a function of n blocks with random edges.
func randomGraph(r *rand.Rand, n int) *Func {
	f := NewFunc("f", Sub)
	for len(f.Blocks) < n {
		f.NewBlock()
	}
	for _, b := range f.Blocks {
		x := f.Blocks[1+r.IntN(n-1)]
		y := f.Blocks[1+r.IntN(n-1)]
		switch {
		case r.IntN(5) == 0:
			b.Return(nil, source.Span{})
		case x == y:
			b.Jump(x)
		default:
			k := b.Const(I32, 0, source.Span{})
			b.Branch(Eq, k, k, x, y, source.Span{})
		}
	}
	return f
}

// reaches reports that the entry reaches b without going through without.
func reaches(f *Func, b, without *Block) bool {
	if without == f.Blocks[0] {
		return false
	}
	seen := map[*Block]bool{f.Blocks[0]: true}
	work := []*Block{f.Blocks[0]}
	for len(work) > 0 {
		x := work[len(work)-1]
		work = work[:len(work)-1]
		for _, s := range x.Term.Succs {
			if s != without && !seen[s] {
				seen[s] = true
				work = append(work, s)
			}
		}
	}
	return seen[b]
}

func TestDominatesIsWhatRemovingTheBlockShows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		f := randomGraph(r, 3+r.IntN(12))
		d := f.Dominators()
		for _, a := range d.Order {
			for _, b := range d.Order {
				want := a == b || !reaches(f, b, a)
				if got := d.Dominates(a, b); got != want {
					t.Fatalf("Dominates(b%d, b%d) = %v\n%s", a.ID, b.ID, got, f)
				}
			}
			if up := d.Idom(a); up != nil && !d.Dominates(up, a) {
				t.Fatalf("Idom(b%d) = b%d\n%s", a.ID, up.ID, f)
			}
		}
	}
}

func TestRemoveUnreachableDropsEdgesWithTheirPhiArguments(t *testing.T) {
	m, err := Parse(`func f sub {
b0:
	v1 = const.i64 1
	jump b2
b1:
	v2 = const.i64 2
	jump b2
b2:
	v3 = phi.i64 [b1 v2] [b0 v1]
	ret v3
}
`)
	if err != nil {
		t.Fatal(err)
	}
	f := m.Funcs[0]
	if !f.RemoveUnreachable() || f.RemoveUnreachable() {
		t.Error("want one block removed, once")
	}
	want := `func f sub {
b0:
	v1 = const.i64 1
	jump b2
b2:
	v3 = phi.i64 [b0 v1]
	ret v3
}
`
	if got := f.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestEditsKeepPredecessorsAndPhisInStep(t *testing.T) {
	m, err := Parse(`func f sub {
b0:
	v1 = const.i64 1
	br eq v1 v1 b1 b2
b1:
	jump b2
b2:
	v3 = phi.i64 [b0 v1] [b1 v1]
	ret v3
}
`)
	if err != nil {
		t.Fatal(err)
	}
	f := m.Funcs[0]
	mid := f.Blocks[0].SplitEdge(1)
	if got := fmt.Sprint(f.Blocks[2].PredIndex(mid), len(mid.Preds)); got != "0 1" {
		t.Errorf("after SplitEdge: %s", got)
	}
	f.Blocks[0].TakeOnly(0)
	if got := fmt.Sprint(len(mid.Preds), f.Blocks[0].Term.Kind == TermJump); got != "0 true" {
		t.Errorf("after TakeOnly: %s", got)
	}
	f.RemoveUnreachable()
	if got := fmt.Sprint(len(f.Blocks[2].Preds), len(f.Blocks[2].Phis()[0].Args)); got != "1 1" {
		t.Errorf("after RemoveUnreachable: %s", got)
	}
}
