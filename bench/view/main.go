// Command view measures what the live view costs and how soon it answers, in the table of docs/BENCHMARKS.md:
//
//	P9  the share of a CPU that go3sh takes with the view open, and the time from a key until the terminal is sent the frame with it
//
// The real program runs on a terminal of its own, 120 by 40, and traces a process that makes its events: 10,000 keys, each hit once a second on
// every CPU, and 10,000 log lines a second. A count that is wrong ends the measurement. It needs root.
//
//	go run ./bench/view [-for TIME] [-keys N] [-go3sh FILE] [-doc FILE]
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"time"

	"go3s/bench/document"
)

func main() {
	over := flag.Duration("for", 10*time.Second, "how long each row is measured")
	presses := flag.Int("keys", 150, "keys pressed for each row")
	binary := flag.String("go3sh", "bin/go3sh", "the program")
	doc := flag.String("doc", "", "file whose part P9 is rewritten")
	work := flag.String("work", "", "only make the events: lines a second and whether keys are hit, 10000,true")
	flag.Parse()
	if *work != "" {
		if err := makeEvents(*work); err != nil {
			fmt.Fprintln(os.Stderr, "view:", err)
			os.Exit(1)
		}
		return
	}
	var b bytes.Buffer
	err := measure(&b, *binary, *over, *presses)
	_, _ = os.Stdout.Write(b.Bytes())
	if err == nil && *doc != "" {
		err = document.Rewrite(*doc, "P9", b.String())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "view:", err)
		os.Exit(1)
	}
}

// loads are the rows of the table.
var loads = []struct {
	name  string
	lines int // a second
	keys  bool
}{
	{"nothing happens", 0, false},
	{"10,000 lines/s", 10_000, false},
	{"10,000 keys x CPUs", 0, true},
	{"both", 10_000, true},
}

func measure(b *bytes.Buffer, binary string, over time.Duration, presses int) error {
	fmt.Fprintf(b, "P9: go3sh with the view open on 120x40, %v and %d keys a row; goals: 4 %% of a CPU, a key's frame in 16 ms\n\n", over, presses)
	fmt.Fprintf(b, "%20s  %8s  %9s  %9s  %9s  %9s  %10s\n", "load", "events/s", "% of CPU", "kB/s sent", "key: ms", "99th", "log lines")
	for _, l := range loads {
		w, err := startWorker(fmt.Sprintf("%d,%t", l.lines, l.keys))
		if err != nil {
			return err
		}
		s, err := sit(binary, w.pid())
		if err != nil {
			w.stop()
			return err
		}
		r, err := s.measure(w, over, presses)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		fmt.Fprintf(b, "%20s  %8.0f  %9.2f  %9.1f  %9.2f  %9.2f  %10d\n", l.name, r.rate, r.cpu, r.sent, ms(r.keys, .5), ms(r.keys, .99), r.lines)
	}
	return nil
}
