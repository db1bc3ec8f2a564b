package opt

import (
	"math/rand/v2"
	"testing"

	"go3s/incremental/ir"
)

// TestPassesTellWhatTheyChange compares what passes report with what has become of random functions: tables that passes share are
// valid until one has changed something.
func TestPassesTellWhatTheyChange(t *testing.T) {
	changes := map[string]int{}
	for seed := range uint64(150) {
		m := (&generator{r: rand.New(rand.NewPCG(seed, 11))}).module(8 + int(seed%40))
		s := &state{Options: Options{ISA: 1 + int(seed%4), CPUs: 2}, m: m}
		s.enter()
		for i := range passes {
			before := ir.Print(m)
			changed := s.runPass(&passes[i], m.Funcs[0])
			if changed {
				changes[passes[i].name]++
			} else if after := ir.Print(m); after != before {
				t.Fatalf("seed %d: pass %s says that it changed nothing of\n%s\nbut it is\n%s", seed, passes[i].name, before, after)
			}
		}
	}
	for _, name := range []string{"blocks", "fold", "number", "forward", "promote", "deadstores", "dead", "combine", "legalize", "sink", "layout"} {
		if changes[name] == 0 {
			t.Errorf("pass %s changed none of the functions", name)
		}
	}
}

// TestFoldLeavesOutNothing optimizes random functions twice: once each fold goes on from what the one before knew, once each
// begins from nothing.
func TestFoldLeavesOutNothing(t *testing.T) {
	again := 0
	for seed := range uint64(300) {
		text := ir.Print((&generator{r: rand.New(rand.NewPCG(seed, 13))}).module(8 + int(seed%60)))
		var texts [2]string
		for n := range texts {
			m := parsed(t, text)
			s := &state{Options: testOptions, m: m}
			s.enter()
			folds := 0
			for i := range passes {
				if n == 1 {
					s.folded.reset()
				}
				if changed := s.runPass(&passes[i], m.Funcs[0]); passes[i].name == "fold" {
					if folds++; folds > 1 && changed {
						again++
					}
				}
			}
			texts[n] = ir.Print(m)
		}
		if texts[0] != texts[1] {
			t.Fatalf("seed %d: going on gives\n%s\nbeginning from nothing\n%s", seed, texts[0], texts[1])
		}
	}
	if again == 0 {
		t.Error("no function was changed by a second fold")
	}
}
