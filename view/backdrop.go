package view

import (
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// patience is how long a terminal may take to tell its background. What it says later is for keyboard to leave out.
const patience = 200 * time.Millisecond

// dark reports whether the terminal has a dark background: as COLORFGBG says, else as the terminal says when asked, else it is
// believed to be. It also returns what it has asked and got no answer to.
func dark(in io.Reader, out io.Writer) (dark bool, awaited []answer) {
	if fields := strings.Split(os.Getenv("COLORFGBG"), ";"); len(fields) > 1 {
		if n, err := strconv.Atoi(fields[len(fields)-1]); err == nil {
			return n < 7 || n == 8, nil // the dark ones of the 16 colours
		}
	}
	reply, awaited := ask(in, out)
	if luminance, ok := parseBackground(reply); ok {
		return luminance < 0.5, awaited
	}
	return true, awaited
}

// ask has the terminal tell its background, and then where its cursor is, which all terminals answer: so one that does not know the
// first question is not waited for.
func ask(in io.Reader, out io.Writer) (said string, awaited []answer) {
	keys, ok1 := in.(*os.File)
	tty, ok2 := out.(*os.File)
	kind := os.Getenv("TERM")
	if !ok1 || !ok2 || kind == "" || kind == "dumb" || kind == "linux" || !term.IsTerminal(int(keys.Fd())) || !term.IsTerminal(int(tty.Fd())) {
		return "", nil
	}
	state, err := term.MakeRaw(int(keys.Fd()))
	if err != nil {
		return "", nil
	}
	defer func() { _ = term.Restore(int(keys.Fd()), state) }() // it could be set, so it can be set back
	if _, err := tty.WriteString("\x1b]11;?\x1b\\\x1b[6n"); err != nil {
		return "", nil
	}
	var reply []byte
	for end := time.Now().Add(patience); !answered(reply); {
		left := time.Until(end)
		ready := []unix.PollFd{{Fd: int32(keys.Fd()), Events: unix.POLLIN}}
		n, err := unix.Poll(ready, int(left/time.Millisecond))
		if err == unix.EINTR && left > 0 {
			continue
		}
		if err != nil || n == 0 || left <= 0 {
			break
		}
		b := make([]byte, 256)
		got, err := keys.Read(b)
		if err != nil {
			break
		}
		reply = append(reply, b[:got]...)
	}
	if answered(reply) {
		return string(reply), nil
	}
	for _, a := range []answer{background, cursor} {
		if !a.whole.Match(reply) {
			awaited = append(awaited, a)
		}
	}
	return string(reply), awaited
}

// answered reports whether the cursor's place has come: ESC [ row ; column R.
func answered(reply []byte) bool {
	_, rest, ok := strings.Cut(string(reply), "\x1b[")
	return ok && strings.Contains(rest, "R")
}

// parseBackground finds ESC ] 11 ; rgb:RRRR/GGGG/BBBB in what the terminal said; parts have one to four hexadecimal digits.
// The result is between 0, black, and 1, white.
func parseBackground(reply string) (luminance float64, ok bool) {
	_, rest, ok := strings.Cut(reply, "\x1b]11;rgb:")
	if !ok {
		return 0, false
	}
	if end := strings.IndexAny(rest, "\a\x1b"); end >= 0 {
		rest = rest[:end]
	}
	parts := strings.Split(rest, "/")
	if len(parts) != 3 {
		return 0, false
	}
	for i, weight := range []float64{0.299, 0.587, 0.114} {
		n, err := strconv.ParseUint(parts[i], 16, 16)
		if err != nil || len(parts[i]) > 4 {
			return 0, false
		}
		luminance += weight * float64(n) / float64(uint64(1)<<(4*len(parts[i]))-1)
	}
	return luminance, true
}
