package line

import (
	"fmt"
	"strings"

	"go3s/incremental/source"
	"go3s/repl/complete"
)

// menuRows is the most rows that a list of candidates takes.
const menuRows = 10

// menu is a list of candidates that is shown below the text.
type menu struct {
	found  []complete.Candidate
	chosen int // -1: none yet
	from   int
	was    string // what stands from there on without a choice
	length int    // of what stands there now
}

// tab completes the word before the caret as far as all candidates agree, and lists them where there are several. Pressed again it
// goes through the list.
func (e *Editor) tab(by int) {
	if e.menu != nil {
		e.choose(by)
		return
	}
	from, found := e.options.Complete(e.text, e.caret)
	if len(found) == 0 {
		if e.atLineStart() {
			e.insert("\t")
		}
		return
	}
	word := e.text[from:e.caret]
	if len(found) == 1 {
		e.accept(from, found[0])
		return
	}
	if longer := complete.Extend(word, found); longer != word {
		e.replace(from, e.caret, longer)
		word = longer
		// What is agreed on may be a name itself that is meant; the list says what else there is.
	}
	e.menu = &menu{found: found, chosen: -1, from: from, was: word, length: len(word)}
}

// accept writes the only candidate, and what has to follow it.
func (e *Editor) accept(from int, c complete.Candidate) {
	text := c.Text
	rest := e.text[e.caret:]
	// In the middle of a word its end may stand there already.
	for n := min(len(text), len(rest)); n > 0; n-- {
		if strings.HasSuffix(text, rest[:n]) && isWordText(rest[:n]) {
			e.caret += n
			rest = rest[n:]
			break
		}
	}
	then := c.Then
	if then != "" && strings.HasPrefix(rest, then[:1]) || then == " " && strings.HasPrefix(rest, "\n") {
		then = ""
	}
	if from+len(text) == e.caret && e.text[from:e.caret] == text && then == "" {
		return
	}
	e.replace(from, e.caret, text+then)
}

func isWordText(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !isWord(r) }) < 0
}

// choose puts the next candidate in its place, or the one before.
func (e *Editor) choose(by int) {
	m := e.menu
	n := len(m.found) + 1 // no choice is one as well
	m.chosen = (m.chosen+1+by+n)%n - 1
	text := m.was
	if m.chosen >= 0 {
		text = m.found[m.chosen].Text
	}
	e.replace(m.from, m.from+m.length, text)
	m.length = len(text)
}

// menuKey takes a key while a list is shown and reports whether that was all it means: Enter takes what was chosen, Escape leaves it, the
// arrows go through the list.
func (e *Editor) menuKey(k Key) bool {
	m := e.menu
	switch {
	case k.Code == Down, k.Code == Up && m.chosen >= 0:
		e.choose(map[Code]int{Down: 1, Up: -1}[k.Code])
	case k.Code == Enter && m.chosen >= 0:
		e.menu = nil
		e.accept(m.from, m.found[m.chosen])
	case k.Code == Escape:
		e.menu = nil
		e.replace(m.from, m.from+m.length, m.was)
	default:
		return false
	}
	return true
}

// rows are the lines of the list.
func (m *menu) rows(width, limit int, c Colours) []string {
	limit = min(limit, menuRows)
	if limit < 2 {
		return nil
	}
	if untyped(m.found) {
		return m.columns(width, limit, c)
	}
	first := 0
	shown := min(len(m.found), limit)
	if shown < len(m.found) {
		shown--
		first = min(max(0, m.chosen-shown+1), len(m.found)-shown)
	}
	list := m.found[first : first+shown]
	names, labels := 0, 0
	for _, f := range list {
		if f.Type != "" && !strings.HasPrefix(f.Type, "(") {
			names = max(names, min(source.Width(f.Text), width/3))
		}
	}
	for _, f := range list {
		labels = max(labels, source.Width(f.Text+afterName(f, names)))
	}
	var rows []string
	for i, f := range list {
		name := cutTo(f.Text, width-3)
		rest := afterName(f, names)
		if f.Doc != "" {
			rest += strings.Repeat(" ", max(0, labels-source.Width(name+rest))+2) + f.Doc
		}
		rest = cutTo(rest, width-2-source.Width(name))
		if first+i == m.chosen {
			rows = append(rows, chosenMark+c.Chosen.Text(name+rest))
			continue
		}
		rows = append(rows, " "+name+c.Dim.Text(rest))
	}
	return more(rows, len(m.found)-first-shown, c)
}

// chosenMark stands before the candidate that is chosen, for those without colours.
const chosenMark = "›"

// afterName is the type of a candidate as it stands behind its name, which takes so many columns.
func afterName(c complete.Candidate, width int) string {
	if c.Type == "" || strings.HasPrefix(c.Type, "(") {
		return c.Type
	}
	return strings.Repeat(" ", max(0, width-source.Width(c.Text))+1) + c.Type
}

func more(rows []string, left int, c Colours) []string {
	if left > 0 {
		rows = append(rows, c.Dim.Text(fmt.Sprintf(" … %d more", left)))
	}
	return rows
}

// untyped reports whether nothing is known of the candidates but their texts.
func untyped(found []complete.Candidate) bool {
	for _, f := range found {
		if f.Type != "" || f.Doc != "" {
			return false
		}
	}
	return true
}

// columns are the candidates side by side.
func (m *menu) columns(width, limit int, c Colours) []string {
	widest := 0
	for _, f := range m.found {
		widest = max(widest, source.Width(f.Text))
	}
	across := max(1, (width-1)/(widest+2))
	fit := across * limit
	first := 0
	if fit < len(m.found) {
		fit -= across
		first = max(0, m.chosen-fit+1)
		first = (first + across - 1) / across * across
	}
	shown := m.found[first:min(len(m.found), first+fit)]
	var rows []string
	for len(shown) > 0 {
		var b strings.Builder
		for i, f := range shown[:min(across, len(shown))] {
			text := cutTo(f.Text, width-2)
			cell := " " + text
			if first+len(rows)*across+i == m.chosen {
				cell = chosenMark + c.Chosen.Text(text)
			}
			b.WriteString(cell)
			if i < across-1 {
				b.WriteString(strings.Repeat(" ", max(0, widest-source.Width(text)+1)))
			}
		}
		rows = append(rows, strings.TrimRight(b.String(), " "))
		shown = shown[min(across, len(shown)):]
	}
	return more(rows, len(m.found)-first-min(fit, len(m.found)-first), c)
}

// cutTo is text in at most width columns.
func cutTo(text string, width int) string {
	if source.Width(text) <= width {
		return text
	}
	out, at := "", 0
	for _, r := range text {
		w := source.Width(string(r))
		if at += w; at > width-1 {
			break
		}
		out += string(r)
	}
	return out + "…"
}
