package journal

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go3s/incremental"
	"go3s/session"
)

// listen is a system log; the function returns the next n lines of it without the time.
func listen(t *testing.T) (socket string, lines func(n int) []string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "log")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	when := regexp.MustCompile(`^(<\d+>)\w{3} [ \d]\d \d\d:\d\d:\d\d `)
	return socket, func(n int) (got []string) {
		buf := make([]byte, 4096)
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		for range n {
			k, err := conn.Read(buf)
			if err != nil {
				t.Fatalf("after %q: %v", got, err)
			}
			got = append(got, when.ReplaceAllString(string(buf[:k]), "$1"))
		}
		return got
	}
}

func TestAttachReplaceAndDetachAreTold(t *testing.T) {
	socket, lines := listen(t)
	t.Setenv("SUDO_USER", "mallory\nroot=x")
	j := Open(socket)
	tell := func(name, tag string, state session.State) {
		hook := incremental.Hook{Kind: "tracepoint", Category: "sched", Name: "sched_switch"}
		j.Event(session.Event{Kind: session.ChangedEvent, Probe: session.Probe{Name: name, Hook: hook, State: state, Tag: tag}})
	}
	tell("a", "0123", session.Attached)
	tell("b\n<0>forged", "", session.Attached)
	tell("a", "0123", session.Suspended)
	tell("a", "4567", session.Suspended)
	tell("a", "4567", session.Detaching)
	tell("a", "4567", session.Gone)
	j.Event(session.Event{Kind: session.RecordEvent})
	j.Close()
	j.Close()
	tell("a", "0123", session.Attached)
	got := strings.Join(lines(4), "\n")
	me := fmt.Sprintf("<38>go3sh[%d]: ", os.Getpid())
	want := me + "attach hook=sched:sched_switch probe=a tag=0123 WHO\n" +
		me + `attach hook=sched:sched_switch probe=b\n<0>forged tag= WHO` + "\n" +
		me + "replace hook=sched:sched_switch probe=a tag=4567 WHO\n" +
		me + "detach hook=sched:sched_switch probe=a tag=4567 WHO"
	if !strings.Contains(j.who, `sudo=mallory\nroot_x tty=`) || !strings.HasPrefix(j.who, fmt.Sprintf("uid=%d ", os.Getuid())) {
		t.Errorf("it says who as %q", j.who)
	}
	if got = strings.ReplaceAll(got, j.who, "WHO"); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

// A log that does not listen, or does not read, holds up nothing.
func TestALogThatDoesNotAnswerHoldsUpNothing(t *testing.T) {
	j := Open(filepath.Join(t.TempDir(), "none"))
	if j != nil {
		t.Error("there is a journal without a log")
	}
	j.Event(session.Event{Kind: session.ChangedEvent})
	j.Close()

	socket, _ := listen(t)
	deaf := Open(socket)
	for i := range 10 * waiting {
		deaf.Event(session.Event{Kind: session.ChangedEvent, Probe: session.Probe{Name: fmt.Sprint(i), State: session.Attached}})
	}
	deaf.Close()
}
