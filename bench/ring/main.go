// Command ring measures log lines on their way from the kernel to standard output, in the table of docs/BENCHMARKS.md, P7: what an event of
// a probe that prints costs in the kernel over one with an empty program, how many lines one core takes, and how many are lost. The peer is
// bpftrace on the same program, in alternation.
//
// Both print to a pipe. The call that is traced is one that nothing else makes, so that in every run lines shown and lost must be exactly as
// many as calls were made; if they are not, the measurement ends. It needs root.
//
//	go run ./bench/ring [-n CALLS] [-rounds ROUNDS] [-go3sh FILE] [-doc FILE]
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
	"go3s/bench/traced"
	"go3s/bench/workload"
)

const (
	hook   = "syscalls:sys_enter_timer_getoverrun"
	number = unix.SYS_TIMER_GETOVERRUN
	pace   = 1_000_000 // events a second that must not lose any
	slower = 10        // the peer gets one of so many events in a run at full speed

	goalCost = 220       // nanoseconds over an empty program
	goalRate = 2_000_000 // lines a second on one core
)

func main() {
	workload.Run()
	calls := flag.Int("n", 2_000_000, "system calls of a run")
	rounds := flag.Int("rounds", 9, "runs of each")
	binary := flag.String("go3sh", "bin/go3sh", "the program")
	doc := flag.String("doc", "", "file whose part P7 is rewritten")
	flag.Parse()
	os.Exit(document.Publish("ring", *doc, "P7", func(w io.Writer) ([]document.Figure, error) {
		return measure(w, *binary, *calls, *rounds)
	}))
}

// line is what is printed of an event, in both languages alike.
type line struct {
	name string
	args string
}

var lines = []line{
	{"a number", `"%d\n", pid`},
	{"a number and a string", `"%d %s\n", pid, comm`},
}

// runs are what the runs of one line came to, a value a round.
type runs struct {
	bare, floor stats.Sample // nanoseconds of a call
	fast, paced flow         // of ours
	peers       flow         // of the peer's, at full speed
	pacedPeers  flow
}

func measure(w io.Writer, binary string, calls, rounds int) ([]document.Figure, error) {
	compared := peer.Path() != ""
	if !compared {
		fmt.Fprintln(w, peer.Skipped("P7"))
	}
	fmt.Fprintf(w, "P7: log lines, printed to a pipe; %d calls a run, %d of the peer's, medians of %d runs in alternation, in each lines shown + lost = calls\n",
		calls, calls/slower, rounds)
	all := make([]runs, len(lines))
	for i, l := range lines {
		if err := all[i].measure(l, binary, calls, rounds, compared); err != nil {
			return nil, fmt.Errorf("%s: %w", l.name, err)
		}
	}
	if err := costs(w, all, compared); err != nil {
		return nil, err
	}
	return figures(all[0], compared), flows(w, all, compared)
}

// measure measures one line.
func (r *runs) measure(l line, binary string, calls, rounds int, compared bool) error {
	for range rounds {
		ns, err := workload.Calls(number, calls, 0)
		if err != nil {
			return err
		}
		r.bare = append(r.bare, ns)
		err = traced.Empty([]string{hook}, func() error {
			ns, err := workload.Calls(number, calls, 0)
			r.floor = append(r.floor, ns)
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range []struct {
			to    *flow
			start func() (*peer.Tracer, error)
			calls int
			pace  int
			skip  bool
		}{
			{&r.fast, l.ours(binary), calls, 0, false},
			{&r.peers, l.peers, calls / slower, 0, !compared},
			{&r.paced, l.ours(binary), calls, pace, false},
			{&r.pacedPeers, l.peers, calls / slower, pace, !compared},
		} {
			if m.skip {
				continue
			}
			t, err := m.start()
			if err != nil {
				return err
			}
			if err := m.to.run(t, m.calls, m.pace); err != nil {
				return err
			}
		}
	}
	return nil
}

// ours starts go3sh.
func (l line) ours(binary string) func() (*peer.Tracer, error) {
	return func() (*peer.Tracer, error) {
		return peer.StartAs(binary, "--budget", "off", "-e", `begin { printf("ready\n") }`, "-e", hook+" { printf("+l.args+") }")
	}
}

// peers starts bpftrace with the fastest of its ways to print. What it prints when it is ready fills the buffer, so that it comes.
func (l line) peers() (*peer.Tracer, error) {
	return peer.StartAs(peer.Name, "-B", "full", "-e",
		`BEGIN { printf("ready\n"); unroll(20) { printf("%-1000s\n", "x"); } } tracepoint:`+hook+" { printf("+l.args+"); }")
}

// costs is the table of what an event costs.
func costs(w io.Writer, all []runs, compared bool) error {
	fmt.Fprintf(w, "\nnanoseconds an event costs over an empty program\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "line\tbare call\tempty program\tgo3sh\tleast\tgreatest\tgoal\tbpftrace\tleast\tgreatest\tratio\t")
	for i, r := range all {
		ours := r.fast.call.Over(r.floor)
		fmt.Fprintf(t, "%s\t%.0f\t%+.0f\t%+.0f\t%+.0f\t%+.0f\t%+d\t", lines[i].name, r.bare.Median(), r.floor.Median()-r.bare.Median(),
			ours.Median(), ours.Least(), ours.Greatest(), goalCost)
		if !compared {
			fmt.Fprintln(t, "-\t-\t-\t-\t")
			continue
		}
		peers := r.peers.call.Over(r.floor)
		fmt.Fprintf(t, "%+.0f\t%+.0f\t%+.0f\t%s\t\n", peers.Median(), peers.Least(), peers.Greatest(), stats.Ratio(ours.Median(), peers.Median()))
	}
	return t.Flush()
}

// flows is the table of what comes of the events.
func flows(w io.Writer, all []runs, compared bool) error {
	fmt.Fprintf(w, "\nCPU time of the tracer a line, and the lines a second that one core takes at that; lost of all runs\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "line\tload\ttracer\tevents/s\tns/line\tleast\tgreatest\tlines/s a core\tlost\tin a run\tat most\t")
	for i, r := range all {
		for _, x := range []struct {
			load, tracer string
			flow         *flow
		}{
			{"full speed", "go3sh", &r.fast},
			{"full speed", "bpftrace", &r.peers},
			{"1 M/s asked for", "go3sh", &r.paced},
			{"1 M/s asked for", "bpftrace", &r.pacedPeers},
		} {
			if x.tracer == peer.Name && !compared {
				continue
			}
			f := x.flow
			fmt.Fprintf(t, "%s\t%s\t%s\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.1f %%\t%.0f\t%.0f\t\n", lines[i].name, x.load, x.tracer, 1e9/f.call.Median(),
				f.cpu.Median(), f.cpu.Least(), f.cpu.Greatest(), 1e9/f.cpu.Median(), 100*f.share(), f.lost.Median(), f.lost.Greatest())
		}
	}
	return t.Flush()
}

// figures are the rows of the summary.
func figures(r runs, compared bool) []document.Figure {
	cost := r.fast.call.Over(r.floor).Median()
	rate := 1e9 / r.fast.cpu.Median()
	lost := 100 * r.paced.share()
	f := []document.Figure{
		{
			ID: "P7", Measure: "log line: cost of an event over an empty program", Goal: fmt.Sprintf("<= +%d ns", goalCost),
			Ours: fmt.Sprintf("%+.0f ns", cost), Met: cost <= goalCost,
		},
		{
			ID: "P7", Measure: "log lines a second that one core takes", Goal: ">= 2 M", Ours: fmt.Sprintf("%.1f M", rate/1e6), Met: rate >= goalRate,
		},
		{
			ID: "P7", Measure: "log lines lost at 1 M/s with the default buffer", Goal: "0", Ours: fmt.Sprintf("%.2f %%", lost), Met: lost == 0,
		},
	}
	if compared {
		peers := r.peers.call.Over(r.floor).Median()
		peerRate := 1e9 / r.peers.cpu.Median()
		f[0].Peer, f[0].Ratio = fmt.Sprintf("%+.0f ns", peers), stats.Ratio(cost, peers)
		f[1].Peer, f[1].Ratio = fmt.Sprintf("%.2f M", peerRate/1e6), stats.Ratio(rate, peerRate)
		f[2].Peer = fmt.Sprintf("%.1f %%", 100*r.pacedPeers.share())
	}
	return f
}
