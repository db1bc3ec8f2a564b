package repl

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go3s/incremental/source"
	"go3s/repl/line"
)

// paper is a terminal of so many columns that forgets nothing: rows that scroll out are kept. It knows the controls that a screen uses, and
// fails on others.
type paper struct {
	t        *testing.T
	width    int
	rows     [][]rune
	row, col int
	pictures []picture
}

// picture is what was to be seen of an entry while it was typed.
type picture struct {
	row  int // where the entry begins
	text string
}

func newPaper(t *testing.T) *paper { return &paper{t: t, width: 120, rows: [][]rune{nil}} }

// Write draws text.
func (p *paper) Write(b []byte) (int, error) {
	s := string(b)
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch r {
		case '\x1b':
			n = p.control(s)
		case '\n':
			p.row, p.col = p.row+1, 0
			p.grow()
		case '\r':
			p.col = 0
		default:
			p.put(r)
		}
		s = s[n:]
	}
	return len(b), nil
}

func (p *paper) grow() {
	for len(p.rows) <= p.row {
		p.rows = append(p.rows, nil)
	}
}

func (p *paper) put(r rune) {
	w := source.Width(string(r))
	if p.col+w > p.width {
		p.row, p.col = p.row+1, 0
		p.grow()
	}
	for len(p.rows[p.row]) < p.col+w {
		p.rows[p.row] = append(p.rows[p.row], ' ')
	}
	p.rows[p.row][p.col] = r
	for i := 1; i < w; i++ {
		p.rows[p.row][p.col+i] = 0
	}
	p.col += w
}

// control does what an escape sequence asks for and returns its length.
func (p *paper) control(s string) int {
	end := strings.IndexFunc(s[2:], func(r rune) bool { return r >= '@' })
	args, code := s[2:2+end], s[2+end]
	n := 1
	if args != "" && code != 'm' && code != 'h' && code != 'l' {
		n, _ = strconv.Atoi(args)
	}
	switch code {
	case 'A':
		if p.row -= n; p.row < 0 {
			p.t.Errorf("the caret went %d rows above the paper", -p.row)
			p.row = 0
		}
	case 'C':
		p.col = min(p.col+n, p.width-1)
	case 'J':
		if args == "2" {
			p.rows, p.row = [][]rune{nil}, 0
			break
		}
		p.rows = p.rows[:p.row+1]
		p.rows[p.row] = p.rows[p.row][:min(p.col, len(p.rows[p.row]))]
	case 'H', 'm', 'h', 'l':
	default:
		p.t.Errorf("the terminal was sent the control %q", s[:3+end])
	}
	return 3 + end
}

// take remembers what is shown of the entry that began at a row, with the caret in it.
func (p *paper) take(from int) {
	rows := make([]string, 0, len(p.rows)-from)
	for i := from; i < len(p.rows); i++ {
		row := p.rows[i]
		if i == p.row {
			for len(row) < p.col {
				row = append(row, ' ')
			}
			row = append(append(append([]rune{}, row[:p.col]...), '‸'), row[p.col:]...)
		}
		rows = append(rows, "    | "+text(row))
	}
	p.pictures = append(p.pictures, picture{from, strings.Join(rows, "\n") + "\n"})
}

func text(row []rune) string {
	return strings.TrimRight(strings.ReplaceAll(string(row), "\x00", ""), " ")
}

// String is all that was drawn, with the pictures before what they became.
func (p *paper) String() string {
	var b strings.Builder
	for i, row := range p.rows {
		for _, pic := range p.pictures {
			if pic.row == i {
				b.WriteString(pic.text)
			}
		}
		if i < len(p.rows)-1 || len(row) > 0 {
			b.WriteString(text(row) + "\n")
		}
	}
	return b.String()
}

// hand is a device on which a user types keys that are known beforehand, onto paper.
type hand struct {
	*paper
	keys []string // each is read for itself
	// do is called with a key that begins with !, in its place.
	do     func(key string)
	height int
	echo   bool // as a terminal does that edits lines itself
}

func (h *hand) Read(p []byte, wait time.Duration) (int, error) {
	for len(h.keys) > 0 {
		k := h.keys[0]
		if wait >= 0 {
			return h.between(k, p, wait), nil
		}
		h.keys = h.keys[1:]
		if strings.HasPrefix(k, "!") && len(k) > 1 {
			h.do(k)
			continue
		}
		if h.echo {
			k = strings.ReplaceAll(k, "\r", "\n")
			_, _ = h.Write([]byte(strings.ReplaceAll(k, "\x03", "")))
		}
		return copy(p, k), nil
	}
	return 0, io.EOF
}

// between is what comes while something else is waited for than the next key: nothing, as a rule. !FRAME MAP KEY N… lets the time pass in which
// the kernel counts so, and !PRESS presses a key.
func (h *hand) between(key string, p []byte, wait time.Duration) int {
	name, arg, _ := strings.Cut(key, " ")
	switch name {
	case "!FRAME":
		h.keys = h.keys[1:]
		h.do("!SET " + arg)
		time.Sleep(wait)
	case "!PRESS":
		h.keys = h.keys[1:]
		return copy(p, "q")
	}
	return 0
}

func (h *hand) Size() (columns, rows int) { return h.width, h.height }

func (h *hand) Raw() (func(), error) { return func() {}, nil }

func (h *hand) Cooked() (func(), error) { return func() {}, nil }

func (h *hand) Close() error { return nil }

// keyNames are the keys as a transcript writes them.
var keyNames = map[string]string{
	"Tab": "\t", "S-Tab": "\x1b[Z", "Up": "\x1b[A", "Down": "\x1b[B", "Right": "\x1b[C", "Left": "\x1b[D", "Home": "\x1b[H", "End": "\x1b[F",
	"Esc": "\x1b", "BS": "\x7f", "Del": "\x1b[3~", "Enter": "\r", "M-Enter": "\x1b\r", "M-b": "\x1bb", "M-f": "\x1bf", "M-d": "\x1bd",
}

// keysOf are the keys of a line of a transcript; <Tab> and <C-c> are keys, all else is typed as it stands.
func keysOf(l string) []string {
	var keys []string
	for l != "" {
		if name, rest, ok := strings.Cut(strings.TrimPrefix(l, "<"), ">"); ok && l[0] == '<' {
			if key := keyNames[name]; key != "" {
				keys, l = append(keys, key), rest
				continue
			}
			if strings.HasPrefix(name, "C-") && len(name) == 3 {
				keys, l = append(keys, string(rune(name[2]&0x1f))), rest
				continue
			}
		}
		_, n := utf8.DecodeRuneInString(l)
		keys, l = append(keys, l[:n]), l[n:]
	}
	return keys
}

// typed are the keys of a transcript's input: each line is followed by Enter, unless it gives the entry up with ^C or ends with a
// backslash. What stands between !PASTE and !END is pasted, and followed by Enter.
func typed(input string) []string {
	var keys []string
	paste, pasting := "", false
	for l := range strings.Lines(input) {
		l = strings.TrimSuffix(l, "\n")
		switch {
		case l == "!PASTE":
			paste, pasting = "", true
		case l == "!END":
			pasting = false
			keys = append(keys, "\x1b[200~"+paste+"\x1b[201~", "!SHOW", "\r")
		case pasting:
			paste += l + "\n"
		case strings.HasPrefix(l, "!"):
			keys = append(keys, l)
		case strings.HasSuffix(l, "^C"):
			keys = append(keys, append(keysOf(strings.TrimSuffix(l, "^C")), "\x03")...)
		case strings.HasSuffix(l, "\\"):
			keys = append(keys, keysOf(strings.TrimSuffix(l, "\\"))...)
		default:
			keys = append(keys, append(keysOf(l), "\r")...)
		}
	}
	return append(keys, "\x04")
}

func TestLongTextsAreShownAroundTheCaret(t *testing.T) {
	p := newPaper(t)
	h := &hand{paper: p, height: 5}
	s := &screen{device: h}
	var b strings.Builder
	for i := range 9 {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	e := line.New(line.Options{Prompt: "> ", More: ". ", Whole: func(string) bool { return true }, History: none{}})
	e.Reset(b.String() + "end")
	h.keys = append(keysOf("<Up><Up>x"), "!")
	for range 3 {
		h.keys = append(h.keys, "\x1b[A")
	}
	h.do = func(string) { p.take(0) }
	h.keys = append(h.keys, "!SHOW", "\x03")
	if _, err := s.ReadEntry(e); err != ErrInterrupt {
		t.Fatal(err)
	}
	want := "    | . line 3\n    | . l‸ine 4\n"
	if got := p.pictures[0].text; !strings.Contains(got, "‸") || strings.Count(got, "\n") != 5 {
		t.Errorf("got\n%s, want five rows with a caret, such as\n%s", got, want)
	}
}

// none is a history without entries.
type none struct{}

func (none) Len() int               { return 0 }
func (none) At(int) string          { return "" }
func (none) Search(string, int) int { return -1 }
