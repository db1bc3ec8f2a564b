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
		b.WriteString(p.text(seq))
	}
	return b.String()
}

// text is one line of the log.
func (p *Pane) text(seq uint64) string {
	t := p.theme
	if !p.page.has(seq) {
		if seq < p.first {
			return t.Dim.Text(pane.Fit(" · no longer kept", p.w))
		}
		return t.Dim.Text(pane.Fit(" …", p.w))
	}
	r := p.page.get(seq)
	room := p.w
	var b strings.Builder
	put := func(s string, w int) {
		b.WriteString(s)
		room -= w
	}
	put(" ", 1)
	if p.w >= clockRoom {
		put(t.Time.Text(r.Time.Format(clock)), len(clock))
		put("  ", 2)
	}
	if p.w >= originRoom {
		w := min(p.names, originMax, p.w/4)
		put(t.Origin.Text(pane.Fit(session.Escape(r.Probe), w)), w)
		put("  ", 2)
	}
	b.WriteString(cut(session.Escape(strings.TrimSuffix(r.Text, "\n")), p.left, room))
	return b.String()
}

// cut is the part of s from cell left on that fits w cells; an ellipsis stands where text is left out.
func cut(s string, left, w int) string {
	if left > 0 {
		s = ansi.TruncateLeft(s, left, "…")
	}
	return ansi.Truncate(s, max(w, 0), "…")
}
