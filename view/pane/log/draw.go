package log

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"go3s/session/harmless"
	"go3s/session/record"
	"go3s/view/pane"
	"go3s/view/theme"
)

const (
	clockRoom  = 40 // the least width at which lines have their time
	originRoom = 24 // the least width at which lines have their probe
	originMax  = 20 // cells a probe's name may take
)

// clock is how the time of a line is shown.
type clock uint8

const (
	ofDay     clock = iota
	sinceLine       // after the line above
	sinceStart
	clocks
)

const timeOfDay = "15:04:05.000"

// time is a record's time, always as wide as timeOfDay. previous is the record above it, nil if it is not at hand.
func (p *Pane) time(r, previous *record.Record) string {
	switch {
	case p.clock == sinceStart && !p.since.IsZero():
		return seconds("", r.Time.Sub(p.since))
	case p.clock == sinceLine && previous == nil:
		return pane.Blank(len(timeOfDay))
	case p.clock == sinceLine:
		return seconds("+", r.Time.Sub(previous.Time))
	}
	return r.Time.Format(timeOfDay)
}

// seconds is a time of a few hours or less with a microsecond's precision, in as many cells as timeOfDay has. Records of two CPUs may come
// out of order by a little.
func seconds(sign string, d time.Duration) string {
	if d < 0 {
		sign, d = "-", -d
	}
	return pane.FitRight(fmt.Sprintf("%s%.6f", sign, d.Seconds()), len(timeOfDay))
}

// View is the rows on screen, the newest at the bottom, and below them what is typed.
func (p *Pane) View() string {
	if p.w <= 0 || p.h <= 0 {
		return ""
	}
	switch p.mode {
	case choosing:
		return p.list()
	case detail:
		return p.detail()
	}
	lines := p.lines()
	if p.mode == filtering || p.mode == searching {
		for len(lines) < p.body() {
			lines = append(lines, "")
		}
		label := " filter / "
		if p.mode == searching {
			label = ` search \ `
		}
		lines = append(lines, p.field.View(p.theme, label, p.w))
	}
	return strings.Join(lines, "\n")
}

// lines are the rows of the log.
func (p *Pane) lines() []string {
	rows := p.visible()
	if len(rows) == 0 {
		return p.nothing()
	}
	out := make([]string, len(rows))
	for i := 0; i < len(rows); {
		n := 1
		for i+n < len(rows) && rows[i+n].seq == rows[i].seq {
			n++
		}
		copy(out[i:], p.line(rows[i].seq)[rows[i].row:][:n])
		i += n
	}
	return out
}

// nothing is what stands where there are no lines.
func (p *Pane) nothing() []string {
	t, h := p.theme, p.body()
	if h <= 0 {
		return nil
	}
	var text []string
	switch {
	case p.sieve != nil && p.next > p.first:
		text = []string{t.Head.Text("no line passes the filter " + p.sieve.criteria.String()), t.Dim.Text("esc shows all lines")}
	case p.cleared > 0:
		text = []string{t.Head.Text("no lines since the log was cleared"), t.Dim.Text("X brings the others back")}
	default:
		text = []string{t.Head.Text("no log lines yet"), "", t.Dim.Text(`printf("%s %d\n", comm, pid) in a probe writes them`)}
	}
	return strings.Split(pane.Lines(p.w, h, text...), "\n")
}

// line is the rows of one record, as many as rows says.
func (p *Pane) line(seq uint64) []string {
	r := p.shelf[seq]
	if r == nil {
		if seq < p.first {
			return []string{p.theme.Dim.Text(pane.Fit(" · no longer kept", p.w))}
		}
		return []string{p.theme.Dim.Text(pane.Fit(" …", p.w))}
	}
	chosen := p.focus && p.held && seq == p.cursor
	ink := func(k theme.Ink) theme.Ink {
		if chosen {
			return p.theme.Choice
		}
		return k
	}
	head, used := p.head(r, seq, ink, chosen)
	s := text(r)
	marks := p.marks(s)
	if !p.wrap {
		v := window(s, p.left, p.room())
		return []string{head + p.inked(s, v, marks, ink(theme.Ink{}), used, chosen)}
	}
	var out []string
	starts := breaks(s, p.room())
	for i, from := range starts {
		v := cutting{from: from, to: len(s)}
		if i+1 < len(starts) {
			v.to = starts[i+1]
		}
		if i > 0 {
			head = ink(theme.Ink{}).Text(pane.Blank(used))
		}
		out = append(out, head+p.inked(s, v, marks, ink(theme.Ink{}), used, chosen))
	}
	return out
}

// head is what stands before the text of a record, and its width.
func (p *Pane) head(r *record.Record, seq uint64, ink func(theme.Ink) theme.Ink, chosen bool) (head string, width int) {
	t := p.theme
	mark := " "
	if chosen {
		mark = "▌"
	}
	head, width = ink(theme.Ink{}).Text(mark), 1
	if p.w >= clockRoom {
		var above *record.Record
		if older, ok := p.previous(seq); ok {
			above = p.shelf[older]
		}
		head += ink(t.Time).Text(p.time(r, above) + "  ")
		width += len(timeOfDay) + 2
	}
	if w := p.origin(); w > 0 {
		head += ink(t.Origin).Text(pane.Fit(p.meet(r.Probe).shown, w) + "  ")
		width += w + 2
	}
	return head, width
}

// inked is the part of s that v says, with the marks in it; the row of a selected line is filled up to its end.
func (p *Pane) inked(s string, v cutting, marks [][]int, ink theme.Ink, used int, fill bool) string {
	var b strings.Builder
	b.WriteString(ink.Text(v.pre))
	at := v.from
	for _, m := range marks {
		from, to := max(m[0], at), min(m[1], v.to)
		if from >= to {
			continue
		}
		b.WriteString(ink.Text(s[at:from]) + p.theme.Match.Text(s[from:to]))
		at = to
	}
	if at < v.to {
		b.WriteString(ink.Text(s[at:v.to]))
	}
	b.WriteString(ink.Text(v.post))
	if fill {
		b.WriteString(ink.Text(pane.Blank(p.w - used - ansi.StringWidth(v.pre+s[v.from:v.to]+v.post))))
	}
	return b.String()
}

// marks are the parts of a text that match what is searched for, or else what is filtered by, in order.
func (p *Pane) marks(s string) [][]int {
	var re *regexp.Regexp
	switch {
	case p.search.re != nil:
		re = p.search.re
	case p.sieve != nil:
		re = p.sieve.re
	}
	if re == nil {
		return nil
	}
	return re.FindAllStringIndex(s, -1)
}

// text is what the probe said, on one line.
func text(r *record.Record) string { return harmless.Text(strings.TrimSuffix(r.Text, "\n")) }

// origin is the width of the probes' names, 0 where they have no room.
func (p *Pane) origin() int {
	if p.w < originRoom {
		return 0
	}
	w := 0
	for i := range p.probes {
		w = max(w, p.probes[i].width)
	}
	return min(w, originMax, p.w/4)
}

// room is the width of the text.
func (p *Pane) room() int {
	w := p.w - 1
	if p.w >= clockRoom {
		w -= len(timeOfDay) + 2
	}
	if o := p.origin(); o > 0 {
		w -= o + 2
	}
	return w
}

// widest is the width of the longest text on screen.
func (p *Pane) widest() int {
	w := 0
	for _, s := range p.visible() {
		if r := p.shelf[s.seq]; r != nil {
			w = max(w, ansi.StringWidth(text(r)))
		}
	}
	return w
}

// cutting is a part of a text, with what stands for that which is left out.
type cutting struct {
	pre      string
	from, to int
	post     string
}

// window is the part of s from cell left on that fits w cells; an ellipsis stands where text is left out.
func window(s string, left, w int) (v cutting) {
	if w <= 0 {
		return v
	}
	if left > 0 && s != "" {
		v.pre = "…"
		w--
		var cells int
		v.from, cells = advance(s, 0, left+1)
		if v.from < len(s) && cells < left+1 { // half of a wide character is left out
			n, _ := advance(s, v.from, 2)
			v.from, v.pre, w = n, "… ", w-1
		}
	}
	if to, _ := advance(s, v.from, w); to == len(s) {
		v.to = to
		return v
	}
	to, cells := advance(s, v.from, w-1)
	v.to, v.post = to, "…"
	if w <= 0 {
		v.pre, v.post = "…", ""
	} else if cells < w-1 {
		v.post = "… "
	}
	return v
}

// breaks are where the rows begin that a text takes when it is wrapped to w cells; there is always one.
func breaks(s string, w int) []int {
	starts := []int{0}
	for at := 0; w > 0; {
		to, _ := advance(s, at, w)
		if to == at { // a wide character in a single cell
			to, _ = advance(s, at, w+1)
		}
		if to >= len(s) {
			break
		}
		starts = append(starts, to)
		at = to
	}
	return starts
}

// advance goes on from a byte of s by at most w cells, and says where that is and how many cells were passed.
func advance(s string, at, w int) (to, cells int) {
	for at < len(s) && cells < w {
		if s[at] < 0x80 && (at+1 == len(s) || s[at+1] < 0x80) { // no combining mark follows
			at, cells = at+1, cells+1
			continue
		}
		cluster, n := ansi.FirstGraphemeCluster(s[at:], ansi.GraphemeWidth)
		if cells+n > w {
			return at, cells
		}
		at, cells = at+len(cluster), cells+n
	}
	for at < len(s) { // what takes no cell belongs to what is before it
		cluster, n := ansi.FirstGraphemeCluster(s[at:], ansi.GraphemeWidth)
		if n > 0 {
			break
		}
		at += len(cluster)
	}
	return at, cells
}
