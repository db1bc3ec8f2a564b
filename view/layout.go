package view

const (
	leastFramed = 6  // lines from which on a pane has a frame, below it only a title
	leastWidth  = 24 // cells from which on it has one
	wideScreen  = 180
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

// layout divides w by h cells between panes with the given weights and foot lines below them. Panes stand one above the other, on a wide
// screen beside each other; where they would be too small, or with zoom, only the one in focus is shown.
func layout(w, h int, weights []int, focus int, zoom bool) (foot int, places []place) {
	switch {
	case h >= 8:
		foot = 2
	case h >= 3:
		foot = 1
	}
	h -= foot
	places = make([]place, len(weights))
	framed := h >= leastFramed && w >= leastWidth
	switch n := len(weights); {
	case zoom || !framed || h < n*leastFramed && w < wideScreen:
		places[focus] = place{0, 0, w, h, framed}
	case w >= wideScreen:
		x := 0
		for i, pw := range divide(w, weights) {
			places[i] = place{x, 0, pw, h, true}
			x += pw
		}
	default:
		y := 0
		for i, ph := range divide(h, weights) {
			places[i] = place{0, y, w, ph, true}
			y += ph
		}
	}
	return foot, places
}

// divide splits n by weight, giving each part at least leastFramed.
func divide(n int, weights []int) []int {
	left, sum := n, 0
	for _, w := range weights {
		sum += w
	}
	parts := make([]int, len(weights))
	for i, w := range weights {
		after := (len(weights) - 1 - i) * leastFramed
		parts[i] = max(min(left*w/sum, left-after), leastFramed)
		left -= parts[i]
		sum -= w
	}
	return parts
}
