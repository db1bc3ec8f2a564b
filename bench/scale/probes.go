package main

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"go3s/bench/document"
	"go3s/bench/stats"
	"go3s/bench/terminal"
	"go3s/bench/workload"
)

// think is the time between two entries.
const think = 30 * time.Millisecond

// attached is what was measured with so many probes.
type attached struct {
	probes        int
	enter         stats.Sample // of the last ones, from Enter until the prompt says so
	total         float64      // ms, all so far
	memory        float64      // MB
	keys, entries stats.Sample // ms: keys pressed, expressions entered
}

// probes attaches probes at the prompt, one after the other, each at a tracepoint of its own.
func probes(w io.Writer, binary string, _ int) ([]document.Figure, error) {
	sizes := []int{50, 100, 200, 500}
	hooks, err := tracepoints(binary)
	if err != nil {
		return nil, err
	}
	if len(hooks) < sizes[0] {
		return nil, fmt.Errorf("%d tracepoints are too few", len(hooks))
	}
	measured, viewed, err := attachAll(binary, hooks, sizes)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(w, "P10: probes at as many tracepoints, entered at the prompt one by one; the counts of one checked; ms, but memory in MB\n\n")
	t := columns(w, "probes\tenter: median of the last 25\tgreatest\tall so far\tto linear\tmemory\tkey: median\tgreatest\t1+1: median\tgreatest\t")
	first, last := measured[0], measured[len(measured)-1]
	for _, a := range measured {
		fmt.Fprintf(t, "%d\t%.2f\t%.2f\t%.0f\t%.2f\t%.1f\t%.2f\t%.2f\t%.2f\t%.2f\t\n", a.probes, a.enter.Median(), a.enter.Greatest(), a.total,
			stats.ToLinear(first.total, a.total, first.probes, a.probes), a.memory, a.keys.Median(), a.keys.Greatest(), a.entries.Median(), a.entries.Greatest())
	}
	if err := t.Flush(); err != nil {
		return nil, err
	}
	fmt.Fprintf(w, "\nIn the view with %d probes a key's frame took %s ms.\n\n", last.probes, viewed.Range("%.1f"))
	return []document.Figure{
		growth(fmt.Sprintf("attach %d probes one by one, against %d", last.probes, first.probes), first.total, last.total, first.probes, last.probes,
			fmt.Sprintf("%.1f ms a probe", last.total/float64(last.probes)), "the kernel's attaching, and lists of all probes that the compiler goes through"),
		growth("memory of these probes", first.memory, last.memory, first.probes, last.probes, fmt.Sprintf("%.0f MB", last.memory), "what is kept of each cell"),
		answers(fmt.Sprintf("a key at the prompt with %d probes", last.probes), last.keys, "the machine's other work"),
		answers(fmt.Sprintf("1+1 at the prompt with %d probes", last.probes), last.entries, "compiling it, and a run in the kernel"),
	}, nil
}

// tracepoints are hooks of system calls, those of dup first, whose events are counted.
func tracepoints(binary string) ([]string, error) {
	out, err := exec.Command(binary, "-l", "syscalls:*").Output()
	if err != nil {
		return nil, fmt.Errorf("list tracepoints: %w", err)
	}
	const counted = "syscalls:sys_enter_dup"
	hooks := []string{counted}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) > 0 && strings.HasPrefix(f[0], "syscalls:sys_") && f[0] != counted {
			hooks = append(hooks, f[0])
		}
	}
	return hooks, nil
}

// attachAll enters the probes and measures at each size, then opens the view and types there.
func attachAll(binary string, hooks []string, sizes []int) (measured []attached, viewed stats.Sample, err error) {
	worker, err := workload.Paced(2000, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if worker != nil {
			_, _ = worker.Stop()
		}
	}()
	p, err := terminal.Start(binary, "--budget", "off")
	if err != nil {
		return nil, nil, err
	}
	defer p.Kill()
	if err := p.Await(terminal.Prompt, patience); err != nil {
		return nil, nil, err
	}
	var enters stats.Sample
	for i, hook := range hooks[:min(len(hooks), sizes[len(sizes)-1])] {
		text := fmt.Sprintf("%s { n%d++ }\r", hook, i)
		if i == 0 {
			text = fmt.Sprintf("%s @pid == %d { n0++ }\r", hook, worker.PID())
		}
		took, err := p.Answer(text, "attached", patience)
		if err != nil {
			return nil, nil, err
		}
		enters = append(enters, float64(took)/float64(time.Millisecond))
		time.Sleep(think)
		if slices.Contains(sizes, i+1) {
			a, err := answering(p, enters)
			if err != nil {
				return nil, nil, err
			}
			measured = append(measured, a)
		}
	}
	if err := worker.Begin(); err != nil {
		return nil, nil, err
	}
	if viewed, err = inView(p); err != nil {
		return nil, nil, err
	}
	n, err := worker.Stop()
	worker = nil
	if err != nil {
		return nil, nil, err
	}
	return measured, viewed, holds(p, "n0", n.Dups)
}

// answering types, and enters expressions.
func answering(p *terminal.Program, enters stats.Sample) (a attached, err error) {
	a = attached{probes: len(enters), enter: enters[max(0, len(enters)-25):]}
	for _, e := range enters {
		a.total += e
	}
	keys, err := p.Typing(31)
	if err != nil {
		return a, err
	}
	a.keys = stats.Milliseconds(keys)
	for i := range 21 {
		time.Sleep(think)
		n := 1_000_000*(i+1) + len(enters)
		took, err := p.Answer(fmt.Sprintf("%d+1\r", n), fmt.Sprintf("%d\r\n", n+1), patience)
		if err != nil {
			return a, err
		}
		a.entries = append(a.entries, float64(took)/float64(time.Millisecond))
	}
	m, err := terminal.MemoryOf(p.PID())
	a.memory = float64(m.RSS) / 1000
	return a, err
}

// inView opens the view, types there, and goes back to the prompt.
func inView(p *terminal.Program) (stats.Sample, error) {
	if _, err := p.Answer(":view\r", "probes", patience); err != nil {
		return nil, err
	}
	time.Sleep(time.Second)
	return typingInView(p)
}

// typingInView types at the view's prompt and leaves the view.
func typingInView(p *terminal.Program) (stats.Sample, error) {
	if err := p.Press("i"); err != nil {
		return nil, err
	}
	time.Sleep(200 * time.Millisecond)
	times, err := p.Typing(31)
	if err := errors.Join(err, p.Press("\x1b")); err != nil {
		return nil, err
	}
	time.Sleep(500 * time.Millisecond)
	_, err = p.Answer("q", terminal.Prompt, patience)
	return stats.Milliseconds(times), err
}
