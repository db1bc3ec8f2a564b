package shot

import "math"

// point is a place in a cell, in pixels from its upper left corner.
type point struct{ x, y float64 }

// shape is what stands for a character: polygons that are filled.
type shape struct {
	polygons [][]point
	alpha    float64 // how much of the background they hide
}

// arms are the lines from the middle of a cell to its edges: 0 for none, 1 for light, 2 for heavy; up, right, down, left.
var arms = map[rune][4]int{
	'─': {0, 1, 0, 1}, '━': {0, 2, 0, 2}, '│': {1, 0, 1, 0}, '┃': {2, 0, 2, 0},
	'┌': {0, 1, 1, 0}, '┐': {0, 0, 1, 1}, '└': {1, 1, 0, 0}, '┘': {1, 0, 0, 1},
	'┏': {0, 2, 2, 0}, '┓': {0, 0, 2, 2}, '┗': {2, 2, 0, 0}, '┛': {2, 0, 0, 2},
	'├': {1, 1, 1, 0}, '┤': {1, 0, 1, 1}, '┬': {0, 1, 1, 1}, '┴': {1, 1, 0, 1}, '┼': {1, 1, 1, 1},
	'┣': {2, 2, 2, 0}, '┫': {2, 0, 2, 2}, '┳': {0, 2, 2, 2}, '┻': {2, 2, 0, 2}, '╋': {2, 2, 2, 2},
	'┝': {1, 2, 1, 0}, '┥': {1, 0, 1, 2}, '┿': {1, 2, 1, 2}, '╂': {2, 1, 2, 1},
	'╴': {0, 0, 0, 1}, '╵': {1, 0, 0, 0}, '╶': {0, 1, 0, 0}, '╷': {0, 0, 1, 0},
	'╸': {0, 0, 0, 2}, '╹': {2, 0, 0, 0}, '╺': {0, 2, 0, 0}, '╻': {0, 0, 2, 0},
	'╼': {0, 2, 0, 1}, '╾': {0, 1, 0, 2}, '╽': {1, 0, 2, 0}, '╿': {2, 0, 1, 0},
}

// corners are the round ones: where the arc's middle lies from the cell's, in x and y.
var corners = map[rune]point{'╭': {1, 1}, '╮': {-1, 1}, '╯': {-1, -1}, '╰': {1, -1}}

// triangles are the places of their corners in a square around the middle of the cell, from -1 to 1.
var triangles = map[rune][3]point{
	'▲': {{0, -1}, {1, .8}, {-1, .8}}, '▼': {{0, 1}, {-1, -.8}, {1, -.8}}, '▶': {{1, 0}, {-.8, 1}, {-.8, -1}}, '◀': {{-1, 0}, {.8, -1}, {.8, 1}},
	'▴': {{0, -.6}, {.7, .6}, {-.7, .6}}, '▾': {{0, .6}, {-.7, -.6}, {.7, -.6}}, '▸': {{.6, 0}, {-.6, .7}, {-.6, -.7}}, '◂': {{-.6, 0}, {.6, -.7}, {.6, .7}},
}

// quadrants are the quarters of the cell that are filled: upper left, upper right, lower left, lower right.
var quadrants = map[rune][4]bool{
	'▘': {true, false, false, false}, '▝': {false, true, false, false}, '▖': {false, false, true, false}, '▗': {false, false, false, true},
	'▚': {true, false, false, true}, '▞': {false, true, true, false}, '▛': {true, true, true, false}, '▜': {true, true, false, true},
	'▙': {true, false, true, true}, '▟': {false, true, true, true},
}

// shapeOf is the shape of a character in a cell of w by h pixels with light lines of a thickness; ok is false for what is drawn with the font.
func shapeOf(r rune, w, h, light float64) (s shape, ok bool) {
	s.alpha = 1
	if a, ok := arms[r]; ok {
		s.polygons = cross(a, w, h, light)
		return s, true
	}
	if c, ok := corners[r]; ok {
		s.polygons = corner(c, w, h, light)
		return s, true
	}
	if t, ok := triangles[r]; ok {
		size := w * .46
		var p []point
		for _, c := range t {
			p = append(p, point{w/2 + c.x*size, h*.53 + c.y*size})
		}
		s.polygons = [][]point{p}
		return s, true
	}
	if q, ok := quadrants[r]; ok {
		for i, on := range q {
			if on {
				x, y := float64(i%2)*w/2, float64(i/2)*h/2
				s.polygons = append(s.polygons, box(x, y, x+w/2, y+h/2))
			}
		}
		return s, true
	}
	return blockOf(r, w, h)
}

// blockOf is the shape of what is filled: parts of the cell, shades, discs, dots.
func blockOf(r rune, w, h float64) (s shape, ok bool) {
	s.alpha = 1
	at := func(polygons ...[]point) (shape, bool) {
		s.polygons = polygons
		return s, true
	}
	radius := w * .36
	switch {
	case r == '▀':
		return at(box(0, 0, w, h/2))
	case r >= '▁' && r <= '█':
		return at(box(0, h-h*float64(r-'▁'+1)/8, w, h))
	case r > '█' && r <= '▏':
		return at(box(0, 0, w*float64('▏'-r+1)/8, h))
	case r == '▐':
		return at(box(w/2, 0, w, h))
	case r == '▔':
		return at(box(0, 0, w, h/8))
	case r == '▕':
		return at(box(w-w/8, 0, w, h))
	case r >= '░' && r <= '▓':
		s.alpha = float64(r-'░'+1) / 4
		return at(box(0, 0, w, h))
	case r == '●':
		return at(disc(w/2, h*.53, radius, false))
	case r == '○':
		return at(disc(w/2, h*.53, radius, false), disc(w/2, h*.53, radius*.72, true))
	case r == '◌':
		var dots [][]point
		for i := range 8 {
			sin, cos := math.Sincos(float64(i) * math.Pi / 4)
			dots = append(dots, disc(w/2+cos*radius, h*.53+sin*radius, radius*.17, false))
		}
		return at(dots...)
	case r == '■':
		return at(box(w*.1, h*.53-w*.4, w*.9, h*.53+w*.4))
	case r >= 0x2800 && r <= 0x28ff:
		return at(braille(r, w, h)...)
	}
	return s, false
}

// braille is the dots of a braille character: bits 0 to 2 and 6 are the left column, 3 to 5 and 7 the right one.
func braille(r rune, w, h float64) (dots [][]point) {
	for bit := range 8 {
		if r&(1<<bit) == 0 {
			continue
		}
		column, row := bit/3, bit%3
		if bit >= 6 {
			column, row = bit-6, 3
		}
		dots = append(dots, disc(w*(.27+.46*float64(column)), h*(.125+.25*float64(row)), w*.14, false))
	}
	return dots
}

func box(x0, y0, x1, y1 float64) []point { return []point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}} }

// disc is a circle; one that is a hole goes the other way round.
func disc(x, y, radius float64, hole bool) []point {
	const n = 24
	p := make([]point, n)
	for i := range p {
		a := float64(i) * 2 * math.Pi / n
		if hole {
			a = -a
		}
		sin, cos := math.Sincos(a)
		p[i] = point{x + radius*cos, y + radius*sin}
	}
	return p
}

// middle is where a line of a thickness lies that goes through the middle of a cell, on whole pixels.
func middle(size, thick float64) (from, to float64) {
	from = math.Floor((size - thick) / 2)
	return from, from + thick
}

// cross is lines from the middle of a cell to its edges.
func cross(a [4]int, w, h, light float64) (out [][]point) {
	most := 0
	for _, n := range a {
		most = max(most, n)
	}
	x0, x1 := middle(w, light*float64(most))
	y0, y1 := middle(h, light*float64(most))
	for i, n := range a {
		lx0, lx1 := middle(w, light*float64(n))
		ly0, ly1 := middle(h, light*float64(n))
		switch {
		case n == 0:
		case i == 0:
			out = append(out, box(lx0, 0, lx1, y1))
		case i == 1:
			out = append(out, box(x0, ly0, w, ly1))
		case i == 2:
			out = append(out, box(lx0, y0, lx1, h))
		default:
			out = append(out, box(0, ly0, x1, ly1))
		}
	}
	if out != nil && a[1] == 0 && a[0]+a[2] == 0 { // half a line ends in the middle
		out[0][1].x, out[0][2].x = w/2, w/2
	}
	return out
}

// corner is a round corner: an arc, and lines from its ends to the edges.
func corner(c point, w, h, light float64) [][]point {
	x0, x1 := middle(w, light)
	y0, y1 := middle(h, light)
	cx, cy := (x0+x1)/2, (y0+y1)/2
	radius := math.Floor(min(w, h) / 2)    // so that arcs of both sides end on whole pixels
	ax, ay := cx+c.x*radius, cy+c.y*radius // the middle of the arc
	const n = 12
	var arc []point
	for _, ring := range []float64{radius + light/2, radius - light/2} {
		for i := range n + 1 {
			k := i
			if ring < radius {
				k = n - i
			}
			sin, cos := math.Sincos(float64(k) * math.Pi / 2 / n)
			arc = append(arc, point{ax - c.x*ring*cos, ay - c.y*ring*sin})
		}
	}
	lines := [][]point{arc}
	if c.y > 0 {
		lines = append(lines, box(x0, ay, x1, h))
	} else {
		lines = append(lines, box(x0, 0, x1, ay))
	}
	if c.x > 0 {
		lines = append(lines, box(ax, y0, w, y1))
	} else {
		lines = append(lines, box(0, y0, ax, y1))
	}
	return lines
}
