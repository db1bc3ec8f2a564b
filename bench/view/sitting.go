package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go3s/internal/pty"
)

// sitting is go3sh with its view open on a terminal.
type sitting struct {
	process *exec.Cmd
	tty     *os.File
	mu      sync.Mutex
	text    []byte // what was sent since the last mark
	sent    int    // bytes so far
	news    chan struct{}
}

// result is one row of the table.
type result struct {
	rate, cpu, sent float64
	keys            []time.Duration // ascending
	lines           int
}

// programs count and log what one process does.
func programs(pid string) []string {
	return []string{
		"-e", "var closes, lines int",
		"-e", "closing := syscalls:sys_enter_close @pid == " + pid + " && ctx.fd >= 1000000 { hits[ctx.fd]++; closes++ }",
		"-e", "saying := syscalls:sys_enter_dup @pid == " + pid + ` { printf("descriptor %d of process %d\n", ctx.fildes, pid); lines++ }`,
	}
}

// sit starts go3sh and waits until its view is drawn.
func sit(binary, pid string) (*sitting, error) {
	c := exec.Command(binary, append([]string{"--view", "--budget", "off"}, programs(pid)...)...)
	c.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8", "COLORFGBG=15;0")
	tty, err := pty.Start(c, 120, 40)
	if err != nil {
		return nil, err
	}
	s := &sitting{process: c, tty: tty, news: make(chan struct{}, 1)}
	go s.read()
	if err := s.await("2 probes", 20*time.Second); err != nil {
		s.kill()
		return nil, err
	}
	return s, nil
}

// read takes what the terminal is sent.
func (s *sitting) read() {
	b := make([]byte, 64<<10)
	for {
		n, err := s.tty.Read(b)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.text, s.sent = append(s.text, b[:n]...), s.sent+n
		s.mu.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
	}
}

// mark forgets what was sent so far, and says how many bytes that was.
func (s *sitting) mark() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = s.text[:0]
	return s.sent
}

// await waits until the terminal has been sent a text since the last mark.
func (s *sitting) await(text string, patience time.Duration) error {
	for end := time.After(patience); ; {
		s.mu.Lock()
		there := bytes.Contains(s.text, []byte(text))
		s.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-s.news:
		case <-end:
			s.mu.Lock()
			defer s.mu.Unlock()
			return fmt.Errorf("%q did not appear in %v; last came %.300q", text, patience, s.text[max(len(s.text)-300, 0):])
		}
	}
}

func (s *sitting) press(keys string) error {
	_, err := s.tty.WriteString(keys)
	return err
}

// measure lets the worker work, takes the CPU time of a while, then presses keys, and compares the counts in the end.
func (s *sitting) measure(w *worker, over time.Duration, presses int) (r result, err error) {
	defer s.kill()
	if err := w.begin(); err != nil {
		return r, err
	}
	const settle = 3 * time.Second
	time.Sleep(settle)
	from := s.mark()
	cpu, err := s.cpu()
	if err != nil {
		return r, err
	}
	start := time.Now()
	time.Sleep(over)
	took := time.Since(start)
	after, err := s.cpu()
	if err != nil {
		return r, err
	}
	r.cpu = 100 * (after - cpu).Seconds() / took.Seconds()
	r.sent = float64(s.mark()-from) / 1000 / took.Seconds()
	if r.keys, err = s.typing(presses); err != nil {
		return r, err
	}
	n, err := w.stop()
	if err != nil {
		return r, err
	}
	r.rate, r.lines = float64(n.lines+n.closes)/time.Since(start.Add(-settle)).Seconds(), n.lines
	return r, s.check(n)
}

// cpu is the CPU time that the process has taken.
func (s *sitting) cpu() (time.Duration, error) {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", s.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, t := range tasks {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", s.process.Process.Pid, t.Name()))
		if err != nil {
			continue // a thread that has just ended
		}
		field, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return time.Duration(sum), nil
}

// typing types characters at the view's prompt, each of its own, and takes the time until the terminal is sent each.
func (s *sitting) typing(n int) ([]time.Duration, error) {
	if err := s.press("i"); err != nil {
		return nil, err
	}
	time.Sleep(200 * time.Millisecond)
	var times []time.Duration
	for i := range n {
		letter := string(rune('а' + i%32))
		if i%32 == 0 {
			if err := s.press("\x15"); err != nil { // ctrl+u: an empty line
				return nil, err
			}
			time.Sleep(200 * time.Millisecond)
		}
		time.Sleep(time.Duration(30+i*37%100) * time.Millisecond) // at no fixed place between two redraws
		s.mark()
		start := time.Now()
		if err := s.press(letter); err != nil {
			return nil, err
		}
		if err := s.await(letter, 5*time.Second); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return times, errors.Join(s.press("\x15"), s.press("\x1b"))
}

// check leaves go3sh and holds the counts that it prints against those of the worker.
func (s *sitting) check(n made) error {
	time.Sleep(500 * time.Millisecond)
	s.mark()
	if err := s.press("q"); err != nil {
		return err
	}
	if err := s.await("go3sh> ", 5*time.Second); err != nil {
		return err
	}
	for name, want := range map[string]int{"closes": n.closes, "lines": n.lines} {
		s.mark()
		if err := s.press(name + "\r"); err != nil {
			return err
		}
		for tries := 0; ; tries++ {
			s.mu.Lock()
			text := string(s.text)
			s.mu.Unlock()
			if m := regexp.MustCompile(name + ` +(\d+)`).FindStringSubmatch(text); m != nil {
				if m[1] != strconv.Itoa(want) {
					return fmt.Errorf("%s is %s, want %d", name, m[1], want)
				}
				break
			}
			if tries > 500 {
				return fmt.Errorf("%s was not printed: %.400q", name, text)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nil
}

// kill ends go3sh.
func (s *sitting) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
	_ = s.tty.Close()
}

// ms is a quantile of ascending times, in milliseconds.
func ms(times []time.Duration, q float64) float64 {
	if len(times) == 0 {
		return 0
	}
	return float64(times[int(q*float64(len(times)-1))]) / float64(time.Millisecond)
}
