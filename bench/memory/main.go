// Command memory measures what go3sh takes of the machine's memory while it traces, and of its disk, in the table of docs/BENCHMARKS.md, P8.
// The peer is bpftrace on the same work, in alternation, and the packages that come with it here. Every run has its events counted. It
// needs root.
//
//	go run ./bench/memory [-for TIME] [-rounds ROUNDS] [-go3sh FILE] [-doc FILE]
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"go3s/bench/document"
	"go3s/bench/peer"
	"go3s/bench/stats"
	"go3s/bench/workload"
)

// The goals.
const (
	goalMemory    = 35 // MB
	goalInstalled = 16 // MB
)

func main() {
	workload.Run()
	over := flag.Duration("for", 2*time.Second, "how long each run traces")
	rounds := flag.Int("rounds", 9, "runs of each that has a peer; a third as many of the others")
	binary := flag.String("go3sh", "bin/go3sh", "the program")
	doc := flag.String("doc", "", "file whose part P8 is rewritten")
	flag.Parse()
	os.Exit(document.Publish("memory", *doc, "P8", func(w io.Writer) ([]document.Figure, error) {
		return measure(w, *binary, *over, *rounds)
	}))
}

// sitting is a way to use a tracer.
type sitting struct {
	name  string
	ours  func(binary string, over time.Duration) (usage, error)
	peers string // bpftrace's program for the same, with %d for the traced process; empty if there is no such thing
}

// usage is the most that a process has taken, and its share, in MB.
type usage struct{ rss, pss float64 }

var sittings = []sitting{
	{"one-liner that counts", oneLiner, closing("/pid == %d && args->fd >= 1000000/ { @n = count(); }")},
	{
		"prompt with 3 probes", prompt, closing("/pid == %d && args->fd >= 1000000/ { @n = count(); @by[comm] = count(); @fds = hist(args->fd); } ") +
			"tracepoint:sched:sched_switch { @sw[cpu] = count(); } tracepoint:raw_syscalls:sys_enter { @calls[args->id] = count(); }",
	},
	{fmt.Sprintf("prompt after %d edits of two probes", edits), edited, ""},
	{"view with the demo", demo, ""},
	{"view over 10,000 keys x CPUs and log lines", view, ""},
}

func closing(rest string) string { return "tracepoint:syscalls:sys_enter_close " + rest }

func measure(w io.Writer, binary string, over time.Duration, rounds int) ([]document.Figure, error) {
	if peer.Path() == "" {
		fmt.Fprintln(w, peer.Skipped("P8"))
	}
	fmt.Fprintf(w, "P8: memory while tracing %d events/s, in MB: the most so far (VmHWM), and at the end with what is shared in parts (PSS); each run's count checked\n\n", rate)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "use\truns\tgo3sh median\tleast\tgreatest\tPSS\tbpftrace median\tleast\tgreatest\tPSS\tratio\t")
	var all []runs
	for _, s := range sittings {
		r, err := s.measure(binary, over, rounds)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		r.row(t, s.name)
		all = append(all, r)
	}
	if err := t.Flush(); err != nil {
		return nil, err
	}
	figures := conclude(all)
	size, err := installed(w, binary)
	if err != nil {
		return nil, err
	}
	return append(figures, size), nil
}

// runs are the MB of several runs.
type runs struct{ ours, oursPSS, peers, peersPSS stats.Sample }

// measure has ours and the peer trace in alternation.
func (s sitting) measure(binary string, over time.Duration, rounds int) (r runs, err error) {
	if s.peers == "" {
		rounds = (rounds + 2) / 3
	}
	for range rounds {
		u, err := s.ours(binary, over)
		if err != nil {
			return r, fmt.Errorf("go3sh: %w", err)
		}
		r.ours, r.oursPSS = append(r.ours, u.rss), append(r.oursPSS, u.pss)
		if s.peers == "" || peer.Path() == "" {
			continue
		}
		if u, err = byPeer(s.peers, over); err != nil {
			return r, err
		}
		r.peers, r.peersPSS = append(r.peers, u.rss), append(r.peersPSS, u.pss)
	}
	return r, nil
}

func (r runs) row(w io.Writer, name string) {
	fmt.Fprintf(w, "%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t", name, len(r.ours), r.ours.Median(), r.ours.Least(), r.ours.Greatest(), r.oursPSS.Median())
	if len(r.peers) == 0 {
		fmt.Fprintln(w, "-\t-\t-\t-\t-\t")
		return
	}
	fmt.Fprintf(w, "%.1f\t%.1f\t%.1f\t%.1f\t%s\t\n", r.peers.Median(), r.peers.Least(), r.peers.Greatest(), r.peersPSS.Median(),
		stats.Ratio(r.ours.Median(), r.peers.Median()))
}

// conclude makes the figures of the first use, which has a peer, and of the one that takes most.
func conclude(all []runs) []document.Figure {
	goal := fmt.Sprintf("≤ %d MB", goalMemory)
	first := document.Figure{ID: "P8", Measure: "memory of " + sittings[0].name, Goal: goal, Ours: fmt.Sprintf("%.1f MB", all[0].ours.Median())}
	first.Met = all[0].ours.Median() <= goalMemory
	if len(all[0].peers) > 0 {
		first.Peer, first.Ratio = fmt.Sprintf("bpftrace: %.0f MB", all[0].peers.Median()), stats.Ratio(all[0].ours.Median(), all[0].peers.Median())
	}
	most := 0
	for i, r := range all {
		if r.ours.Greatest() > all[most].ours.Greatest() {
			most = i
		}
	}
	return []document.Figure{first, {
		ID: "P8", Measure: "the most that any use took: " + sittings[most].name, Goal: goal, Ours: fmt.Sprintf("%.1f MB", all[most].ours.Greatest()),
		Met: all[most].ours.Greatest() <= goalMemory, Held: "contents of the maps, and the frames made of them",
	}}
}
