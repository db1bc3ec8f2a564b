package view

import "slices"

const (
	leastFramed = 5   // lines from which on a pane has a frame, below it only a title
	leastWidth  = 24  // cells from which on it has one
	wideScreen  = 150 // cells from which on panes stand in two columns
)

// place is where a pane stands, in cells. A place without height is not shown.
type place struct {
	x, y, w, h int
	framed     bool
}

// inside is the room that is left for the pane.
func (p place) inside() (w, h int) {
	if p.framed {
		return max(p.w-2, 0), max(p.h-2, 0)
	}
	return p.w, max(p.h-1, 0)
}

// holds reports whether a cell of the screen is in the place.
func (p place) holds(x, y int) bool {
	return x >= p.x && x < p.x+p.w && y >= p.y && y < p.y+p.h
}

// side is the part of the screen that a pane stands in.
type side uint8

// The sides. A screen that is not wide has one column, which is the left one with the right one below it.
const (
	left side = iota
	right
	bottom // all of the width, below the columns
)

// shape is what the layout knows of a pane.
type shape struct {
	side   side
	weight int // its share of what is left of the height, against the others'
	least  int // lines it needs to be of use, its frame included
	wants  int // lines it can make use of, its frame included; 0: all there are
	rank   int // where not all have room, the lowest go first
	away   bool
}

// layout divides w by h cells between panes, with foot lines below them. Where not all have room those of the least rank are left out;
// on a very small screen, or with zoom, only the one in focus is shown.
func layout(w, h int, shapes []shape, focus int, zoom bool) (foot int, places []place) {
	switch {
	case h >= 8:
		foot = 2
	case h >= 3:
		foot = 1
	}
	h -= foot
	places = make([]place, len(shapes))
	framed := h >= leastFramed && w >= leastWidth
	if zoom || !framed || h < 2*leastFramed {
		places[focus] = place{0, 0, w, h, framed}
		return foot, places
	}
	var columns [3][]int
	for i, s := range shapes {
		if s.away && i != focus {
			continue
		}
		at := s.side
		if at == right && w < wideScreen {
			at = left
		}
		columns[at] = append(columns[at], i)
	}
	h -= stack(place{0, 0, w, h, true}, shapes, columns[bottom], focus, places, true)
	if len(columns[left]) == 0 || len(columns[right]) == 0 {
		stack(place{0, 0, w, h, true}, shapes, append(columns[left], columns[right]...), focus, places, false)
		return foot, places
	}
	lw := w * 11 / 20
	stack(place{0, 0, lw, h, true}, shapes, columns[left], focus, places, false)
	stack(place{lw, 0, w - lw, h, true}, shapes, columns[right], focus, places, false)
	return foot, places
}

// stack puts panes one above the other into a place. With low they take only what they want, a third of the height at most, at its
// lower end. It returns the lines used.
func stack(in place, shapes []shape, members []int, focus int, places []place, low bool) int {
	members = slices.Clone(members)
	need := func() (n int) {
		for _, i := range members {
			n += shapes[i].least
		}
		return n
	}
	limit := in.h
	if low {
		limit = max(in.h/3, 3)
	}
	for len(members) > 1 && need() > limit {
		members = slices.DeleteFunc(members, func(i int) bool { return i == least(shapes, members, focus) })
	}
	if len(members) == 0 {
		return 0
	}
	heights := divide(limit, shapes, members, low)
	used := 0
	for _, n := range heights {
		used += n
	}
	y := in.y
	if low {
		y = in.y + in.h - used
	}
	for k, i := range members {
		places[i] = place{in.x, y, in.w, heights[k], true}
		y += heights[k]
	}
	return used
}

// least is the member that is left out first. The one in focus stays.
func least(shapes []shape, members []int, focus int) int {
	out := -1
	for _, i := range members {
		if i != focus && (out < 0 || shapes[i].rank < shapes[out].rank) {
			out = i
		}
	}
	return out
}

// divide splits n lines by weight: each gets what it needs, and of the rest its share, up to what it wants. Lines that nobody wants go to
// the heaviest, unless loose says that they may be left over.
func divide(n int, shapes []shape, members []int, loose bool) []int {
	heights := make([]int, len(members))
	for k, i := range members {
		heights[k] = min(shapes[i].least, n)
		n -= heights[k]
	}
	open := func(k int) bool {
		s := shapes[members[k]]
		return s.wants == 0 || heights[k] < s.wants
	}
	for n > 0 {
		// The pane that is furthest behind its share is next.
		next := -1
		for k := range members {
			if open(k) && (next < 0 || heights[k]*shapes[members[next]].weight < heights[next]*shapes[members[k]].weight) {
				next = k
			}
		}
		if next < 0 {
			break
		}
		heights[next]++
		n--
	}
	if n > 0 && !loose {
		heaviest := 0
		for k := range members {
			if shapes[members[k]].weight > shapes[members[heaviest]].weight {
				heaviest = k
			}
		}
		heights[heaviest] += n
	}
	return heights
}
