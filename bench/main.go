// Command bench runs every measure there is, one after the other, and writes what they found to docs/BENCHMARKS.md, with the machine
// at its top and a summary of all goals. It installs no peer: a measure whose peer is not there says so. It needs root.
//
//	go run ./bench [-doc FILE] [-quick] [PART...]
//
// The parts are commands of their own, in the folders below; each writes its section alone when it is run by itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go3s/bench/document"
)

// part is one measure.
type part struct {
	name  string   // its folder
	quick []string // what makes it fast and rough
}

// parts are in the order in which they run. What is timed most finely comes first, while the machine is as quiet as it was.
var parts = []part{
	{"event", []string{"-n", "200000", "-rounds", "3"}},
	{"ring", []string{"-rounds", "1"}},
	{"latency", []string{"-n", "20", "-pairs", "3"}},
	{"compile", []string{"-n", "20", "-pairs", "3"}},
	{"view", []string{"-for", "2s", "-keys", "20"}},
	{"memory", []string{"-for", "2s"}},
	{"scale", []string{"-rounds", "1"}},
	{"size", nil},
}

// patience is how long one part may take.
const patience = 15 * time.Minute

func main() {
	doc := flag.String("doc", "", "file whose parts are rewritten")
	quick := flag.Bool("quick", false, "few rounds: to see whether everything works")
	flag.Parse()
	if err := run(*doc, *quick, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run runs all parts, or those named. One that fails is named in the end, and the others run all the same.
func run(doc string, quick bool, only []string) error {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	about := machine()
	fmt.Printf("%s\n", strings.Join(about, "\n"))
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var failed []string
	start := time.Now()
	for _, p := range chosen {
		fmt.Printf("\n%s, %v after the start\n\n", p.name, time.Since(start).Round(time.Second))
		if err := p.run(dir, doc, quick); err != nil {
			failed = append(failed, fmt.Sprintf("%s (%v)", p.name, err))
		}
	}
	fmt.Printf("\n%v in all\n", time.Since(start).Round(time.Second))
	if doc != "" && len(only) == 0 {
		if len(failed) > 0 {
			about = append(about, "not measured in this run, what is below is older: "+strings.Join(failed, ", "))
		}
		err = errors.Join(document.Describe(doc, "machine", about), document.Summarize(doc))
	}
	if len(failed) > 0 {
		err = errors.Join(err, fmt.Errorf("failed: %s", strings.Join(failed, ", ")))
	}
	return err
}

// choose are the parts of these names, all without any.
func choose(names []string) ([]part, error) {
	if len(names) == 0 {
		return parts, nil
	}
	var chosen []part
	for _, name := range names {
		i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("%q is no part: %s", name, strings.Join(partNames(), " "))
		}
		chosen = append(chosen, parts[i])
	}
	return chosen, nil
}

func partNames() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// run builds a part and runs it.
func (p part) run(dir, doc string, quick bool) error {
	binary := filepath.Join(dir, p.name)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	args := []string{"-doc", doc}
	if quick {
		args = append(args, p.quick...)
	}
	for _, c := range []*exec.Cmd{
		exec.CommandContext(ctx, "go", "build", "-o", binary, "./bench/"+p.name),
		exec.CommandContext(ctx, binary, args...),
	} {
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if err := c.Run(); err != nil {
			if ctx.Err() != nil {
				err = fmt.Errorf("not done in %v", patience)
			}
			return err
		}
	}
	return nil
}
