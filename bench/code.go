package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/cilium/ebpf/asm"

	"go3s/bench/document"
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

// code compares every pair in dir and prints the table; it writes it to doc, too, if that is set. With list set it prints
// the listings of that pair.
func code(dir, doc, list string) error {
	version, err := clangVersion()
	if err != nil {
		fmt.Printf("P5 is skipped: %v\n", err)
		return nil
	}
	k, err := openKernel()
	if err != nil {
		return err
	}
	defer k.close()
	names, err := filepath.Glob(filepath.Join(dir, "*.c"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no programs in %s", dir)
	}
	var pairs []*pair
	for _, path := range names {
		name := strings.TrimSuffix(filepath.Base(path), ".c")
		if list != "" && name != list {
			continue
		}
		p := &pair{name: name}
		if p.ours, err = k.compileGo3s(filepath.Join(dir, name+".go3s")); err != nil {
			return fmt.Errorf("%s.go3s: %w", name, err)
		}
		if p.peers, err = k.compileC(path); err != nil {
			return fmt.Errorf("%s.c: %w", name, err)
		}
		pairs = append(pairs, p)
	}
	if list != "" {
		return printListings(os.Stdout, pairs)
	}
	var b bytes.Buffer
	table(&b, pairs)
	fmt.Fprintf(&b, "\n%s, %s, instruction set v%d for both.\n", machine(), version, isa)
	if _, err := os.Stdout.Write(b.Bytes()); err != nil {
		return err
	}
	if doc == "" {
		return nil
	}
	return document.Rewrite(doc, "P5", b.String())
}

// table prints one row a pair, the largest ratio first.
func table(w io.Writer, pairs []*pair) {
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
