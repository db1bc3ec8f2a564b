// Command scale measures growth, in the table of docs/BENCHMARKS.md, P10: up to 500 probes attached at the prompt, maps of up to a million
// keys on the view and at the prompt, and probes of up to 1,000 lines. What grows faster than linearly shows as a ratio above 1. Meanwhile
// keys are pressed. Every run has its events counted. It needs root.
//
//	go run ./bench/scale [-rounds ROUNDS] [-go3sh FILE] [-part probes|keys|lines] [-doc FILE]
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"go3s/bench/document"
	"go3s/bench/stats"
	"go3s/bench/terminal"
	"go3s/bench/workload"
)

// The goals.
const (
	goalGrowth = 1.25 // times as much as linear growth is not linear any more
	goalAnswer = 50.  // ms
)

// patience is how long an answer may take.
const patience = 3 * time.Minute

func main() {
	workload.Run()
	rounds := flag.Int("rounds", 9, "how often a probe of many lines is entered, and a map listed a third as often")
	binary := flag.String("go3sh", "bin/go3sh", "the program")
	only := flag.String("part", "", "measure this part alone: probes, keys or lines")
	doc := flag.String("doc", "", "file whose part P10 is rewritten")
	flag.Parse()
	os.Exit(document.Publish("scale", *doc, "P10", func(w io.Writer) ([]document.Figure, error) { return measure(w, *binary, *only, *rounds) }))
}

func measure(w io.Writer, binary, only string, rounds int) (figures []document.Figure, err error) {
	for _, part := range []struct {
		name    string
		measure func(w io.Writer, binary string, rounds int) ([]document.Figure, error)
	}{{"lines", lines}, {"probes", probes}, {"keys", keys}} {
		if only != "" && only != part.name {
			continue
		}
		f, err := part.measure(w, binary, rounds)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		figures = append(figures, f...)
	}
	return figures, nil
}

// columns is a table on its way to w.
func columns(w io.Writer, head string) *tabwriter.Writer {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, head)
	return t
}

// growth is a figure about a value at two sizes.
func growth(what string, small, large float64, sizeSmall, sizeLarge int, ours, held string) document.Figure {
	r := stats.ToLinear(small, large, sizeSmall, sizeLarge)
	return document.Figure{
		ID: "P10", Measure: what, Goal: "linear", Ours: ours, Ratio: fmt.Sprintf("%.2f × linear", r), Met: r <= goalGrowth, Held: held,
	}
}

// answers is a figure about the times of answers, in milliseconds.
func answers(what string, times stats.Sample, held string) document.Figure {
	return document.Figure{
		ID: "P10", Measure: what + ": median (99th percentile)", Goal: fmt.Sprintf("≤ %.0f ms", goalAnswer),
		Ours: fmt.Sprintf("%.1f (%.1f) ms", times.Median(), times.P99()), Met: times.P99() <= goalAnswer, Held: held,
	}
}

// holds asks the prompt for a counter, which must have this value.
func holds(p *terminal.Program, name string, want int) error {
	if _, err := p.Prompted(name, 10*time.Second); err != nil {
		return err
	}
	if text := p.Text(); !strings.Contains(text, " "+strconv.Itoa(want)+"\r\n") {
		return fmt.Errorf("%s is not %d: %.300q", name, want, text)
	}
	return nil
}
