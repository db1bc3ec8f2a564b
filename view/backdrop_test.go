package view

import (
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseBackground(t *testing.T) {
	for _, c := range []struct {
		reply string
		want  float64
		ok    bool
	}{
		{"\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[1;1R", 0, true},
		{"\x1b]11;rgb:ffff/ffff/ffff\a\x1b[1;1R", 1, true},
		{"q\x1b]11;rgb:ff/ff/00\x1b\\", 0.886, true},
		{"\x1b]11;rgb:f/0/0\x1b\\", 0.299, true},
		{"\x1b[1;1R", 0, false},
		{"\x1b]11;rgb:ffff/ffff\x1b\\", 0, false},
		{"\x1b]11;rgb:xyz/0/0\x1b\\", 0, false},
		{"\x1b]11;rgb:12345/0/0\x1b\\", 0, false},
		{"\x1b]11;rgb://\x1b\\", 0, false},
		{"", 0, false},
	} {
		if got, ok := parseBackground(c.reply); ok != c.ok || math.Abs(got-c.want) > 0.001 {
			t.Errorf("%q: %.3f %t, want %.3f %t", c.reply, got, ok, c.want, c.ok)
		}
	}
}

func TestBackgroundIsAskedOfTheTerminal(t *testing.T) {
	for answer, want := range map[string]bool{
		"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[1;1R": false,
		"\x1b]11;rgb:1111/1111/1111\x1b\\\x1b[1;1R": true,
		"\x1b[1;1R": true,
		"":          true,
	} {
		term := newTerminal(t, 80, 24)
		t.Setenv("COLORFGBG", "")
		out := make(chan bool)
		go func() {
			is, awaited := dark(term.tty, term.tty)
			if (awaited != nil) != (answer == "") {
				t.Errorf("the terminal said %q, and is awaited to say %v", answer, awaited)
			}
			out <- is
		}()
		term.await("\x1b]11;?\x1b\\\x1b[6n")
		if _, err := term.keys.WriteString(answer); err != nil {
			t.Fatal(err)
		}
		if got := <-out; got != want {
			t.Errorf("the terminal said %q: dark %t, want %t", answer, got, want)
		}
		if modes(t, term.tty) != term.modes {
			t.Error("the modes were left changed")
		}
	}
}

func TestColoursOfTheEnvironmentSayTheBackground(t *testing.T) {
	for v, want := range map[string]bool{"15;0": true, "0;15": false, "15;default;0": true, "0;7": false, "15;8": true} {
		t.Setenv("COLORFGBG", v)
		if got, awaited := dark(strings.NewReader(""), &strings.Builder{}); got != want || awaited != nil {
			t.Errorf("COLORFGBG=%s: dark %t, want %t", v, got, want)
		}
	}
}

// TestStartAsksTheTerminalNothing starts a program that has the view in it, this test itself, on a terminal. Were the terminal asked
// for something before main, the question would be on it.
func TestStartAsksTheTerminalNothing(t *testing.T) {
	term := newTerminal(t, 80, 24)
	cmd := exec.Command(os.Args[0], "-test.run=^TestEnvironmentIsAsItWas$", "-test.v")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = term.tty, term.tty, term.tty
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true} // only a process in the foreground asks
	cmd.Env = append(os.Environ(), "GO3S_CI=unset")
	cmd.Env = deleteVariable(cmd.Env, "CI")
	if err := cmd.Run(); err != nil {
		t.Errorf("%v:\n%s", err, term.text())
	}
	term.await("PASS")
	if text := term.text(); strings.Contains(text, "\x1b") {
		t.Errorf("the terminal was sent %q", text)
	}
}

// TestEnvironmentIsAsItWas is also run by TestStartAsksTheTerminalNothing, without CI in the environment.
func TestEnvironmentIsAsItWas(t *testing.T) {
	if _, found := os.LookupEnv("CI"); found && os.Getenv("GO3S_CI") == "unset" {
		t.Error("CI is left in the environment")
	}
}

func deleteVariable(env []string, name string) []string {
	var out []string
	for _, v := range env {
		if !strings.HasPrefix(v, name+"=") {
			out = append(out, v)
		}
	}
	return out
}
