// Package journal tells the system log what a session puts into the kernel and takes out again: who did it, at which hook, and the tag of
// the program, by which bpftool and audit records know it. It never waits for the log and never fails what it tells of.
package journal

import (
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"go3s/session"
	"go3s/session/harmless"
)

// Socket is where the system log listens.
const Socket = "/dev/log"

const (
	priority = 4<<3 | 6 // the facility of security, as information
	waiting  = 1024     // lines that may wait for the log; what comes beyond is dropped
	patience = 200 * time.Millisecond
)

// Journal writes lines to the system log. All methods may be called at once. A nil Journal writes nothing.
type Journal struct {
	conn  net.Conn
	who   string
	lines chan string
	done  chan struct{}

	mu     sync.Mutex
	known  map[string]string // what was last told of each probe that is in the kernel
	closed bool
}

// Open connects to the log that listens at a socket; nil if none does.
func Open(socket string) *Journal {
	conn, err := net.Dial("unixgram", socket)
	if err != nil {
		return nil
	}
	j := &Journal{conn: conn, who: who(), lines: make(chan string, waiting), done: make(chan struct{}), known: make(map[string]string)}
	go j.write()
	return j
}

// who says who runs this process: its user, the user who logged in, the one who used sudo, and the terminal.
func who() string {
	text := fmt.Sprintf("uid=%d", os.Getuid())
	if login, err := os.ReadFile("/proc/self/loginuid"); err == nil && strings.TrimSpace(string(login)) != "4294967295" {
		text += " login=" + strings.TrimSpace(string(login))
	}
	if user := os.Getenv("SUDO_USER"); user != "" {
		text += " sudo=" + word(user)
	}
	tty := "none"
	for _, fd := range []string{"0", "1", "2"} {
		if name, err := os.Readlink("/proc/self/fd/" + fd); err == nil && (strings.HasPrefix(name, "/dev/pts/") || strings.HasPrefix(name, "/dev/tty")) {
			tty = strings.TrimPrefix(name, "/dev/")
			break
		}
	}
	return text + " tty=" + tty
}

// word is a text without blanks and what could begin another line or member.
func word(text string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '=' {
			return '_'
		}
		return r
	}, harmless.Text(text))
}

// Event takes a session's events, as Session.Subscribe hands them out: probes that are attached, get another program, or go.
func (j *Journal) Event(e session.Event) {
	if j == nil || e.Kind != session.ChangedEvent {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	p := e.Probe
	what := fmt.Sprintf("hook=%s probe=%s tag=%s", word(p.Hook.String()), word(p.Name), p.Tag)
	last, there := j.known[p.Name]
	switch p.State {
	case session.Attached, session.Suspended:
		switch {
		case !there:
			j.tell("attach " + what)
		case last != what:
			j.tell("replace " + what)
		}
		j.known[p.Name] = what
	case session.Gone, session.Failed:
		delete(j.known, p.Name)
		j.tell("detach " + what)
	}
}

// tell queues a line. The caller holds mu.
func (j *Journal) tell(text string) {
	if j.closed {
		return
	}
	line := fmt.Sprintf("<%d>%s go3sh[%d]: %s %s", priority, time.Now().Format(time.Stamp), os.Getpid(), text, j.who)
	select {
	case j.lines <- line:
	default:
	}
}

func (j *Journal) write() {
	defer close(j.done)
	for line := range j.lines {
		_ = j.conn.SetWriteDeadline(time.Now().Add(patience))
		_, _ = j.conn.Write([]byte(line))
	}
}

// Close writes what waits, as long as the log takes it without delay.
func (j *Journal) Close() {
	if j == nil {
		return
	}
	j.mu.Lock()
	was := j.closed
	j.closed = true
	j.mu.Unlock()
	if was {
		return
	}
	close(j.lines)
	select {
	case <-j.done:
	case <-time.After(patience):
	}
	_ = j.conn.Close()
}
