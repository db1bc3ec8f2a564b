// Package terminal runs a program on a terminal of its own, types, and waits for what it shows.
package terminal

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"go3s/internal/pty"
)

// Width and Height are the terminal's size in cells.
const (
	Width  = 120
	Height = 40
)

// Program is a running program on a terminal.
type Program struct {
	process *exec.Cmd
	tty     *os.File
	mu      sync.Mutex
	text    []byte // what was sent since the last mark
	sent    int    // bytes so far
	news    chan struct{}
}

// Start starts a program.
func Start(name string, args ...string) (*Program, error) {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8", "COLORFGBG=15;0")
	tty, err := pty.Start(c, Width, Height)
	if err != nil {
		return nil, err
	}
	p := &Program{process: c, tty: tty, news: make(chan struct{}, 1)}
	go p.read()
	return p, nil
}

// read takes what the terminal is sent.
func (p *Program) read() {
	b := make([]byte, 64<<10)
	for {
		n, err := p.tty.Read(b)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.text, p.sent = append(p.text, b[:n]...), p.sent+n
		p.mu.Unlock()
		select {
		case p.news <- struct{}{}:
		default:
		}
	}
}

// PID is the number of the process.
func (p *Program) PID() int { return p.process.Process.Pid }

// Mark forgets what was sent so far, and says how many bytes that was.
func (p *Program) Mark() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = p.text[:0]
	return p.sent
}

// Text is what the terminal was sent since the last mark.
func (p *Program) Text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.text)
}

// Await waits until the terminal has been sent a text since the last mark.
func (p *Program) Await(text string, patience time.Duration) error {
	return p.Until(fmt.Sprintf("%q", text), func(sent []byte) bool { return bytes.Contains(sent, []byte(text)) }, patience)
}

// Until waits until what the terminal has been sent since the last mark is as wanted; what names it in the error.
func (p *Program) Until(what string, wanted func(sent []byte) bool, patience time.Duration) error {
	for end := time.After(patience); ; {
		p.mu.Lock()
		there := wanted(p.text)
		p.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-p.news:
		case <-end:
			text := p.Text()
			return fmt.Errorf("%s did not appear in %v; last came %.300q", what, patience, text[max(len(text)-300, 0):])
		}
	}
}

// Press types keys.
func (p *Program) Press(keys string) error {
	_, err := p.tty.WriteString(keys)
	return err
}

// Answer types keys and takes the time until the terminal is sent a text.
func (p *Program) Answer(keys, text string, patience time.Duration) (time.Duration, error) {
	p.Mark()
	start := time.Now()
	if err := p.Press(keys); err != nil {
		return 0, err
	}
	err := p.Await(text, patience)
	return time.Since(start), err
}

// Typing types characters where a line of text is edited, each of its own, and takes the time until the terminal is sent each. The line is empty
// before and after.
func (p *Program) Typing(n int) ([]time.Duration, error) {
	const clear = "\x15" // ctrl+u
	var times []time.Duration
	for i := range n {
		letter := string(rune('а' + i%32))
		if i%32 == 0 {
			if err := p.Press(clear); err != nil {
				return nil, err
			}
			time.Sleep(200 * time.Millisecond)
		}
		time.Sleep(time.Duration(30+i*37%100) * time.Millisecond) // at no fixed place between two redraws
		took, err := p.Answer(letter, letter, 5*time.Second)
		if err != nil {
			return nil, err
		}
		times = append(times, took)
	}
	return times, p.Press(clear)
}

// Prompted runs a line at the prompt and takes the time until the prompt is there again, however much is printed meanwhile.
func (p *Program) Prompted(line string, patience time.Duration) (time.Duration, error) {
	const tail = 200 // bytes that hold the prompt, with its colours
	p.Mark()
	start := time.Now()
	if err := p.Press(line + "\r"); err != nil {
		return 0, err
	}
	// The line is redrawn when it is entered, with the prompt before it.
	err := p.Until("the prompt after "+line, func(sent []byte) bool {
		_, after, entered := bytes.Cut(sent, []byte("\n"))
		return entered && bytes.Contains(after[max(0, len(after)-tail):], []byte(Prompt))
	}, patience)
	return time.Since(start), err
}

// Prompt is what go3sh asks with.
const Prompt = "go3sh> "

// CPU is the CPU time that all threads of the process have taken.
func (p *Program) CPU() (time.Duration, error) {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.PID()))
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, t := range tasks {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", p.PID(), t.Name()))
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

// Kill ends the program.
func (p *Program) Kill() {
	_ = p.process.Process.Kill()
	_ = p.process.Wait()
	_ = p.tty.Close()
}
