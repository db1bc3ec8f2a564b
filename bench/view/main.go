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
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"go3s/bench/document"
	"go3s/bench/terminal"
	"go3s/bench/workload"
)

func main() {
	workload.Run()
	over := flag.Duration("for", 10*time.Second, "how long each row is measured")
	presses := flag.Int("keys", 150, "keys pressed for each row")
	binary := flag.String("go3sh", "bin/go3sh", "the program")
	doc := flag.String("doc", "", "file whose part P9 is rewritten")
	flag.Parse()
	os.Exit(document.Publish("view", *doc, "P9", func(w io.Writer) ([]document.Figure, error) {
		return measure(w, *binary, *over, *presses)
	}))
}

// loads are the rows of the table; the goals are those of the last.
var loads = []struct {
	name         string
	lines, calls int // a second
}{
	{"nothing happens", 0, 0},
	{"10,000 lines/s", 10_000, 0},
	{"10,000 keys x CPUs", 0, workload.Keys},
	{"both", 10_000, workload.Keys},
}

const (
	goalCPU = 4.0  // per cent of a CPU
	goalKey = 16.0 // milliseconds
)

func measure(w io.Writer, binary string, over time.Duration, presses int) ([]document.Figure, error) {
	fmt.Fprintf(w, "P9: go3sh with the view open on %dx%d, %v and %d keys a row\n\n", terminal.Width, terminal.Height, over, presses)
	fmt.Fprintf(w, "%20s  %8s  %9s  %9s  %9s  %9s  %10s\n", "load", "events/s", "% of CPU", "kB/s sent", "key: ms", "99th", "log lines")
	var r result
	for _, l := range loads {
		var err error
		if r, err = row(binary, l.lines, l.calls*runtime.NumCPU(), over, presses); err != nil {
			return nil, fmt.Errorf("%s: %w", l.name, err)
		}
		fmt.Fprintf(w, "%20s  %8.0f  %9.2f  %9.1f  %9.2f  %9.2f  %10d\n", l.name, r.rate, r.cpu, r.sent, r.keys.Median(), r.keys.P99(), r.lines)
	}
	const where = "view over 10,000 keys × CPUs and 10,000 lines/s"
	return []document.Figure{
		{
			ID: "P9", Measure: where + ", of one core", Goal: fmt.Sprintf("≤ %.0f %%", goalCPU), Ours: fmt.Sprintf("%.1f %%", r.cpu),
			Met: r.cpu <= goalCPU, Held: "reading 10,000 keys of every CPU from the kernel 4 times a second, and the frames",
		},
		{
			ID: "P9", Measure: "there, key press to frame, median (99th percentile)", Goal: fmt.Sprintf("≤ %.0f ms", goalKey),
			Ours: fmt.Sprintf("%.1f (%.1f) ms", r.keys.Median(), r.keys.P99()), Met: r.keys.Median() <= goalKey,
		},
	}, nil
}

// row measures the view under one load.
func row(binary string, lines, calls int, over time.Duration, presses int) (r result, err error) {
	w, err := workload.Paced(lines, calls)
	if err != nil {
		return r, err
	}
	s, err := sit(binary, w.PID())
	if err != nil {
		_, _ = w.Stop()
		return r, err
	}
	return s.measure(w, over, presses)
}
