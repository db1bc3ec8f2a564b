package histogram

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"go3s/output"
	"go3s/session/harmless"
	"go3s/view/pane"
	"go3s/view/sheet"
)

// Keys are the pane's rows of the key table.
func (p *Pane) Keys() []pane.Key {
	if p.filter != nil {
		return pane.FilterKeys
	}
	return keys.Rows()
}

var keys = pane.Keymap[*Pane]{
	pane.Bind("↑ ↓  j k", "select a key", "↑↓ key", (*Pane).move, "up", "down", "k", "j"),
	pane.Bind("pgup pgdn home end", "a page up, down; first, last", "", (*Pane).move, "pgup", "pgdown", "home", "g", "end", "G"),
	pane.Bind("d", "what came in the last second; all since the start", "d delta", (*Pane).toggleRecent, "d"),
	pane.Bind("h", "second by second; bars", "h heat", (*Pane).toggleHeat, "h"),
	pane.Bind("u", "the next unit: plain, count, bytes, time", "u unit", (*Pane).nextUnit, "u"),
	pane.Bind("s S", "sort keys by number, by key; other way round", "", (*Pane).sort, "s", "S"),
	pane.Bind("/", "only keys that have a text; esc shows all again", "/ filter", (*Pane).openFilter, "/"),
	pane.Bind("f", "freeze this map while all else goes on; thaw it", "f freeze", (*Pane).freeze, "f"),
	pane.Bind("x", "clear the map; asks once", "x clear", (*Pane).clear, "x"),
	pane.Bind("y", "copy the distribution to the clipboard", "y copy", (*Pane).yank, "y"),
	pane.Bind("[ ]", "previous, next map", "[ ] map", (*Pane).turn, "[", "]", "left", "right"),
	pane.Bind("", "", "", (*Pane).unfilter, "esc"),
}

// press is what a key does. What the last one came to is not shown any longer.
func (p *Pane) press(msg tea.KeyMsg) tea.Cmd {
	p.said, p.failed = "", false
	if p.filter != nil {
		text, open := p.filter.Filter(msg)
		if !open {
			p.filter = nil
		}
		if c := p.current(); c != nil {
			c.Filter(text)
		}
		return nil
	}
	if msg.String() != "x" {
		p.asked = ""
	}
	cmd, _ := keys.Press(p, msg)
	return cmd
}

func (p *Pane) move(key string) tea.Cmd {
	c := p.current()
	if c == nil {
		return nil
	}
	page := max(c.Cut.Height-1, 1)
	switch key {
	case "up", "k":
		c.Move(-1)
	case "down", "j":
		c.Move(1)
	case "pgup":
		c.Move(-page)
	case "pgdown":
		c.Move(page)
	case "end", "G":
		c.Move(c.Sheet.Count)
	default:
		c.Pin()
	}
	return nil
}

func (p *Pane) toggleRecent(string) tea.Cmd {
	p.recent, p.heat = !p.recent || p.heat, false
	return nil
}

func (p *Pane) toggleHeat(string) tea.Cmd {
	p.heat = !p.heat
	return nil
}

func (p *Pane) nextUnit(string) tea.Cmd {
	if c := p.current(); c != nil {
		c.unit, c.own = (c.unit+1)%output.Unit(len(output.Units())), true
		p.said = "unit: " + c.unit.String()
	}
	return nil
}

func (p *Pane) sort(key string) tea.Cmd {
	if c := p.current(); c != nil {
		by := c.Cut.By
		if key == "s" {
			if by++; by >= len(c.Sheet.Map.Columns) {
				by = sheet.ByTotal
			}
		}
		c.SortBy(by)
	}
	return nil
}

func (p *Pane) openFilter(string) tea.Cmd {
	if c := p.current(); c != nil && c.keyed() {
		f := pane.NewField(c.Cut.Filter)
		p.filter = &f
	}
	return nil
}

func (p *Pane) unfilter(string) tea.Cmd {
	if c := p.current(); c != nil {
		c.Filter("")
	}
	return nil
}

func (p *Pane) freeze(string) tea.Cmd {
	if c := p.current(); c != nil {
		c.Cut.Frozen = !c.Cut.Frozen
	}
	return nil
}

// clear asks, and clears when asked a second time.
func (p *Pane) clear(string) tea.Cmd {
	c := p.current()
	if c == nil {
		return nil
	}
	if p.asked != c.name {
		p.asked = c.name
		p.said, p.failed = "x again clears "+harmless.Text(c.name), true
		return nil
	}
	p.asked = ""
	line := ":clear " + c.name
	return func() tea.Msg { return pane.Do{Line: line} }
}

// yank copies what is shown, as text.
func (p *Pane) yank(string) tea.Cmd {
	c := p.current()
	if c == nil || c.Row(c.Sel) == nil {
		return nil
	}
	const width, most = 100, 1000
	text := harmless.Text(c.name)
	if c.keyed() {
		text += gap + sheet.KeyText(c.Row(c.Sel).Key)
	}
	for _, l := range p.picture(c, width, most) {
		text += "\n" + strings.TrimRight(ansi.Strip(l), " ")
	}
	return func() tea.Msg { return pane.Copy{Pane: room, Text: text + "\n", What: "the picture"} }
}

func (p *Pane) turn(key string) tea.Cmd {
	if n := len(p.maps); n > 0 {
		step := 1
		if key == "[" || key == "left" {
			step = n - 1
		}
		p.active = p.maps[(p.index()+step)%n].name
	}
	return nil
}

// point is the mouse: a press selects a key or a tab, and the wheel goes through the keys.
func (p *Pane) point(msg tea.MouseMsg) {
	c := p.current()
	switch {
	case c == nil:
	case msg.Button == tea.MouseButtonWheelUp:
		c.Move(-1)
	case msg.Button == tea.MouseButtonWheelDown:
		c.Move(1)
	case msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress:
	case p.top() > 0 && msg.Y == 0:
		x := 0
		for _, m := range p.maps {
			w := ansi.StringWidth(harmless.Text(m.name)) + len(" []")
			if msg.X >= x && msg.X < x+w {
				p.active = m.name
			}
			x += w
		}
	case p.listed(c) && msg.X < listMost:
		if i := c.Offset + msg.Y - p.top() - 1; msg.Y > p.top() && i < c.Sheet.Count {
			c.Choose(i)
		}
	}
}
