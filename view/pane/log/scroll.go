package log

import (
	"slices"
	"sort"
)

// spot is a row of text: row row of those that record seq takes.
type spot struct {
	seq uint64
	row int
}

func (a spot) before(b spot) bool { return a.seq < b.seq || a.seq == b.seq && a.row < b.row }

// The pane's lines are the records that pass the filter, all without one. They are named by their sequence numbers.

// count is the number of lines.
func (p *Pane) count() uint64 {
	if p.sieve != nil {
		return uint64(len(p.sieve.hits))
	}
	return p.next - p.first
}

// behind is the number of lines after seq.
func (p *Pane) behind(seq uint64) uint64 {
	if p.sieve != nil {
		return uint64(len(p.sieve.hits) - p.sieve.index(seq+1))
	}
	return p.next - min(max(seq+1, p.first), p.next)
}

// previous is the line before seq.
func (p *Pane) previous(seq uint64) (uint64, bool) {
	if p.sieve != nil {
		i := p.sieve.index(seq)
		if i == 0 {
			return 0, false
		}
		return p.sieve.hits[i-1], true
	}
	if seq == 0 || seq <= p.first && !p.shelf.has(seq-1) || seq <= p.cleared {
		return 0, false
	}
	return min(seq, p.next) - 1, true
}

// following is the line after seq.
func (p *Pane) following(seq uint64) (uint64, bool) {
	if p.sieve != nil {
		i := p.sieve.index(seq + 1)
		if i == len(p.sieve.hits) {
			return 0, false
		}
		return p.sieve.hits[i], true
	}
	if seq+1 >= p.next {
		return 0, false
	}
	if seq+1 < p.first && !p.shelf.has(seq+1) {
		return p.first, p.first < p.next
	}
	return seq + 1, true
}

// align is the line that stands at seq, or the first after it, or the last of all.
func (p *Pane) align(seq uint64) uint64 {
	if p.sieve == nil {
		return min(seq, max(p.next, 1)-1)
	}
	if i := p.sieve.index(seq); i < len(p.sieve.hits) {
		return p.sieve.hits[i]
	}
	last, _ := p.previous(p.next)
	return last
}

// body is the number of rows that lines have on the screen.
func (p *Pane) body() int {
	if p.mode == filtering || p.mode == searching {
		return max(p.h-1, 0)
	}
	return max(p.h, 0)
}

// rows is the number of rows that a line takes.
func (p *Pane) rows(seq uint64) int {
	if !p.wrap || !p.shelf.has(seq) {
		return 1
	}
	return len(breaks(text(p.shelf[seq]), p.room()))
}

// up is the spot n rows above s, or the first there is.
func (p *Pane) up(s spot, n int) spot {
	for n > 0 {
		if s.row > 0 {
			d := min(s.row, n)
			s.row, n = s.row-d, n-d
			continue
		}
		seq, ok := p.previous(s.seq)
		if !ok {
			break
		}
		s, n = spot{seq, p.rows(seq) - 1}, n-1
	}
	return s
}

// down is the spot n rows below s, or the last there is; ok reports that there were so many.
func (p *Pane) down(s spot, n int) (to spot, ok bool) {
	for n > 0 {
		if left := p.rows(s.seq) - 1 - s.row; left > 0 {
			d := min(left, n)
			s.row, n = s.row+d, n-d
			continue
		}
		seq, ok := p.following(s.seq)
		if !ok {
			return s, false
		}
		s, n = spot{seq, 0}, n-1
	}
	return s, true
}

// bottom is where the last screenful starts.
func (p *Pane) bottom() spot {
	last, ok := p.previous(p.next)
	if !ok {
		return spot{seq: p.next}
	}
	return p.up(spot{last, p.rows(last) - 1}, p.body()-1)
}

// start is the first row shown.
func (p *Pane) start() spot {
	bottom := p.bottom()
	if !p.held {
		return bottom
	}
	s := p.top
	if seq := p.align(s.seq); seq != s.seq {
		s = spot{seq: seq}
	}
	s.row = min(s.row, p.rows(s.seq)-1)
	if bottom.before(s) {
		return bottom
	}
	return s
}

// visible are the rows shown, from the top.
func (p *Pane) visible() []spot {
	n := p.body()
	if p.count() == 0 || n <= 0 {
		return nil
	}
	s := p.start()
	if s.seq >= p.next {
		return nil
	}
	rows := make([]spot, 0, n)
	for ok := true; ok && len(rows) < n; s, ok = p.down(s, 1) {
		rows = append(rows, s)
	}
	return rows
}

// near are the lines on the screen and as many as n before and n after them, in order.
func (p *Pane) near(n int) []uint64 {
	var seqs []uint64
	for _, s := range p.visible() {
		if len(seqs) == 0 || seqs[len(seqs)-1] != s.seq {
			seqs = append(seqs, s.seq)
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	seq, ok := seqs[len(seqs)-1], true
	for range n {
		if seq, ok = p.following(seq); !ok {
			break
		}
		seqs = append(seqs, seq)
	}
	seq = seqs[0]
	var older []uint64
	for range n {
		if seq, ok = p.previous(seq); !ok {
			break
		}
		older = append(older, seq)
	}
	slices.Reverse(older)
	return append(older, seqs...)
}

// hold makes the pane stand still where it is, with the last line selected.
func (p *Pane) hold() {
	if p.held || p.count() == 0 {
		return
	}
	top := p.start()
	p.cursor, _ = p.previous(p.next)
	p.held, p.top = true, top
}

func (p *Pane) follow() { p.held = false }

// scroll moves the rows by n, down when positive, and holds; where the newest line comes into sight it follows again. The selected line
// stays on the screen.
func (p *Pane) scroll(n int) {
	p.hold()
	if !p.held {
		return
	}
	top := p.start()
	if n < 0 {
		top = p.up(top, -n)
	} else {
		top, _ = p.down(top, n)
		if bottom := p.bottom(); !top.before(bottom) {
			p.follow()
			return
		}
	}
	p.top = top
	if rows := p.visible(); len(rows) > 0 {
		p.cursor = min(max(p.cursor, rows[0].seq), rows[len(rows)-1].seq)
	}
}

// move selects the line n lines below the selected one, above when negative. Below the newest line the pane follows.
func (p *Pane) move(n int) {
	if !p.held {
		if n > 0 {
			return
		}
		p.hold()
		if !p.held {
			return
		}
	}
	for ; n < 0; n++ {
		seq, ok := p.previous(p.cursor)
		if !ok {
			break
		}
		p.cursor = seq
	}
	for ; n > 0; n-- {
		seq, ok := p.following(p.cursor)
		if !ok {
			p.follow()
			return
		}
		p.cursor = seq
	}
	p.show(1)
}

// choose selects a line and brings it to the middle of the screen, unless it is on it.
func (p *Pane) choose(seq uint64) {
	p.hold()
	p.held, p.cursor = true, seq
	p.show(max(p.body()/2, 1))
}

// show brings the selected line into sight: margin rows from the edge that it is beyond.
func (p *Pane) show(margin int) {
	p.cursor = p.align(p.cursor)
	rows := p.visible()
	if len(rows) == 0 {
		return
	}
	p.top = rows[0]
	begin, end := spot{seq: p.cursor}, spot{p.cursor, p.rows(p.cursor) - 1}
	switch last := rows[len(rows)-1]; {
	case begin.before(rows[0]):
		p.top = p.up(begin, margin-1)
	case last.before(end):
		p.top = p.up(end, max(p.body()-margin, 0))
		if begin.before(p.top) {
			p.top = begin
		}
	}
}

// index is the place in sorted numbers at which n is, or would be.
func index(sorted []uint64, n uint64) int {
	return sort.Search(len(sorted), func(i int) bool { return sorted[i] >= n })
}
