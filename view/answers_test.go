package view

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// Whichever way late answers are cut by reads, no part of them is taken for a key but the ESC of a first read that has nothing else.
func TestLateAnswersAreNoKeys(t *testing.T) {
	const colour, at = "\x1b]11;rgb:0000/0000/0000\x1b\\", "\x1b[1;1R"
	for _, c := range []struct{ sent, want string }{
		{colour + at, ""},
		{at + colour, ""},
		{colour, ""},
		{"\x1b]11;rgb:ffff/ffff/ffff\a" + at + "q", "q"},
		{"ab" + colour + "c" + at + "d", "abcd"},
		{"j\x1b[A" + colour + "\x1b[B" + at + "\x1b[1;2R", "j\x1b[A\x1b[B\x1b[1;2R"}, // the last is a key, pressed later
		{"\x1bO" + colour + "x" + at, "\x1bOx"},
		{"\x1b]x", "\x1b]x"}, // Alt and a bracket
		{"\x1b[1;2A", "\x1b[1;2A"},
	} {
		for first := range len(c.sent) + 1 {
			for second := first; second <= len(c.sent); second++ {
				k := keyboard{awaited: []answer{background, cursor}}
				got := ""
				lone := false
				for _, part := range []string{c.sent[:first], c.sent[first:second], c.sent[second:]} {
					keys := string(k.keys([]byte(part)))
					got += keys
					lone = lone || len(keys) > 0 && keys[len(keys)-1] == '\x1b'
				}
				if got += string(k.held); got != c.want && (!lone || without(got) != without(c.want)) {
					t.Errorf("%q, %q, %q: %q, want %q", c.sent[:first], c.sent[first:second], c.sent[second:], got, c.want)
				}
			}
		}
	}
}

// without is s without ESC.
func without(s string) (r string) {
	for _, c := range s {
		if c != '\x1b' {
			r += string(c)
		}
	}
	return r
}

func TestKeyboardReadsKeysAsTheyComeAfterItsAnswers(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	k := &keyboard{File: r, awaited: []answer{background, cursor}}
	var got []byte
	buf := make([]byte, 256)
	for _, c := range []struct{ sent, want string }{
		{"\x1b]11;rgb:00", ""}, {"00/0000/0000\x1b\\", ""}, {"\x1b]", "\x1b]"}, {"x", "x"}, {"\x1b[9", ""}, {"9;1R", ""}, {"\x1b[9;1R", "\x1b[9;1R"}, {"\x1b", "\x1b"}, {"q", "q"},
	} {
		if _, err := io.WriteString(w, c.sent); err != nil {
			t.Fatal(err)
		}
		n, err := k.Read(buf)
		if got = buf[:n]; err != nil || string(got) != c.want {
			t.Errorf("%q: %q, %v, want %q", c.sent, got, err, c.want)
		}
	}
	k.awaited = []answer{background}
	long := strings.Repeat("日本", 50)
	if _, err := io.WriteString(w, long); err != nil {
		t.Fatal(err)
	}
	if n, err := k.Read(buf); n != len(buf) || string(buf) != long[:n] || err != nil { // all there is room for, so that the reader knows that there is more
		t.Errorf("of a long text: %d, %v", n, err)
	}
	if n, err := k.Read(buf[:7]); n != 7 || string(buf[:n]) != long[256:263] || err != nil {
		t.Errorf("with little room: %d, %v", n, err)
	}
	if n, err := k.Read(buf); string(buf[:n]) != long[263:] || err != nil {
		t.Errorf("the rest: %d, %v", n, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := k.Read(buf); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
}

// What a terminal says late does nothing to the view, where p stands still; the next key does.
func TestAViewOnASlowTerminal(t *testing.T) {
	term := newTerminal(t, 80, 24)
	t.Setenv("COLORFGBG", "")
	out := make(chan error)
	go func() { out <- Run(t.Context(), open(t), Options{In: term.tty, Out: term.tty}) }()
	term.await("no maps yet")
	for _, keys := range []string{"\x1b[1;1R\x1b]11;r", "p\a", "?"} {
		if _, err := term.keys.WriteString(keys); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	term.await("other key closes")
	if text := term.text(); strings.Contains(text, "PAUSED") {
		t.Errorf("the answer was taken for keys: %q", text)
	}
	if _, err := term.keys.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	if err := <-out; err != nil && !errors.Is(err, ErrLeave) {
		t.Error(err)
	}
	term.restored()
}
