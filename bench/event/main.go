// Command event measures what one event costs in the kernel, in the table of docs/BENCHMARKS.md, P6: the time of a getppid system call on a
// pinned thread with a probe at it, over that with an empty program at it. The peer is bpftrace with a probe that does the same.
//
// Floor, ours and the peer's run in alternation; the figures are medians. Every timed run also has its events counted, and a count that
// is wrong ends the measurement. It needs root.
//
//	go run ./bench/event [-n CALLS] [-rounds ROUNDS] [-job NAME] [-doc FILE]
//	go run ./bench/event -pieces [-rounds ROUNDS]
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"golang.org/x/sys/unix"

	"go3s/bench/document"
	"go3s/bench/peer"
	"go3s/bench/stats"
	"go3s/bench/workload"
)

func main() {
	workload.Run()
	calls := flag.Int("n", 2_000_000, "system calls of a run")
	rounds := flag.Int("rounds", 9, "runs of each")
	only := flag.String("job", "", "measure this one alone")
	doc := flag.String("doc", "", "file whose part P6 is rewritten")
	apart := flag.Bool("pieces", false, "measure what events are made of, by programs of single steps")
	flag.Parse()
	if *apart {
		os.Exit(document.Publish("event", "", "", func(w io.Writer) ([]document.Figure, error) { return nil, measurePieces(w, *rounds) }))
	}
	os.Exit(document.Publish("event", *doc, "P6", func(w io.Writer) ([]document.Figure, error) { return measure(w, *calls, *rounds, *only) }))
}

// job is the same work in Go3s and in the peer's language, counted in a map n.
type job struct {
	name        string
	hooks       int // programs that run for a call
	ours, peers string
	goal        int    // nanoseconds over the floor
	held        string // what holds it where it is above the goal
}

const enter, exit = "syscalls:sys_enter_getppid", "syscalls:sys_exit_getppid"

var jobs = []job{
	{"n++", 1, enter + " { n++ }", "tracepoint:" + enter + " { @n = count(); }", 0, "the gate, the tail call of the dispatcher, and the probe's own count: 1 ns each"},
	{"n[comm]++", 1, enter + " { n[comm]++ }", "tracepoint:" + enter + " { @n[comm] = count(); }", 45, "calls of the kernel, where each return is guarded against speculation: one for the task, three in the search of its hash"},
	{"n[pid]++", 1, enter + " { n[pid]++ }", "tracepoint:" + enter + " { @n[pid] = sum(1); }", 35, "calls of the kernel, where each return is guarded against speculation: one for the process, three in the search of its hash"},
	{
		"latency histogram", 2,
		enter + " { start[tid] = nsecs }\n" + exit + " { if t, ok := start[tid]; ok { lat.hist(nsecs - t); n++; delete(start, tid) } }",
		"tracepoint:" + enter + " { @start[tid] = nsecs; } tracepoint:" + exit +
			" /@start[tid]/ { @lat = hist(nsecs - @start[tid]); @n = count(); delete(@start[tid]); }", 250,
		"two dispatchers, two clocks, and what is kept of each thread",
	},
}

// runs are the times of a call in nanoseconds.
type runs struct{ bare, floor, ours, peers stats.Sample }

func measure(w io.Writer, calls, rounds int, only string) (figures []document.Figure, err error) {
	compared := peer.Path() != ""
	if !compared {
		fmt.Fprintln(w, peer.Skipped("P6"))
	}
	fmt.Fprintf(w, "P6: nanoseconds an event costs over an empty program; %d calls a run, medians of %d runs in alternation, each with its count checked\n\n", calls, rounds)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "probe\tbare call\tempty program\tgo3sh\tleast\tgreatest\tgoal\tbpftrace\tleast\tgreatest\tratio\t")
	for _, j := range jobs {
		if only != "" && only != j.name {
			continue
		}
		r, err := j.run(calls, rounds, compared)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", j.name, err)
		}
		figures = append(figures, r.row(t, j, compared))
	}
	return figures, t.Flush()
}

// run measures one job.
func (j job) run(calls, rounds int, compared bool) (r runs, err error) {
	for range rounds {
		for _, m := range []struct {
			to   *stats.Sample
			with func(func() error) error
			skip bool
		}{
			{to: &r.bare, with: func(f func() error) error { return f() }},
			{to: &r.floor, with: j.empty},
			{to: &r.ours, with: func(f func() error) error { return j.traced(calls, f) }},
			{to: &r.peers, with: func(f func() error) error { return j.byPeer(calls, f) }, skip: !compared},
		} {
			if m.skip {
				continue
			}
			var took float64
			if err := again(func() error {
				return m.with(func() error {
					ns, err := workload.Calls(unix.SYS_GETPPID, calls, 0)
					took = ns
					return err
				})
			}); err != nil {
				return r, err
			}
			*m.to = append(*m.to, took)
		}
	}
	return r, nil
}

// again does something up to three times until it succeeds: other processes make this call, too, and a run in which they make many has the
// wrong count. What counts wrong by itself does so each time.
func again(f func() error) (err error) {
	for range 3 {
		if err = f(); err == nil {
			return nil
		}
	}
	return err
}

// row prints one job: bare call and empty program as they are, the others over the empty program of the same round.
func (r runs) row(w io.Writer, j job, peers bool) document.Figure {
	fmt.Fprintf(w, "%s\t%.0f\t%+.0f\t", j.name, r.bare.Median(), r.floor.Median()-r.bare.Median())
	ours := r.ours.Over(r.floor)
	fmt.Fprintf(w, "%+.0f\t%+.0f\t%+.0f\t%+d\t", ours.Median(), ours.Least(), ours.Greatest(), j.goal)
	f := document.Figure{
		ID: "P6", Measure: "an event of " + j.name + ", over an empty program", Goal: fmt.Sprintf("%+d ns", j.goal),
		// A goal of nothing is met by what can't be told from it.
		Ours: fmt.Sprintf("%+.0f ns", ours.Median()), Met: ours.Median() <= float64(max(j.goal, noise)), Held: j.held,
	}
	if !peers {
		fmt.Fprintln(w, "-\t-\t-\t-\t")
		return f
	}
	theirs := r.peers.Over(r.floor)
	ratio := stats.Ratio(ours.Median(), theirs.Median())
	fmt.Fprintf(w, "%+.0f\t%+.0f\t%+.0f\t%s\t\n", theirs.Median(), theirs.Least(), theirs.Greatest(), ratio)
	f.Peer, f.Ratio = fmt.Sprintf("bpftrace: %+.0f ns", theirs.Median()), ratio
	return f
}

// noise is how many nanoseconds two runs of the same may differ in their medians.
const noise = 5
