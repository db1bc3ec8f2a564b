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
	"bytes"
	"flag"
	"fmt"
	"os"

	"go3s/bench/document"
)

func main() {
	runs := flag.Int("n", 300, "runs of each row of P1 and P2; 0 leaves them out")
	pairs := flag.Int("pairs", 15, "pairs of P3")
	binary := flag.String("go3sh", "bin/go3sh", "the program that P3 starts")
	doc := flag.String("doc", "", "file whose part P1-P3 is rewritten")
	flag.Parse()
	var b bytes.Buffer
	err := measure(&b, *runs, *pairs, *binary)
	_, _ = os.Stdout.Write(b.Bytes())
	if err == nil && *doc != "" {
		err = document.Rewrite(*doc, "P1-P3", b.String())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

func measure(b *bytes.Buffer, runs, pairs int, binary string) error {
	if runs > 0 {
		if err := inside(b, runs); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	return starting(b, pairs, binary)
}
