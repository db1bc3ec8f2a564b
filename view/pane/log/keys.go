package log

import (
	"maps"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/session/harmless"
	"go3s/view/pane"
)

// Keys are the pane's rows of the key table: those that mean something at present.
func (p *Pane) Keys() []pane.Key {
	switch p.mode {
	case filtering, searching:
		return []pane.Key{
			{Show: "enter", Does: "take it", Line: "enter takes"},
			{Show: "esc", Does: "as it was", Line: "esc back"},
		}
	case choosing:
		return choosingKeys.Rows()
	case detail:
		return detailKeys.Rows()
	}
	return keys.Rows()
}

var keys = pane.Keymap[*Pane]{
	pane.Bind("↑ ↓  j k", "select the line above, below; the log holds then", "↑↓ select", (*Pane).lineKey, "up", "down", "k", "j"),
	pane.Bind("pgup pgdn", "one page up, down", "", (*Pane).pageKey, "pgup", "pgdown", "ctrl+b", "ctrl+f"),
	pane.Bind("ctrl+u ctrl+d", "half a page up, down", "", (*Pane).halfKey, "ctrl+u", "ctrl+d"),
	pane.Bind("home g", "oldest line", "", (*Pane).oldestKey, "home", "g"),
	pane.Bind("end G f", "newest line, follow", "f follow", (*Pane).newestKey, "end", "G", "f"),
	pane.Bind("space", "hold where it is, follow", "space hold", (*Pane).toggleKey, " "),
	pane.Bind("enter", "all about the line: fields, types, times", "enter detail", (*Pane).openKey, "enter"),
	pane.Bind("/", "show only lines that a regular expression is found in", "/ filter", (*Pane).filterKey, "/"),
	pane.Bind("P", "show only lines of some probes", "P probes", (*Pane).probesKey, "P"),
	pane.Bind(`\`, "search for a regular expression", `\ search`, (*Pane).searchKey, `\`),
	pane.Bind("n N", "next older, newer line that was searched for", "", (*Pane).againKey, "n", "N"),
	pane.Bind("esc", "leave off searching, then filtering", "", (*Pane).plainKey, "esc"),
	pane.Bind("t", "times: of day, since the line above, since the start", "t time", (*Pane).clockKey, "t"),
	pane.Bind("L", "wrap long lines, cut them", "L wrap", (*Pane).wrapKey, "L"),
	pane.Bind("← →  h l", "scroll long lines sideways", "", (*Pane).sidewaysKey, "left", "right", "h", "l"),
	pane.Bind("x X", "clear: only lines from now on; all lines again", "x clear", (*Pane).clearKey, "x", "X"),
}

var detailKeys = pane.Keymap[*Pane]{
	pane.Bind("↑ ↓  j k", "the line above, below", "↑↓ line", (*Pane).lineKey, "up", "down", "k", "j"),
	pane.Bind("pgup pgdn", "scroll", "", (*Pane).rollKey, "pgup", "pgdown"),
	pane.Bind("n N", "next older, newer line that was searched for", "", (*Pane).againKey, "n", "N"),
	pane.Bind("enter esc", "back to the lines", "esc back", (*Pane).closeKey, "enter", "esc"),
}

var choosingKeys = pane.Keymap[*Pane]{
	pane.Bind("↑ ↓  j k", "select a probe", "↑↓ select", (*Pane).choiceKey, "up", "down", "k", "j"),
	pane.Bind("space", "show its lines, or not", "space choose", (*Pane).pickKey, " "),
	pane.Bind("o", "only its lines", "o only", (*Pane).onlyKey, "o"),
	pane.Bind("a", "the lines of all", "a all", (*Pane).allKey, "a"),
	pane.Bind("enter esc", "back to the lines", "enter done", (*Pane).closeKey, "enter", "esc", "P", "q", "ctrl+c"),
}

// press is what a key does.
func (p *Pane) press(msg tea.KeyMsg) tea.Cmd {
	p.note = ""
	var cmd tea.Cmd
	switch p.mode {
	case filtering, searching:
		return p.typed(msg)
	case choosing:
		cmd, _ = choosingKeys.Press(p, msg)
	case detail:
		cmd, _ = detailKeys.Press(p, msg)
	default:
		cmd, _ = keys.Press(p, msg)
	}
	return cmd
}

// typed is a key while a filter or what is searched for is typed. A filter is felt at once.
func (p *Pane) typed(msg tea.KeyMsg) tea.Cmd {
	switch msg.String() {
	case "esc", "ctrl+c":
		if p.mode == filtering {
			p.filter(p.before)
		}
		p.mode = reading
		return nil
	case "enter":
		return p.entered()
	}
	if p.field.Press(msg) && p.mode == filtering {
		p.refine()
	}
	return nil
}

// entered takes what was typed.
func (p *Pane) entered() tea.Cmd {
	if p.mode == filtering {
		p.mode = reading
		return nil
	}
	p.mode = reading
	if p.field.String() == "" {
		return p.seek(true, false)
	}
	re, err := compile(p.field.String())
	if err != nil {
		p.note = harmless.Text(err.Error())
		return nil
	}
	p.search.re = re
	return p.seek(true, true)
}

// refine filters by what has been typed so far. What is no regular expression yet leaves the filter as it is.
func (p *Pane) refine() {
	re, err := compile(p.field.String())
	if err != nil {
		p.note = harmless.Text(err.Error())
		return
	}
	p.filter(criteria{p.criteria().only, re})
}

// point is what the mouse does: a press selects a line, on the selected one it opens the detail; the wheel scrolls.
func (p *Pane) point(msg tea.MouseMsg) {
	const step = 3
	switch {
	case msg.Button == tea.MouseButtonWheelUp && p.mode == detail:
		p.scrolled -= step
	case msg.Button == tea.MouseButtonWheelDown && p.mode == detail:
		p.scrolled += step
	case msg.Button == tea.MouseButtonWheelUp:
		p.scroll(-step)
	case msg.Button == tea.MouseButtonWheelDown && p.held:
		p.scroll(step)
	case msg.Action != tea.MouseActionPress || msg.Button != tea.MouseButtonLeft || p.mode != reading:
	default:
		rows := p.visible()
		if msg.Y < 0 || msg.Y >= len(rows) {
			return
		}
		seq := rows[msg.Y].seq
		if p.held && p.cursor == seq {
			p.openKey("")
			return
		}
		p.hold()
		p.cursor = seq
	}
}

func (p *Pane) lineKey(key string) tea.Cmd {
	if key == "up" || key == "k" {
		p.move(-1)
	} else if p.move(1); !p.held {
		p.mode = reading
	}
	return nil
}

func (p *Pane) pageKey(key string) tea.Cmd {
	step := max(p.body()-1, 1)
	if key == "pgup" || key == "ctrl+b" {
		step = -step
	}
	p.scroll(step)
	return nil
}

func (p *Pane) halfKey(key string) tea.Cmd {
	step := max(p.body()/2, 1)
	if key == "ctrl+u" {
		step = -step
	}
	p.scroll(step)
	return nil
}

func (p *Pane) rollKey(key string) tea.Cmd {
	step := max(p.h-1, 1)
	if key == "pgup" {
		step = -step
	}
	p.scrolled = max(p.scrolled+step, 0)
	return nil
}

func (p *Pane) sidewaysKey(key string) tea.Cmd {
	const step = 8
	if key == "left" || key == "h" {
		p.left = max(p.left-step, 0)
	} else if !p.wrap && p.left+p.room() < p.widest() {
		p.left += step
	}
	return nil
}

func (p *Pane) oldestKey(string) tea.Cmd {
	if p.hold(); p.held {
		p.cursor = p.align(p.first)
		p.top = spot{seq: p.cursor}
	}
	return nil
}

func (p *Pane) newestKey(string) tea.Cmd {
	p.follow()
	p.left = 0
	return nil
}

func (p *Pane) toggleKey(string) tea.Cmd {
	if p.held {
		p.follow()
	} else {
		p.hold()
	}
	return nil
}

func (p *Pane) openKey(string) tea.Cmd {
	if p.hold(); p.held {
		p.mode, p.scrolled = detail, 0
	}
	return nil
}

func (p *Pane) closeKey(string) tea.Cmd {
	p.mode = reading
	return nil
}

func (p *Pane) filterKey(string) tea.Cmd {
	p.mode, p.before = filtering, p.criteria()
	p.field = pane.NewField(written(p.before.re))
	return nil
}

func (p *Pane) searchKey(string) tea.Cmd {
	p.mode, p.field = searching, pane.NewField("")
	return nil
}

// againKey goes to the next older match, or with N to the next newer one.
func (p *Pane) againKey(key string) tea.Cmd { return p.seek(key == "n", false) }

func (p *Pane) plainKey(string) tea.Cmd {
	switch {
	case p.search.re != nil:
		p.search.re, p.search.under = nil, false
		p.search.newest.Add(1)
	case p.sieve != nil:
		p.filter(criteria{})
	}
	return nil
}

func (p *Pane) clockKey(string) tea.Cmd {
	p.clock = (p.clock + 1) % clocks
	return nil
}

func (p *Pane) wrapKey(string) tea.Cmd {
	p.wrap, p.left = !p.wrap, 0
	if p.held {
		p.show(1)
	}
	return nil
}

// clearKey hides the lines that there are, or with X shows all that the session has.
func (p *Pane) clearKey(key string) tea.Cmd {
	p.follow()
	p.cleared = 0
	if key == "x" {
		p.cleared, p.first = p.next, p.next
		if p.sieve != nil {
			p.sieve.forget(p.next)
		}
		return nil
	}
	p.first = p.begin
	if p.sieve != nil {
		p.filter(p.sieve.criteria)
	}
	return nil
}

func (p *Pane) probesKey(string) tea.Cmd {
	p.mode = choosing
	return nil
}

func (p *Pane) choiceKey(key string) tea.Cmd {
	if key == "up" || key == "k" {
		p.choice = max(p.choice-1, 0)
	} else {
		p.choice = max(min(p.choice+1, len(p.probes)-1), 0)
	}
	return nil
}

// pickKey changes whether the lines of the selected probe are shown. When those of all are, probes to come are shown, too.
func (p *Pane) pickKey(string) tea.Cmd {
	if p.choice >= len(p.probes) {
		return nil
	}
	c, name := p.criteria(), p.probes[p.choice].name
	only := maps.Clone(c.only)
	if only == nil {
		only = map[string]bool{}
		for i := range p.probes {
			only[p.probes[i].name] = true
		}
	}
	if only[name] {
		delete(only, name)
	} else {
		only[name] = true
	}
	if len(only) == len(p.probes) {
		only = nil
	}
	p.filter(criteria{only, c.re})
	return nil
}

func (p *Pane) onlyKey(string) tea.Cmd {
	if p.choice < len(p.probes) {
		p.filter(criteria{map[string]bool{p.probes[p.choice].name: true}, p.criteria().re})
	}
	return nil
}

func (p *Pane) allKey(string) tea.Cmd {
	p.filter(criteria{re: p.criteria().re})
	return nil
}
