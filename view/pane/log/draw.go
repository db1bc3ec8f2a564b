package log

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"go3s/session"
	"go3s/view/pane"
)

const (
	clock      = "15:04:05.000"
	clockRoom  = 40 // the least width at which lines have their time
	originRoom = 24 // the least width at which lines have their probe
	originMax  = 20 // cells a probe's name may take
)

// View is the lines on screen, the newest at the bottom.
func (p *Pane) View() string {
	if p.w <= 0 || p.h <= 0 {
		return ""
	}
	if p.next == 0 {
		t := p.theme
		return pane.Lines(p.w, p.h, t.Head.Text("no log lines yet"), "", t.Dim.Text(`printf("%s %d\n", comm, pid) in a probe writes them`))
	}
	var b strings.Builder
	start := p.start()
	end := min(start+uint64(p.h), p.next)
	for seq := start; seq < end; seq++ {
		if seq > start {
			b.WriteByte('\n')
		}
		b.WriteString(p.line(seq))
	}
	return b.String()
}

// line is one line of the log.
func (p *Pane) line(seq uint64) string {
	t := p.theme
	if !p.page.has(seq) {
		if seq < p.first {
			return t.Dim.Text(pane.Fit(" · no longer kept", p.w))
		}
		return t.Dim.Text(pane.Fit(" …", p.w))
	}
	r := p.page.get(seq)
	var b strings.Builder
	b.WriteString(" ")
	if p.w >= clockRoom {
		b.WriteString(t.Time.Text(r.Time.Format(clock)) + "  ")
	}
	if w := p.origin(); w > 0 {
		b.WriteString(t.Origin.Text(pane.Fit(session.Escape(r.Probe), w)) + "  ")
	}
	b.WriteString(cut(text(r), p.left, p.room()))
	return b.String()
}

// text is what the probe said, on one line.
func text(r *session.Record) string { return session.Escape(strings.TrimSuffix(r.Text, "\n")) }

// origin is the width of the probes' names, 0 where they have no room.
func (p *Pane) origin() int {
	if p.w < originRoom {
		return 0
	}
	return min(p.names, originMax, p.w/4)
}

// room is the width of the text.
func (p *Pane) room() int {
	w := p.w - 1
	if p.w >= clockRoom {
		w -= len(clock) + 2
	}
	if o := p.origin(); o > 0 {
		w -= o + 2
	}
	return w
}

// widest is the width of the longest text on screen.
func (p *Pane) widest() int {
	w := 0
	start := p.start()
	for seq := start; seq < min(start+uint64(max(p.h, 0)), p.next); seq++ {
		if p.page.has(seq) {
			w = max(w, ansi.StringWidth(text(p.page.get(seq))))
		}
	}
	return w
}

// cut is the part of s from cell left on that fits w cells; an ellipsis stands where text is left out.
func cut(s string, left, w int) string {
	if left > 0 {
		s = ansi.TruncateLeft(s, left+1, "…")
	}
	return ansi.Truncate(s, max(w, 0), "…")
}
