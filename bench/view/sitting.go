package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"go3s/bench/stats"
	"go3s/bench/terminal"
	"go3s/bench/workload"
)

// sitting is go3sh with its view open.
type sitting struct{ *terminal.Program }

// result is one row of the table.
type result struct {
	rate, cpu, sent float64
	keys            stats.Sample // milliseconds
	lines           int
}

// programs count and log what one process does.
func programs(pid int) []string {
	return []string{
		"-e", "var closes, lines int",
		"-e", fmt.Sprintf("closing := syscalls:sys_enter_close @pid == %d && ctx.fd >= 1000000 { hits[ctx.fd]++; closes++ }", pid),
		"-e", fmt.Sprintf("saying := syscalls:sys_enter_dup @pid == %d ", pid) + `{ printf("descriptor %d of process %d\n", ctx.fildes, pid); lines++ }`,
	}
}

// sit starts go3sh and waits until its view is drawn.
func sit(binary string, pid int) (*sitting, error) {
	p, err := terminal.Start(binary, append([]string{"--view", "--budget", "off"}, programs(pid)...)...)
	if err != nil {
		return nil, err
	}
	if err := p.Await("2 probes", 20*time.Second); err != nil {
		p.Kill()
		return nil, err
	}
	return &sitting{p}, nil
}

// measure lets the worker work, takes the CPU time of a while, then presses keys, and compares the counts in the end.
func (s *sitting) measure(w *workload.Worker, over time.Duration, presses int) (r result, err error) {
	defer s.Kill()
	if err := w.Begin(); err != nil {
		return r, err
	}
	const settle = 3 * time.Second
	time.Sleep(settle)
	from := s.Mark()
	cpu, err := s.CPU()
	if err != nil {
		return r, err
	}
	start := time.Now()
	time.Sleep(over)
	took := time.Since(start)
	after, err := s.CPU()
	if err != nil {
		return r, err
	}
	r.cpu = 100 * (after - cpu).Seconds() / took.Seconds()
	r.sent = float64(s.Mark()-from) / 1000 / took.Seconds()
	if r.keys, err = s.typing(presses); err != nil {
		return r, err
	}
	n, err := w.Stop()
	if err != nil {
		return r, err
	}
	r.rate, r.lines = float64(n.Dups+n.Closes)/time.Since(start.Add(-settle)).Seconds(), n.Dups
	return r, s.check(n)
}

// typing types at the view's prompt.
func (s *sitting) typing(n int) (stats.Sample, error) {
	if err := s.Press("i"); err != nil {
		return nil, err
	}
	time.Sleep(200 * time.Millisecond)
	times, err := s.Typing(n)
	return stats.Milliseconds(times), errors.Join(err, s.Press("\x1b"))
}

// check leaves go3sh and holds the counts that it prints against those of the worker.
func (s *sitting) check(n workload.Made) error {
	time.Sleep(500 * time.Millisecond)
	s.Mark()
	if err := s.Press("q"); err != nil {
		return err
	}
	if err := s.Await("go3sh> ", 5*time.Second); err != nil {
		return err
	}
	for _, count := range []struct {
		name string
		want int
	}{{"closes", n.Closes}, {"lines", n.Dups}} {
		s.Mark()
		if err := s.Press(count.name + "\r"); err != nil {
			return err
		}
		for tries := 0; ; tries++ {
			text := s.Text()
			if m := regexp.MustCompile(count.name + ` +(\d+)`).FindStringSubmatch(text); m != nil {
				if m[1] != strconv.Itoa(count.want) {
					return fmt.Errorf("%s is %s, want %d", count.name, m[1], count.want)
				}
				break
			}
			if tries > 500 {
				return fmt.Errorf("%s was not printed: %.400q", count.name, text)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nil
}
