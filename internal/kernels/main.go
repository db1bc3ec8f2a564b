// Command kernels runs go3sh on other kernels than this one: those of Debian's packages, each in a virtual machine of its own, with the
// same checks. Counts must be exact on all of them, by whatever way the kernel allows; what a kernel can't do must be said. It prints a
// table of what each kernel did and fails if a check failed.
//
// It is both sides: started as the first process of a virtual machine it runs the checks there.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	switch {
	case os.Getpid() == 1:
		guest()
		return
	case filepath.Base(os.Args[0]) == workerName:
		work(os.Args[1:])
		return
	}
	only := flag.String("kernels", "", "which of them, such as 5.10,6.1; all without")
	cache := flag.String("cache", filepath.Join(cacheFolder(), "go3sh-kernels"), "where packages are kept")
	pattern := flag.String("run", "", "only the checks whose names hold this")
	tests := flag.Bool("tests", false, "run the tests of packages there, too, which takes minutes a kernel")
	verbose := flag.Bool("v", false, "show what the kernels say")
	flag.Parse()
	h := host{cache: *cache, pattern: *pattern, tests: *tests, verbose: *verbose}
	if err := h.run(strings.FieldsFunc(*only, func(r rune) bool { return r == ',' })); err != nil {
		fmt.Fprintln(os.Stderr, "kernels:", err)
		os.Exit(1)
	}
}

func cacheFolder() string {
	if dir, err := os.UserCacheDir(); err == nil {
		return dir
	}
	return os.TempDir()
}

// host is the side that starts virtual machines.
type host struct {
	cache, pattern string
	tests, verbose bool
}

// errFailed is the outcome of checks that failed, of which the table tells.
var errFailed = errors.New("some checks failed")

// run boots each kernel of the list, or those of only.
func (h host) run(only []string) error {
	if err := needs("qemu-system-x86_64", "apt-get", "apt-cache", "dpkg-deb"); err != nil {
		return err
	}
	if err := os.MkdirAll(h.cache, 0o755); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "go3sh-kernels-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	root, err := h.buildRoot(folder)
	if err != nil {
		return err
	}
	var all []outcome
	var versions []string
	for _, d := range distributed {
		if len(only) > 0 && !slices.Contains(only, d.version) {
			continue
		}
		kernel, err := h.fetch(d)
		if err != nil {
			return fmt.Errorf("get Linux %s: %w", d.version, err)
		}
		outcomes, err := h.runAll(kernel, d, root, folder)
		if err != nil {
			return fmt.Errorf("run Linux %s: %w", d.version, err)
		}
		versions = append(versions, d.version)
		all = append(all, outcomes...)
	}
	return table(versions, all)
}

// runAll has all checks run on a kernel. The emulator may crash a kernel at any moment; then a new machine goes on with the check that did not come to its end,
// unless that one did not the time before.
func (h host) runAll(kernel string, d distribution, root, folder string) (all []outcome, err error) {
	for tries := 0; tries < 3; tries++ {
		began := time.Now()
		outcomes, err := h.boot(kernel, d, root, folder, len(all))
		all = append(all, outcomes...)
		fmt.Fprintf(os.Stderr, "kernels: Linux %s: %d checks in %v\n", d.version, len(outcomes), time.Since(began).Round(time.Second))
		if err == nil {
			return all, nil
		}
		if len(outcomes) > 0 {
			tries = 0
		}
		if tries == 2 {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "kernels: Linux %s crashed; going on with a new machine\n", d.version)
	}
	return all, nil
}

// outcome is what became of a check on a kernel.
type outcome struct {
	Kernel string `json:"kernel"`
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Text   string `json:"text"` // what was counted, or said
}

// table prints a row for each check with a column for each kernel, and then what failed.
func table(versions []string, all []outcome) error {
	var checks []string
	cells := map[[2]string]outcome{}
	for _, o := range all {
		at := [2]string{o.Check, o.Kernel}
		known := false
		for _, v := range versions {
			_, ok := cells[[2]string{o.Check, v}]
			known = known || ok
		}
		if !known {
			checks = append(checks, o.Check)
		}
		cells[at] = o
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "check\t"+strings.Join(versions, "\t"))
	failed := 0
	for _, c := range checks {
		row := []string{c}
		for _, v := range versions {
			o, ok := cells[[2]string{c, v}]
			switch {
			case !ok:
				row = append(row, "NOT RUN")
				failed++
			case o.OK:
				row = append(row, short(o.Text))
			default:
				row = append(row, "FAILED")
				failed++
			}
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush()
	for _, o := range all {
		if !o.OK {
			fmt.Printf("\n%s on Linux %s:\n%s\n", o.Check, o.Kernel, o.Text)
		}
	}
	if failed > 0 || len(all) == 0 {
		return errFailed
	}
	return nil
}

// short is a text that fits a column.
func short(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if r := []rune(text); len(r) > 44 {
		return string(r[:43]) + "…"
	}
	return text
}
