package main

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go3s/bench/document"
	"go3s/bench/peer"
	"go3s/bench/stats"
	"go3s/bench/terminal"
	"go3s/bench/workload"
)

// rate is the events a second that are traced.
const rate = 20_000

// usageOf is what a process has taken.
func usageOf(pid int) (usage, error) {
	m, err := terminal.MemoryOf(pid)
	return usage{float64(m.Peak) / 1000, float64(m.PSS) / 1000}, err
}

// working makes events for a while, with what start starts before and stop ends after them; stop is told how many there were.
func working(dups int, over time.Duration, start func(pid int) (tracer int, err error), stop func(workload.Made) error) (u usage, err error) {
	w, err := workload.Paced(dups, rate)
	if err != nil {
		return u, err
	}
	tracer, err := start(w.PID())
	if err != nil {
		_, _ = w.Stop()
		return u, err
	}
	if err := w.Begin(); err != nil {
		return u, err
	}
	time.Sleep(over)
	u, looked := usageOf(tracer)
	n, err := w.Stop()
	if err == nil {
		err = looked
	}
	if err != nil {
		return u, err
	}
	return u, stop(n)
}

// traced is a tracer that prints its counts when it ends.
func traced(start func(pid int) (*peer.Tracer, error), count func(out string) int, over time.Duration) (u usage, err error) {
	var t *peer.Tracer
	defer func() {
		if t != nil {
			t.Kill()
		}
	}()
	return working(0, over, func(pid int) (_ int, err error) {
		if t, err = start(pid); err != nil {
			return 0, err
		}
		return t.PID(), nil
	}, func(n workload.Made) error {
		out, err := t.Stop()
		if err != nil {
			return err
		}
		return exactly(count(out), n.Closes)
	})
}

// byPeer is bpftrace on its program.
func byPeer(program string, over time.Duration) (usage, error) {
	return traced(func(pid int) (*peer.Tracer, error) { return peer.Start(fmt.Sprintf(program, pid)) },
		func(out string) int { return peer.Count(out, "n") }, over)
}

// counted is the line with our count.
var counted = regexp.MustCompile(`(?m)^ *closes +(\d+)`)

// oneLiner is go3sh -e.
func oneLiner(binary string, over time.Duration) (usage, error) {
	return traced(func(pid int) (*peer.Tracer, error) {
		return peer.StartAs(binary, "-e", `begin { printf("ready\n") }`,
			"-e", fmt.Sprintf("syscalls:sys_enter_close @pid == %d && ctx.fd >= 1000000 { closes++ }", pid))
	}, func(out string) int {
		if m := counted.FindStringSubmatch(out); m != nil {
			n, _ := strconv.Atoi(m[1]) // digits
			return n
		}
		return -1
	}, over)
}

// exactly checks the count of events that nobody else can have made.
func exactly(counted, made int) error {
	if counted != made {
		return fmt.Errorf("it has counted %d of %d events", counted, made)
	}
	return nil
}

// patience is how long an answer of go3sh on a terminal may take.
const patience = 20 * time.Second

// atTerminal is go3sh on a terminal with these arguments, where enter is then typed, line by line.
func atTerminal(binary, ready string, dups int, over time.Duration, program func(pid int) (args, enter []string), check func(*terminal.Program, workload.Made) error) (usage, error) {
	var p *terminal.Program
	defer func() {
		if p != nil {
			p.Kill()
		}
	}()
	return working(dups, over, func(pid int) (_ int, err error) {
		args, lines := program(pid)
		if p, err = terminal.Start(binary, args...); err != nil {
			return 0, err
		}
		if err := p.Await(ready, patience); err != nil {
			return 0, err
		}
		for _, l := range lines {
			if _, err := p.Prompted(l, patience); err != nil {
				return 0, err
			}
			if text := p.Text(); !strings.Contains(text, "attached") && !strings.Contains(text, "swapped") {
				return 0, fmt.Errorf("%s was not attached: %.300q", l, text)
			}
		}
		return p.PID(), nil
	}, func(n workload.Made) error { return check(p, n) })
}

// closes asks at the prompt for what was counted.
func closes(p *terminal.Program, n workload.Made) error {
	if _, err := p.Answer("closes\r", strconv.Itoa(n.Closes), patience); err != nil {
		return fmt.Errorf("closes is not %d: %w", n.Closes, err)
	}
	return nil
}

// prompt is three probes entered at the prompt.
func prompt(binary string, over time.Duration) (usage, error) {
	return atTerminal(binary, "go3sh> ", 0, over, func(pid int) (args, enter []string) {
		return []string{"--budget", "off"}, []string{
			fmt.Sprintf("syscalls:sys_enter_close @pid == %d && ctx.fd >= 1000000 { closes++; by[comm]++; fds.hist(ctx.fd) }", pid),
			"sched:sched_switch { sw[cpu]++ }",
			"raw_syscalls:sys_enter { calls[ctx.id]++ }",
		}
	}, closes)
}

// edits is how often a text is edited.
const edits = 300

// edited is a prompt at which two probes of some fifteen lines were edited often.
func edited(binary string, over time.Duration) (usage, error) {
	return atTerminal(binary, "go3sh> ", 0, over, func(pid int) (args, enter []string) {
		for i := range edits {
			enter = append(enter, fmt.Sprintf("closing := syscalls:sys_enter_close @pid == %d && ctx.fd >= 1000000 { closes++; fd := ctx.fd - 1000000; "+
				"if fd > %d { high[comm]++ } else { low[comm]++ }; if fd %% 10000 == 0 { printf(\"%%d %%s\\n\", fd, comm) } }; "+
				"sched:sched_switch { n++; for i := 0; i < 4; i++ { total[ctx.prev_comm] += uint64(i) } }", pid, i))
		}
		return []string{"--budget", "off"}, enter
	}, closes)
}

// demo is the view with the demo's programs, which make their own events.
func demo(binary string, over time.Duration) (usage, error) {
	return atTerminal(binary, "probes", 0, over, func(int) (args, enter []string) { return []string{"--demo"}, nil },
		func(*terminal.Program, workload.Made) error { return nil })
}

// view is the live view over many keys and log lines.
func view(binary string, over time.Duration) (usage, error) {
	return atTerminal(binary, "2 probes", 10_000, over, func(pid int) (args, enter []string) {
		return []string{
			"--view", "--budget", "off",
			"-e", fmt.Sprintf("closing := syscalls:sys_enter_close @pid == %d && ctx.fd >= 1000000 { hits[ctx.fd]++; closes++ }", pid),
			"-e", fmt.Sprintf("saying := syscalls:sys_enter_dup @pid == %d ", pid) + `{ printf("descriptor %d of process %d\n", ctx.fildes, pid) }`,
		}, nil
	}, func(p *terminal.Program, n workload.Made) error {
		if _, err := p.Answer("q", "go3sh> ", patience); err != nil {
			return err
		}
		return closes(p, n)
	})
}

// installed compares what is on the disk.
func installed(w io.Writer, binary string) (document.Figure, error) {
	info, err := os.Stat(binary)
	if err != nil {
		return document.Figure{}, err
	}
	if err := static(binary); err != nil {
		return document.Figure{}, err
	}
	mb := float64(info.Size()) / 1e6
	fmt.Fprintf(w, "\ngo3sh is one static file of %.1f MB.\n", mb)
	f := document.Figure{ID: "P8", Measure: "what is installed", Goal: fmt.Sprintf("one static file ≤ %d MB", goalInstalled), Ours: fmt.Sprintf("%.1f MB", mb), Met: mb <= goalInstalled}
	names, kB, err := packagesOf(peer.Name)
	if err != nil {
		fmt.Fprintf(w, "%s's packages are not known here: %v\n", peer.Name, err)
		return f, nil
	}
	// dpkg counts in KiB.
	theirs := float64(kB) * 1024 / 1e6
	fmt.Fprintf(w, "%s comes with %d packages here, %.0f MB by their Installed-Size, beyond those that are required or important:\n%s\n",
		peer.Name, len(names), theirs, strings.Join(names, " "))
	f.Peer, f.Ratio = fmt.Sprintf("bpftrace: %d packages, %.0f MB", len(names), theirs), stats.Ratio(mb, theirs)
	return f, nil
}

// static reports a program that needs others to start.
func static(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("%s is not static: it names an interpreter", path)
		}
	}
	return nil
}
