package main

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// glass is what a terminal shows of what it was sent: as much of a terminal as the view uses.
type glass struct {
	w, h int
	rows [][]string // cells; "" is the right half of a wide character
	x, y int
	rest string // of a sequence that has not come whole
}

func newGlass(w, h int) *glass {
	g := &glass{w: w, h: h, rows: make([][]string, h)}
	for y := range g.rows {
		g.erase(y, 0, w)
	}
	return g
}

func (g *glass) String() string {
	lines := make([]string, g.h)
	for y, row := range g.rows {
		lines[y] = strings.TrimRight(strings.Join(row, ""), " ")
	}
	return strings.Join(lines, "\n")
}

// sequence is a control sequence, an operating system command, or a short escape sequence.
var sequence = regexp.MustCompile("^\x1b(\\[([0-9;?<>=]*)[ -/]*([@-~])|\\].*?(\x07|\x1b\\\\)|[()].|[^\\[\\]()])")

// write takes in what is sent.
func (g *glass) write(text string) {
	text = g.rest + text
	for text != "" {
		switch c := text[0]; {
		case c == 0x1b:
			m := sequence.FindStringSubmatch(text)
			if m == nil {
				g.rest = text
				return
			}
			if m[3] != "" {
				g.control(m[2], m[3])
			}
			text = text[len(m[0]):]
		case c < ' ':
			g.move(c)
			text = text[1:]
		case !utf8.FullRuneInString(text):
			g.rest = text
			return
		default:
			_, n := utf8.DecodeRuneInString(text)
			g.put(text[:n])
			text = text[n:]
		}
	}
	g.rest = ""
}

// move does what control characters do.
func (g *glass) move(c byte) {
	switch c {
	case '\r':
		g.x = 0
	case '\b':
		g.x = max(g.x-1, 0)
	case '\n':
		if g.y++; g.y == g.h {
			g.y--
			g.rows = append(g.rows[1:], nil)
			g.erase(g.y, 0, g.w)
		}
	}
}

// put writes a character of one cell, and none behind the right edge.
func (g *glass) put(r string) {
	if g.x < g.w {
		g.rows[g.y][g.x] = r
		g.x++
	}
}

func (g *glass) erase(y, from, to int) {
	if g.rows[y] == nil {
		g.rows[y] = make([]string, g.w)
	}
	for x := from; x < to; x++ {
		g.rows[y][x] = " "
	}
}

// control does what a control sequence says about the cursor and the text.
func (g *glass) control(params, final string) {
	var n [2]int
	for i, p := range strings.SplitN(params, ";", 2) {
		n[i], _ = strconv.Atoi(p)
	}
	steps := max(n[0], 1)
	switch final {
	case "A":
		g.y = max(g.y-steps, 0)
	case "B":
		g.y = min(g.y+steps, g.h-1)
	case "C":
		g.x = min(g.x+steps, g.w-1)
	case "D":
		g.x = max(g.x-steps, 0)
	case "H":
		g.y, g.x = min(max(n[0], 1), g.h)-1, min(max(n[1], 1), g.w)-1
	case "K":
		from, to := g.x, g.w
		if n[0] > 0 {
			from, to = 0, min(g.x+1, g.w)
		}
		if n[0] == 2 {
			to = g.w
		}
		g.erase(g.y, from, to)
	case "J":
		from := g.y + 1
		if n[0] == 2 {
			from = 0
		} else {
			g.erase(g.y, g.x, g.w)
		}
		for y := from; y < g.h; y++ {
			g.erase(y, 0, g.w)
		}
	}
}

// shows waits until what is on the screen matches; each blank in the pattern stands for any number of them.
func (u *user) shows(pattern string) {
	u.t.Helper()
	want := regexp.MustCompile(`(?m)` + strings.ReplaceAll(pattern, " ", ` +`))
	for range 1000 {
		if want.MatchString(u.looks()) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	u.t.Fatalf("the screen does not show %q:\n%s", pattern, u.looks())
}

// resize makes the terminal another size.
func (u *user) resize(w, h int) {
	u.t.Helper()
	u.looks() // of before
	if err := unix.IoctlSetWinsize(int(u.terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(h), Col: uint16(w)}); err != nil {
		u.t.Fatal(err)
	}
	u.glass = newGlass(w, h)
}

// looks is what is on the screen now.
func (u *user) looks() string {
	text := u.text()
	if u.glass == nil {
		u.glass = newGlass(100, 30)
	}
	u.glass.write(text[u.taken:])
	u.taken = len(text)
	return u.glass.String()
}
