package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/cilium/ebpf/asm"

	"go3s/bench/document"
	"go3s/bench/host"
)

// The goals of the comparison: the geometric mean of the ratios, and the largest one.
const (
	goalMean  = 1.0
	goalWorst = 1.25
)

// pair is one program in both languages.
type pair struct {
	name        string
	ours, peers *listing
}

// listing is the code of one program.
type listing struct {
	insns asm.Instructions
	// raw counts the instructions that are handed to the kernel, translated those that the kernel's verifier made of
	// them: helpers inlined, dead code gone. A 64-bit load counts two in both.
	raw, translated int
}

// ratio is how much larger our translated code is than the peer's.
func (p *pair) ratio() float64 { return float64(p.ours.translated) / float64(p.peers.translated) }

// compare compares every pair in dir and prints the table.
func compare(w io.Writer, dir string) ([]document.Figure, error) {
	if _, err := clangVersion(); err != nil {
		fmt.Fprintf(w, "P5 is skipped: %v\n", err)
		return nil, nil
	}
	pairs, err := load(dir, "")
	if err != nil {
		return nil, err
	}
	figures := table(w, pairs)
	fmt.Fprintf(w, "\nInstruction set v%d for both.\n", host.ISA)
	return figures, nil
}

// load compiles and loads the pair of that name in dir, or all of them.
func load(dir, only string) ([]*pair, error) {
	k, err := host.Open()
	if err != nil {
		return nil, err
	}
	defer k.Close()
	names, err := filepath.Glob(filepath.Join(dir, "*.c"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no programs in %s", dir)
	}
	var pairs []*pair
	for _, path := range names {
		name := strings.TrimSuffix(filepath.Base(path), ".c")
		if only != "" && name != only {
			continue
		}
		p := &pair{name: name}
		if p.ours, err = compileGo3s(k, filepath.Join(dir, name+".go3s")); err != nil {
			return nil, fmt.Errorf("%s.go3s: %w", name, err)
		}
		if p.peers, err = compileC(k, path); err != nil {
			return nil, fmt.Errorf("%s.c: %w", name, err)
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// table prints one row a pair, the largest ratio first, and returns what they come to.
func table(w io.Writer, pairs []*pair) []document.Figure {
	slices.SortFunc(pairs, func(a, b *pair) int {
		if c := b.ratio() - a.ratio(); c != 0 {
			return int(math.Copysign(1, c))
		}
		return strings.Compare(a.name, b.name)
	})
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "program\tGo3s raw\tC raw\tGo3s translated\tC translated\tratio\t")
	logs, rawLogs, worst := 0.0, 0.0, 0.0
	for _, p := range pairs {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%.3f\t\n", p.name, p.ours.raw, p.peers.raw, p.ours.translated, p.peers.translated, p.ratio())
		logs += math.Log(p.ratio())
		rawLogs += math.Log(float64(p.ours.raw) / float64(p.peers.raw))
		worst = max(worst, p.ratio())
	}
	_ = t.Flush() // w is memory or standard output
	n := float64(len(pairs))
	mean := math.Exp(logs / n)
	fmt.Fprintf(w, "\n%d programs: geometric mean %.3f (goal %.2f: %s), largest %.3f (goal %.2f: %s); of raw instructions %.3f\n",
		len(pairs), mean, goalMean, verdict(mean <= goalMean), worst, goalWorst, verdict(worst <= goalWorst), math.Exp(rawLogs/n))
	return []document.Figure{
		{
			ID: "P5", Measure: fmt.Sprintf("translated instructions of %d programs, geometric mean", len(pairs)), Goal: fmt.Sprintf("≤ %.1f × clang's", goalMean),
			Ours: fmt.Sprintf("%.3f", mean), Peer: clang + " = 1", Ratio: fmt.Sprintf("%.2f", mean), Met: mean <= goalMean,
		},
		{
			ID: "P5", Measure: "the largest of them, " + pairs[0].name, Goal: fmt.Sprintf("≤ %.2f × clang's", goalWorst),
			Ours: fmt.Sprintf("%.3f", worst), Peer: clang + " = 1", Ratio: fmt.Sprintf("%.2f", worst), Met: worst <= goalWorst,
		},
	}
}

func verdict(ok bool) string {
	if ok {
		return "met"
	}
	return "missed"
}

// printListings prints the instructions that are handed to the kernel.
func printListings(w io.Writer, pairs []*pair) error {
	if len(pairs) == 0 {
		return fmt.Errorf("no such program")
	}
	for _, p := range pairs {
		fmt.Fprintf(w, "%s.go3s: %d raw, %d translated\n%v\n", p.name, p.ours.raw, p.ours.translated, p.ours.insns)
		fmt.Fprintf(w, "%s.c: %d raw, %d translated\n%v\n", p.name, p.peers.raw, p.peers.translated, p.peers.insns)
	}
	return nil
}
