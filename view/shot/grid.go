package shot

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// grid is the cells of a screen. All rows have the same width.
type grid struct {
	w    int
	rows [][]cell
}

// cell is one character and what follows from the sequences before it. The second cell of a wide character is empty, with width 0.
type cell struct {
	text  string
	width int
	style style
}

// style is how a cell is drawn.
type style struct {
	fore, back colour
	bold       bool
	faint      bool
	underline  bool
	reverse    bool
}

// colour is one of the palette, or any; the zero colour is the terminal's own.
type colour struct {
	set bool
	color.RGBA
}

// The terminal's own colours, as a dark terminal has them.
var (
	ink   = color.RGBA{0xd5, 0xda, 0xe1, 0xff}
	paper = color.RGBA{0x10, 0x14, 0x19, 0xff}
)

// parse reads a screen as a terminal would that it fits.
func parse(screen string) *grid {
	g := &grid{}
	p := ansi.NewParser()
	var now style
	for line := range strings.SplitSeq(strings.TrimRight(screen, "\n"), "\n") {
		var row []cell
		var state byte
		for len(line) > 0 {
			seq, width, n, next := ansi.DecodeSequence(line, state, p)
			switch {
			case width > 0:
				row = append(row, cell{text: seq, width: width, style: now})
				for range width - 1 {
					row = append(row, cell{style: now})
				}
			case len(row) > 0 && seq[0] >= 0x80: // a mark that belongs to the character before it
				row[len(row)-1].text += seq
			case p.Command() == 'm' && ansi.HasCsiPrefix(seq):
				now.change(p.Params())
			}
			line, state = line[n:], next
		}
		g.rows = append(g.rows, row)
		g.w = max(g.w, len(row))
	}
	for i, row := range g.rows {
		for len(row) < g.w {
			row = append(row, cell{text: " ", width: 1})
		}
		g.rows[i] = row
	}
	return g
}

// change takes the parameters of an SGR sequence.
func (s *style) change(params ansi.Params) {
	if len(params) == 0 {
		*s = style{}
	}
	for i := 0; i < len(params); i++ {
		switch n := params[i].Param(0); {
		case n == 0:
			*s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.faint = true
		case n == 4:
			s.underline = true
		case n == 7:
			s.reverse = true
		case n == 22:
			s.bold, s.faint = false, false
		case n == 24:
			s.underline = false
		case n == 27:
			s.reverse = false
		case n >= 30 && n <= 37:
			s.fore = indexed(n - 30)
		case n >= 90 && n <= 97:
			s.fore = indexed(n - 90 + 8)
		case n == 39:
			s.fore = colour{}
		case n >= 40 && n <= 47:
			s.back = indexed(n - 40)
		case n >= 100 && n <= 107:
			s.back = indexed(n - 100 + 8)
		case n == 49:
			s.back = colour{}
		case n == 38:
			s.fore, i = extended(params, i)
		case n == 48:
			s.back, i = extended(params, i)
		}
	}
}

// extended is the colour after a 38 or 48 at i, and where its last number is.
func extended(params ansi.Params, i int) (colour, int) {
	at := func(k int) int {
		if i+k < len(params) {
			return params[i+k].Param(0)
		}
		return 0
	}
	if at(1) == 5 {
		return indexed(at(2)), i + 2
	}
	return colour{true, color.RGBA{uint8(at(2)), uint8(at(3)), uint8(at(4)), 0xff}}, i + 4
}

// basic are the 16 colours that have names, as on a dark terminal.
var basic = [16]uint32{
	0x1c2229, 0xe06c75, 0x7fc98b, 0xf2b35e, 0x6c9fe0, 0xc58af0, 0x6cc5dd, 0xc6ccd4,
	0x5b6470, 0xff8b94, 0x9be3a6, 0xffd08a, 0x8fbaff, 0xdcb0ff, 0x93e2f5, 0xf2f5f8,
}

// indexed is a colour of the palette of 256.
func indexed(n int) colour {
	rgb := func(v uint32) colour { return colour{true, color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xff}} }
	switch {
	case n < 0 || n > 255:
		return colour{}
	case n < 16:
		return rgb(basic[n])
	case n < 232:
		level := func(k int) uint8 {
			if k == 0 {
				return 0
			}
			return uint8(55 + 40*k)
		}
		n -= 16
		return colour{true, color.RGBA{level(n / 36), level(n / 6 % 6), level(n % 6), 0xff}}
	}
	grey := uint8(8 + 10*(n-232))
	return colour{true, color.RGBA{grey, grey, grey, 0xff}}
}

// colours are what a cell's text and background are drawn with.
func (s style) colours() (fore, back color.RGBA) {
	fore, back = ink, paper
	if s.fore.set {
		fore = s.fore.RGBA
	}
	if s.back.set {
		back = s.back.RGBA
	}
	if s.reverse {
		fore, back = back, fore
	}
	if s.faint {
		mix := func(a, b uint8) uint8 { return uint8((int(a) + int(b)) / 2) }
		fore = color.RGBA{mix(fore.R, back.R), mix(fore.G, back.G), mix(fore.B, back.B), 0xff}
	}
	return fore, back
}

// hex is a colour as SVG writes it.
func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
