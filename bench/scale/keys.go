package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"go3s/bench/document"
	"go3s/bench/stats"
	"go3s/bench/terminal"
	"go3s/bench/workload"
)

// listed is what was measured with so many keys in a map.
type listed struct {
	keys         int
	create       float64      // ms
	typing       stats.Sample // ms, in the view
	cpu          float64      // % of a core, the view open
	memory, peak float64      // MB: with the view, and when all was printed
	top, table   stats.Sample // ms
}

// keys fills maps, and lists them on the view, at the prompt.
func keys(w io.Writer, binary string, rounds int) ([]document.Figure, error) {
	fmt.Fprint(w, "P10: a map of many keys, all values counted; ms, but memory in MB\n\n")
	t := columns(w, "keys\tcreate\tview: key median\tgreatest\t% of CPU\tmemory\ttop 20 at the prompt\tall as a table\tto linear\tat most\tto linear\t")
	var all []listed
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		l, err := list(binary, n, max(1, rounds/3))
		if err != nil {
			return nil, fmt.Errorf("%d: %w", n, err)
		}
		all = append(all, l)
		first := all[0]
		fmt.Fprintf(t, "%d\t%.0f\t%.1f\t%.1f\t%.1f\t%.0f\t%.0f\t%.0f\t%.2f\t%.0f\t%.2f\t\n", n, l.create, l.typing.Median(), l.typing.Greatest(), l.cpu, l.memory,
			l.top.Median(), l.table.Median(), stats.ToLinear(first.table.Median(), l.table.Median(), first.keys, n), l.peak, stats.ToLinear(first.peak, l.peak, first.keys, n))
	}
	if err := t.Flush(); err != nil {
		return nil, err
	}
	some, most := all[1], all[2]
	return []document.Figure{
		growth(fmt.Sprintf("print a map of %d keys, against %d", most.keys, some.keys), some.table.Median(), most.table.Median(), some.keys, most.keys,
			fmt.Sprintf("%.1f s", most.table.Median()/1000), "rows are sorted, and every one is made text"),
		growth("memory for it", some.peak, most.peak, some.keys, most.keys, fmt.Sprintf("%.0f MB", most.peak), "all rows are held while they are sorted and printed"),
		answers(fmt.Sprintf("a key's frame in the view with %d keys", most.keys), most.typing, "reading them takes the CPU"),
	}, nil
}

// list fills a map with n keys and looks at it.
func list(binary string, n, rounds int) (l listed, err error) {
	worker, err := workload.Each(n)
	if err != nil {
		return l, err
	}
	defer func() {
		if worker != nil {
			_, _ = worker.Stop()
		}
	}()
	p, err := terminal.Start(binary, "--budget", "off", "--mapmemory", "4G")
	if err != nil {
		return l, err
	}
	defer p.Kill()
	if err := p.Await(terminal.Prompt, patience); err != nil {
		return l, err
	}
	if _, err := p.Prompted(fmt.Sprintf("var hits map[uint32]uint64 // @bpf_map(max_entries=%d)", n+n/10), patience); err != nil {
		return l, err
	}
	took, err := p.Answer(fmt.Sprintf("syscalls:sys_enter_close @pid == %d && ctx.fd >= %d { hits[ctx.fd]++; closes++ }\r", worker.PID(), workload.FirstKey), "attached", patience)
	if err != nil {
		return l, err
	}
	l.keys, l.create = n, float64(took)/float64(time.Millisecond)
	if err := worker.Begin(); err != nil {
		return l, err
	}
	made, err := worker.Stop()
	worker = nil
	if err != nil {
		return l, err
	}
	if err := l.view(p); err != nil {
		return l, err
	}
	if err := l.print(p, rounds); err != nil {
		return l, err
	}
	if err := holds(p, "closes", made.Closes); err != nil {
		return l, err
	}
	return l, complete(p, n)
}

// view opens the view, types, and takes its CPU time of a while.
func (l *listed) view(p *terminal.Program) error {
	if _, err := p.Answer(":view\r", "1 probe", patience); err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	const over = 4 * time.Second
	before, err := p.CPU()
	if err != nil {
		return err
	}
	time.Sleep(over)
	after, err := p.CPU()
	if err != nil {
		return err
	}
	l.cpu = 100 * (after - before).Seconds() / over.Seconds()
	m, err := terminal.MemoryOf(p.PID())
	if err != nil {
		return err
	}
	l.memory = float64(m.RSS) / 1000
	l.typing, err = typingInView(p)
	return err
}

// print prints the map at the prompt.
func (l *listed) print(p *terminal.Program, rounds int) error {
	for range rounds {
		top, err := p.Prompted(":show hits top 20", patience)
		if err != nil {
			return err
		}
		all, err := p.Prompted("hits", patience)
		if err != nil {
			return err
		}
		l.top, l.table = append(l.top, float64(top)/float64(time.Millisecond)), append(l.table, float64(all)/float64(time.Millisecond))
	}
	m, err := terminal.MemoryOf(p.PID())
	l.peak = float64(m.Peak) / 1000
	return err
}

// complete counts the keys that are printed.
func complete(p *terminal.Program, n int) error {
	if _, err := p.Prompted("hits", patience); err != nil {
		return err
	}
	text, rows := p.Text(), 0
	for i := range n {
		// They come in order, so that each is looked for behind the one before.
		_, rest, found := strings.Cut(text, fmt.Sprintf("%d  1\r\n", workload.FirstKey+i))
		if !found {
			return fmt.Errorf("%d of %d keys were printed", rows, n)
		}
		text, rows = rest, rows+1
	}
	return nil
}
