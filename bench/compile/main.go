// Command compile measures the compiler alone, warm, in the table of docs/BENCHMARKS.md, P4: texts that it has not seen, in a session of
// which it has compiled the rest, for the running kernel. The peer is clang, a whole process, on a program in C that does the same as the
// one of 15 lines; they run in alternation. It needs root.
//
//	go run ./bench/compile [-n BUILDS] [-pairs PAIRS] [-doc FILE]
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"go3s/bench/document"
	"go3s/bench/host"
	"go3s/bench/stats"
	"go3s/incremental"
	"go3s/incremental/source"
)

// The goals: milliseconds for 15 lines, and how much more than linear growth is not linear any more.
const (
	goalFifteen = .25
	goalGrowth  = 1.25
)

// fill is how many builds fill the compiler's memory.
const fill = 3

func main() {
	builds := flag.Int("n", 300, "builds of each row")
	pairs := flag.Int("pairs", 15, "pairs with clang")
	dir := flag.String("dir", "bench/compile/programs", "where the programs are")
	doc := flag.String("doc", "", "file whose part P4 is rewritten")
	flag.Parse()
	os.Exit(document.Publish("compile", *doc, "P4", func(w io.Writer) ([]document.Figure, error) { return measure(w, *dir, *builds, *pairs) }))
}

func measure(w io.Writer, dir string, builds, pairs int) ([]document.Figure, error) {
	text, err := os.ReadFile(filepath.Join(dir, "fifteen.go3s"))
	if err != nil {
		return nil, err
	}
	k, err := host.Open()
	if err != nil {
		return nil, err
	}
	defer k.Close()
	fmt.Fprintf(w, "P4: compile alone, warm, in ms; %d builds a row, fewer of long ones, each of which must yield its instructions\n\n", builds)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "what\tmedian\tleast\tp99\tinstructions\tto linear\t")
	grown, err := longer(incremental.New(k), builds/10)
	if err != nil {
		return nil, err
	}
	for _, g := range grown {
		row(t, fmt.Sprintf("%d lines", g.size), g, grown[0])
	}
	for _, cells := range []int{2, 200} {
		s, err := many(incremental.New(k), cells)
		if err != nil {
			return nil, err
		}
		g, err := grow(s, 1, fill, builds, edit)
		if err != nil {
			return nil, fmt.Errorf("an edit among %d cells: %w", cells, err)
		}
		row(t, fmt.Sprintf("one line edited among %d cells", cells), g, g)
	}
	fifteen, clang, err := against(incremental.New(k), k, string(text), filepath.Join(dir, "fifteen.c"), builds, pairs)
	if err != nil {
		return nil, fmt.Errorf("15 lines: %w", err)
	}
	row(t, "15 lines, two probes", fifteen, fifteen)
	if err := t.Flush(); err != nil {
		return nil, err
	}
	return conclude(w, fifteen, clang, grown), nil
}

// growth is what builds of one size took.
type growth struct {
	size         int
	times        stats.Sample // milliseconds
	rounds       stats.Sample // milliseconds a line, in rounds with other sizes
	instructions int
}

// longer builds texts of three lengths in turn, in each round as many of each as make 1,000 lines, after one round that fills the compiler's
// memory.
func longer(s *incremental.Snapshot, rounds int) ([]growth, error) {
	all := []growth{{size: 100}, {size: 300}, {size: 1000}}
	for round := range rounds + 1 {
		for i := range all {
			g := &all[i]
			text, n := longProbe(g.size), 1000/g.size
			one, err := grow(s, g.size, 0, n, func(i int) source.Cell { return another(text, round*n+i) })
			if err != nil {
				return nil, fmt.Errorf("%d lines: %w", g.size, err)
			}
			if g.instructions = one.instructions; round > 0 {
				g.times = append(g.times, one.times...)
				g.rounds = append(g.rounds, one.times.Mean()/float64(g.size))
			}
		}
	}
	return all, nil
}

// toLinear is how many times as long a line of g's takes as one of first's, in the same round.
func (g growth) toLinear(first growth) float64 {
	return g.rounds.In(first.rounds).Median()
}

// grow builds n cells that the compiler has not seen, each on top of the same session, after some that fill the compiler's memory.
func grow(s *incremental.Snapshot, size, before, n int, cell func(i int) source.Cell) (growth, error) {
	g := growth{size: size}
	for i := range before + n {
		took, instructions, err := build(s, cell(i))
		if err != nil {
			return g, err
		}
		if i > 0 && instructions != g.instructions {
			return g, fmt.Errorf("build %d has %d instructions, want %d", i, instructions, g.instructions)
		}
		if g.instructions = instructions; i >= before {
			g.times = append(g.times, took)
		}
	}
	return g, nil
}

// build compiles a session with one more cell, and says how long it took in milliseconds and how many instructions came out.
func build(s *incremental.Snapshot, cell source.Cell) (took float64, instructions int, err error) {
	start := time.Now()
	b := s.With(cell).Build(incremental.BuildOptions{})
	took = float64(time.Since(start)) / float64(time.Millisecond)
	if len(b.Diags) > 0 {
		return 0, 0, errors.New(source.Render(b.Diags[0], cell.Text))
	}
	for _, p := range b.Probes {
		instructions += len(p.Insns)
	}
	if instructions == 0 {
		return 0, 0, errors.New("the build is empty")
	}
	return took, instructions, nil
}

func row(w io.Writer, what string, g, first growth) {
	linear := "-"
	if g.size != first.size {
		linear = fmt.Sprintf("%.2f", g.toLinear(first))
	}
	fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%d\t%s\t\n", what, g.times.Median(), g.times.Least(), g.times.P99(), g.instructions, linear)
}

// conclude prints the comparison and returns the figures of the summary.
func conclude(w io.Writer, fifteen growth, clang stats.Sample, grown []growth) []document.Figure {
	short, long := grown[0], grown[len(grown)-1]
	linear := long.toLinear(short)
	figures := []document.Figure{
		{
			ID: "P4", Measure: "compile 15 lines, warm", Goal: fmt.Sprintf("≤ %.2f ms", goalFifteen), Ours: fmt.Sprintf("%.2f ms", fifteen.times.Median()),
			Met: fifteen.times.Median() <= goalFifteen, Held: "no stage stands out, and each takes twice as long behind the others as alone: the code of one build is larger than the caches next to the core",
		},
		{
			ID: "P4", Measure: fmt.Sprintf("compile %d lines against %d", long.size, short.size), Goal: "linear", Ours: fmt.Sprintf("%.1f ms", long.times.Median()),
			Ratio: fmt.Sprintf("%.2f × linear", linear), Met: linear <= goalGrowth, Held: "caches and the collector: each holds less of a longer text",
		},
	}
	if len(clang) == 0 {
		fmt.Fprintf(w, "\nP4 has no peer here: %s is not installed\n", peerName)
		return figures
	}
	ratio := stats.Ratio(fifteen.times.Median(), clang.Median())
	fmt.Fprintf(w, "\n15 lines in C, %s -O2 as a whole process: %s ms, %d runs in alternation; ratio %s\n", peerName, clang.Range("%.1f"), len(clang), ratio)
	figures[0].Peer, figures[0].Ratio = fmt.Sprintf("%s -O2: %.0f ms", peerName, clang.Median()), ratio
	return figures
}
