// Command latency measures how long a user waits, in the table of docs/BENCHMARKS.md:
//
//	P1  Enter until a new probe is live, inside a running session
//	P2  Enter until an edited probe is live
//	P3  the start of the process until its probe is live, against bpftrace
//
// Every timed run also has its events counted, and a count that is wrong ends the measurement. Stages of ours and of the kernel are
// told apart. It needs root.
//
//	go run ./bench/latency [-n RUNS] [-pairs PAIRS] [-go3sh FILE] [-doc FILE]
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"go3s/bench/document"
)

func main() {
	runs := flag.Int("n", 120, "runs of each row of P1 and P2; 0 leaves them out")
	pairs := flag.Int("pairs", 15, "pairs of P3")
	binary := flag.String("go3sh", "bin/go3sh", "the program that P3 starts")
	doc := flag.String("doc", "", "file whose part P1-P3 is rewritten")
	flag.Parse()
	os.Exit(document.Publish("latency", *doc, "P1-P3", func(w io.Writer) ([]document.Figure, error) { return measure(w, *runs, *pairs, *binary) }))
}

func measure(w io.Writer, runs, pairs int, binary string) (figures []document.Figure, err error) {
	if runs > 0 {
		if figures, err = inside(w, runs); err != nil {
			return nil, err
		}
		fmt.Fprintln(w)
	}
	starts, err := starting(w, pairs, binary)
	return append(figures, starts...), err
}
