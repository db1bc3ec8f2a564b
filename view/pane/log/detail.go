package log

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"go3s/session/harmless"
	"go3s/session/record"
	"go3s/view/pane"
)

// detail is all that there is to say of the selected record.
func (p *Pane) detail() string {
	lines := p.about()
	p.scrolled = max(min(p.scrolled, len(lines)-p.h), 0)
	lines = lines[p.scrolled:]
	return strings.Join(lines[:min(len(lines), p.h)], "\n")
}

// about is the lines of the detail.
func (p *Pane) about() []string {
	r := p.shelf[p.cursor]
	if r == nil {
		return []string{p.theme.Dim.Text(pane.Fit(" … the line is no longer kept", p.w))}
	}
	var out []string
	say := func(name, value string) {
		for i, l := range p.wrapped(value, max(p.w-aside, 1)) {
			if i > 0 {
				name = ""
			}
			out = append(out, ansi.Truncate(" "+p.theme.Head.Text(pane.Fit(name, aside-1))+l, p.w, "…"))
		}
	}
	say("line", fmt.Sprintf("%s of %s to %s", pane.Count(p.cursor), pane.Count(p.first), pane.Count(max(p.next, 1)-1)))
	who := p.meet(r.Probe)
	say("probe", who.shown)
	if who.hook != "" {
		say("hook", harmless.Text(who.hook))
	}
	say("cpu", fmt.Sprint(r.CPU))
	say("time", r.Time.Format("2006-01-02 15:04:05.000000000 -07:00"))
	if above := p.shelf[max(p.cursor, 1)-1]; above != nil && p.cursor > 0 {
		say("", signed(r.Time.Sub(above.Time))+" after the line before it")
	}
	if !p.since.IsZero() {
		say("", signed(r.Time.Sub(p.since))+" after the session began")
	}
	say("text", text(r))
	out = append(out, p.fields(r)...)
	return out
}

// aside is the width of what stands left in the detail.
const aside = 9

func signed(d time.Duration) string {
	if d < 0 {
		return d.String()
	}
	return "+" + d.String()
}

// fields are the values that a record was made of: names, types, and numbers in hexadecimal too.
func (p *Pane) fields(r *record.Record) []string {
	if r.Schema == nil || len(r.Args) == 0 {
		return nil
	}
	type row struct{ name, kind, value string }
	var rows []row
	name, kind := 0, 0
	for i, f := range r.Schema.Fields {
		if i >= len(r.Args) {
			break
		}
		n := harmless.Text(f.Name)
		if n == "" {
			n = fmt.Sprintf("#%d", i+1)
		}
		rows = append(rows, row{n, harmless.Text(f.Type.Name), value(r.Args[i])})
		name, kind = max(name, ansi.StringWidth(n)), max(kind, ansi.StringWidth(rows[i].kind))
	}
	name, kind = min(name, max(p.w/4, 1)), min(kind, max(p.w/4, 1))
	var out []string
	room := max(p.w-aside-name-kind-4, 1)
	for i, f := range rows {
		label := ""
		if i == 0 {
			label = "fields"
		}
		head := " " + p.theme.Head.Text(pane.Fit(label, aside-1)) + pane.Fit(f.name, name) + "  " + p.theme.Origin.Text(pane.Fit(f.kind, kind)) + "  "
		for _, l := range p.wrapped(f.value, room) {
			out = append(out, ansi.Truncate(head+l, p.w, "…"))
			head = pane.Blank(aside + name + kind + 4)
		}
	}
	return out
}

// value is an argument as text; whole numbers from ten on have their hexadecimal form beside them.
func value(v any) string {
	s := pane.Value(v)
	switch n := v.(type) {
	case uint64:
		if n > 9 {
			s += fmt.Sprintf("  %#x", n)
		}
	case int64:
		if n > 9 || n < -9 {
			s += fmt.Sprintf("  %#x", uint64(n))
		}
	case string:
		s = fmt.Sprintf("%s  %s", s, pane.Plural(uint64(len(n)), "byte"))
	}
	return s
}

// wrapped is text in lines of at most w cells.
func (p *Pane) wrapped(s string, w int) []string {
	starts := breaks(s, w)
	out := make([]string, len(starts))
	for i, from := range starts {
		to := len(s)
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		out[i] = s[from:to]
	}
	return out
}

// list is the probes, of which some are chosen to be shown.
func (p *Pane) list() string {
	only := p.criteria().only
	lines := []string{p.theme.Head.Text(pane.Fit(" show lines of", p.w))}
	room := p.h - 1
	top := max(min(p.choice-room/2, len(p.probes)-room), 0)
	for i := top; i < len(p.probes) && len(lines) < p.h; i++ {
		box := "[x]"
		if only != nil && !only[p.probes[i].name] {
			box = "[ ]"
		}
		line := fmt.Sprintf(" %s %s", box, p.probes[i].shown)
		if p.probes[i].hook != "" && p.w >= 2*originMax+8 {
			line = fmt.Sprintf(" %s %s  %s", box, pane.Fit(p.probes[i].shown, originMax), harmless.Text(p.probes[i].hook))
		}
		line = pane.Fit(line, p.w)
		if i == p.choice {
			line = p.theme.Choice.Text(pane.Fit("▌"+strings.TrimPrefix(line, " "), p.w))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
