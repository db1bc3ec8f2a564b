package line

import (
	"strings"
	"unicode"

	"go3s/incremental/source"
)

// Colours are how the parts of a frame are marked. The zero value marks nothing.
type Colours struct{ Prompt, Dim, Chosen, Error Paint }

// Paint is a sequence of numbers for the SGR control, such as "1;36"; empty for none.
type Paint string

// Basic are colours that fit any background.
var Basic = Colours{Prompt: "1;36", Dim: "2", Chosen: "7", Error: "31"}

// Text is text with the mark, as it is without one.
func (p Paint) Text(text string) string {
	if p == "" || text == "" {
		return text
	}
	return "\x1b[" + string(p) + "m" + text + "\x1b[0m"
}

// Frame is what is to be seen of an editor: rows of text, none wider than the terminal, and the caret's place.
type Frame struct {
	Rows     []string
	Row, Col int
}

// tabWidth is how many columns a tab takes at the beginning of a line.
const tabWidth = 4

// Frame draws the editor into so many columns and rows. A text that is longer is shown around its caret.
func (e *Editor) Frame(width, height int) Frame {
	width, height = max(width, 20), max(height, 2)
	f := e.body(width)
	below := e.below(width, height-1)
	room := height - len(below)
	if len(f.Rows) > room {
		first := min(max(0, f.Row-room+1), len(f.Rows)-room)
		f.Rows = f.Rows[first : first+room]
		f.Row -= first
	}
	f.Rows = append(f.Rows, below...)
	return f
}

// below is what stands under the text: the list of candidates, or what is searched for.
func (e *Editor) below(width, limit int) []string {
	c := e.options.Colours
	switch {
	case e.menu != nil:
		return e.menu.rows(width, limit-1, c)
	case e.search != nil && e.search.entry < 0 && e.search.text != "":
		return []string{searchRow(e.search.text, "not found", width, c)}
	case e.search != nil:
		return []string{searchRow(e.search.text, "Ctrl-R goes on, Enter takes it, Ctrl-C leaves", width, c)}
	}
	return nil
}

// searchRow is what is searched for, and a few words about it where there is room.
func searchRow(text, remark string, width int, c Colours) string {
	const label, gap = "search: ", "   "
	text = cutTo(text, width-len(label))
	if len(label+gap+remark)+source.Width(text) > width {
		remark = ""
	}
	return c.Dim.Text(label) + text + c.Dim.Text(strings.TrimRight(gap+remark, " "))
}

// body draws the text.
func (e *Editor) body(width int) Frame {
	d := drawing{width: width}
	prompt := e.options.Prompt
	at := 0
	for line := range strings.SplitSeq(e.text, "\n") {
		d.begin(e.options.Colours.Prompt.Text(prompt), source.Width(prompt))
		prompt = e.options.More
		for i, r := range line {
			if at+i == e.caret {
				d.mark()
			}
			d.put(r)
		}
		at += len(line)
		if at == e.caret {
			d.mark()
		}
		at++
		d.end()
	}
	return d.frame
}

// drawing is a frame under way.
type drawing struct {
	width int
	frame Frame
	row   strings.Builder
	col   int
	start int // column of the text behind the prompt
}

func (d *drawing) begin(prompt string, width int) {
	d.row.WriteString(prompt)
	d.col, d.start = width, width
}

// end ends a row.
func (d *drawing) end() {
	d.frame.Rows = append(d.frame.Rows, d.row.String())
	d.row.Reset()
	d.col = 0
}

// mark says that the caret is here.
func (d *drawing) mark() {
	if d.col >= d.width {
		d.end()
	}
	d.frame.Row, d.frame.Col = len(d.frame.Rows), d.col
}

// put draws a rune; what would not be seen is written as in Go.
func (d *drawing) put(r rune) {
	text := string(r)
	switch {
	case r == '\t':
		text = strings.Repeat(" ", tabWidth-max(0, d.col-d.start)%tabWidth)
	case !unicode.IsPrint(r):
		text = source.Escape(text)
	}
	w := source.Width(text)
	if d.col+w > d.width {
		d.end()
	}
	d.row.WriteString(text)
	d.col += w
}
