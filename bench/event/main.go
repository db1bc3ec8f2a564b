// Command event measures what one event costs in the kernel, in the table of docs/BENCHMARKS.md, P6: the time of a getppid system call on a
// pinned thread with a probe at it, over that with an empty program at it. The peer is bpftrace with a probe that does the same.
//
// Floor, ours and the peer's run in alternation; the figures are medians. Every timed run also has its events counted, and a count that
// is wrong ends the measurement. It needs root.
//
//	go run ./bench/event [-n CALLS] [-rounds ROUNDS] [-job NAME] [-doc FILE]
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"text/tabwriter"

	"go3s/bench/document"
)

func main() {
	calls := flag.Int("n", 2_000_000, "system calls of a run")
	rounds := flag.Int("rounds", 9, "runs of each")
	only := flag.String("job", "", "measure this one alone")
	doc := flag.String("doc", "", "file whose part P6 is rewritten")
	work := flag.Bool("work", false, "be the program that is traced")
	flag.Parse()
	if *work {
		fmt.Println(perCall(*calls))
		return
	}
	var b bytes.Buffer
	err := measure(&b, *calls, *rounds, *only)
	_, _ = os.Stdout.Write(b.Bytes())
	if err == nil && *doc != "" {
		err = document.Rewrite(*doc, "P6", b.String())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "event:", err)
		os.Exit(1)
	}
}

// job is the same work in Go3s and in the peer's language, counted in a map n.
type job struct {
	name        string
	hooks       int // programs that run for a call
	ours, peers string
	goal        int // nanoseconds over the floor
}

const enter, exit = "syscalls:sys_enter_getppid", "syscalls:sys_exit_getppid"

var jobs = []job{
	{"n++", 1, enter + " { n++ }", "tracepoint:" + enter + " { @n = count(); }", 0},
	{"n[comm]++", 1, enter + " { n[comm]++ }", "tracepoint:" + enter + " { @n[comm] = count(); }", 45},
	{"n[pid]++", 1, enter + " { n[pid]++ }", "tracepoint:" + enter + " { @n[pid] = sum(1); }", 35},
	{
		"latency histogram", 2,
		enter + " { start[tid] = nsecs }\n" + exit + " { if t, ok := start[tid]; ok { lat.hist(nsecs - t); n++; delete(start, tid) } }",
		"tracepoint:" + enter + " { @start[tid] = nsecs; } tracepoint:" + exit +
			" /@start[tid]/ { @lat = hist(nsecs - @start[tid]); @n = count(); delete(@start[tid]); }", 250,
	},
}

// runs are the times of a call in nanoseconds.
type runs struct{ bare, floor, ours, peers []float64 }

func measure(w io.Writer, calls, rounds int, only string) error {
	peer, err := exec.LookPath("bpftrace")
	if err != nil {
		fmt.Fprintln(w, "P6 has no peer here: bpftrace is not installed")
	}
	fmt.Fprintf(w, "P6: nanoseconds an event costs over an empty program; %d calls a run, medians of %d runs in alternation, each with its count checked\n\n", calls, rounds)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "probe\tbare call\tempty program\tgo3sh\tleast\tgreatest\tgoal\tbpftrace\tleast\tgreatest\tratio\t")
	for _, j := range jobs {
		if only != "" && only != j.name {
			continue
		}
		r, err := j.run(calls, rounds, peer)
		if err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
		r.row(t, j, peer != "")
	}
	return t.Flush()
}

// run measures one job.
func (j job) run(calls, rounds int, peer string) (r runs, err error) {
	for range rounds {
		for _, m := range []struct {
			to   *[]float64
			with func(func() error) error
			skip bool
		}{
			{to: &r.bare, with: func(f func() error) error { return f() }},
			{to: &r.floor, with: j.empty},
			{to: &r.ours, with: func(f func() error) error { return j.traced(calls, f) }},
			{to: &r.peers, with: func(f func() error) error { return j.byPeer(peer, calls, f) }, skip: peer == ""},
		} {
			if m.skip {
				continue
			}
			if err := m.with(func() error {
				ns, err := workload(calls)
				*m.to = append(*m.to, ns)
				return err
			}); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

// row prints one job: bare call and empty program as they are, the others over the empty program of the same round.
func (r runs) row(w io.Writer, j job, peer bool) {
	fmt.Fprintf(w, "%s\t%.0f\t%+.0f\t", j.name, median(r.bare), median(r.floor)-median(r.bare))
	ours := over(r.ours, r.floor)
	fmt.Fprintf(w, "%+.0f\t%+.0f\t%+.0f\t%+d\t", median(ours), ours[0], ours[len(ours)-1], j.goal)
	if !peer {
		fmt.Fprintln(w, "-\t-\t-\t-\t")
		return
	}
	peers := over(r.peers, r.floor)
	fmt.Fprintf(w, "%+.0f\t%+.0f\t%+.0f\t%.2f\t\n", median(peers), peers[0], peers[len(peers)-1], median(ours)/median(peers))
}

// over is a less b, run by run, sorted.
func over(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	slices.Sort(d)
	return d
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
