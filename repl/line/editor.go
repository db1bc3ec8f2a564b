// Package line is the editor of the text at a prompt: keys come in, and what is to be seen goes out as rows of text. An entry may have several
// lines, which are edited together and recalled as they were. It knows no terminal.
package line

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go3s/repl/complete"
)

// History is what was typed before, the oldest entry being 0.
type History interface {
	Len() int
	At(i int) string
	// Search is the last entry before number before that contains text, -1 if there is none.
	Search(text string, before int) int
}

// Options are what an Editor works with.
type Options struct {
	Prompt, More string // in front of the first line, and of the others; equally wide
	// Complete says what the text from an offset up to caret may become.
	Complete func(text string, caret int) (from int, found []complete.Candidate)
	// Whole reports whether the text is an entry; Enter begins a new line otherwise.
	Whole func(text string) bool
	// Typed, if set, is told the text whenever it has become another one.
	Typed   func(text string)
	History History
	Colours Colours
}

// Action is what the place where the editor is shown has to do after a key.
type Action uint8

// The actions.
const (
	Continue Action = iota
	Accept          // the text is the entry
	GiveUp          // the user gave the text up with Ctrl-C
	Leave           // Ctrl-D without a text
	Wipe            // clear the screen
)

// Editor holds one text that is being typed. It is used by one goroutine at a time.
type Editor struct {
	options Options
	text    string
	caret   int // byte offset

	cut    string // what was cut last
	undo   []state
	entry  int    // number of the history's entry that is shown; its length for the text at hand
	draft  string // the text at hand while an entry is shown
	menu   *menu
	search *search
	column int // where Up and Down want to be; -1: where the caret is
}

// state is what Undo goes back to.
type state struct {
	text  string
	caret int
}

// search is a search of the history under way.
type search struct {
	text  string
	entry int   // the match, -1 for none
	from  state // what was there before
}

// New returns an Editor without a text.
func New(o Options) *Editor {
	e := &Editor{options: o}
	e.Reset("")
	return e
}

// Paint gives the editor other colours.
func (e *Editor) Paint(c Colours) { e.options.Colours = c }

// Reset begins a new entry with a text.
func (e *Editor) Reset(text string) {
	*e = Editor{options: e.options, cut: e.cut, text: text, caret: len(text), entry: e.options.History.Len(), column: -1}
	if e.options.Typed != nil {
		e.options.Typed(text)
	}
}

// Text is the text as it stands.
func (e *Editor) Text() string { return e.text }

// Finish leaves a list or a search and goes behind the text, which is shown for the last time.
func (e *Editor) Finish() { e.menu, e.search, e.caret = nil, nil, len(e.text) }

// Key takes a key. With more, further keys are known to follow at once, as when text is pasted into a terminal that does not mark it.
func (e *Editor) Key(k Key, more bool) Action {
	before := e.text
	action := e.press(k, more)
	if e.options.Typed != nil && e.text != before {
		e.options.Typed(e.text)
	}
	return action
}

// press is Key.
func (e *Editor) press(k Key, more bool) Action {
	if e.search != nil {
		if done := e.searchKey(k); done {
			return Continue
		}
	}
	if k.Code == Tab && !(more && e.atLineStart()) {
		e.tab(1)
		return Continue
	}
	if k.Code == BackTab {
		e.tab(-1)
		return Continue
	}
	if e.menu != nil && e.menuKey(k) {
		return Continue
	}
	e.menu = nil
	if k.Code != Up && k.Code != Down {
		e.column = -1
	}
	switch k.Code {
	case Enter:
		return e.enter(more)
	case Interrupt:
		return GiveUp
	case EOF:
		if e.text == "" {
			return Leave
		}
		e.remove(e.caret, e.right())
	case Clear:
		return Wipe
	case Search:
		e.search = &search{entry: -1, from: state{e.text, e.caret}}
	default:
		if !e.move(k) {
			e.edit(k)
		}
	}
	return Continue
}

// enter accepts a text that is whole, and begins a new line in another.
func (e *Editor) enter(more bool) Action {
	if e.options.Whole(e.text) {
		e.caret = len(e.text)
		return Accept
	}
	e.newline(more)
	return Continue
}

// newline begins a new line with the indentation of the one before.
func (e *Editor) newline(more bool) {
	indent := ""
	if !more {
		line := e.text[e.lineStart():e.caret]
		indent = line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if trimmed := strings.TrimRight(line, " \t"); strings.HasSuffix(trimmed, "{") || strings.HasSuffix(trimmed, "(") {
			indent += "\t"
		}
	}
	e.insert("\n" + indent)
}

// edit takes a key that changes the text.
func (e *Editor) edit(k Key) {
	switch k.Code {
	case Rune:
		e.typed(k.Text)
	case Tab:
		e.insert("\t")
	case Newline:
		e.newline(false)
	case Paste:
		e.paste(k.Text)
	case Backspace:
		e.remove(e.left(), e.caret)
	case Delete:
		e.remove(e.caret, e.right())
	case CutEnd:
		end := e.lineEnd()
		if end == e.caret && end < len(e.text) {
			end++
		}
		e.take(e.caret, end)
	case CutStart:
		e.take(e.lineStart(), e.caret)
	case CutWord:
		e.take(e.wordLeft(), e.caret)
	case CutWordRight:
		e.take(e.caret, e.wordRight())
	case PutBack:
		e.insert(e.cut)
	case Undo:
		e.back()
	}
}

// typed inserts one rune. A closing brace that begins a line goes a step to the left.
func (e *Editor) typed(text string) {
	start := e.lineStart()
	if before := e.text[start:e.caret]; text == "}" && strings.HasSuffix(before, "\t") && strings.TrimLeft(before, "\t") == "" {
		e.remove(e.caret-1, e.caret)
	}
	e.insert(text)
}

// paste inserts text as it is; line ends behind it are left out, so that nothing happens before Enter is pressed.
func (e *Editor) paste(text string) { e.insert(strings.TrimRight(text, "\n")) }

// move takes a key that moves the caret, or goes through the history.
func (e *Editor) move(k Key) bool {
	switch k.Code {
	case Left:
		e.caret = e.left()
	case Right:
		e.caret = e.right()
	case WordLeft:
		e.caret = e.wordLeft()
	case WordRight:
		e.caret = e.wordRight()
	case Home:
		e.caret = e.lineStart()
	case End:
		e.caret = e.lineEnd()
	case Up:
		if !e.vertically(-1) {
			e.recall(e.entry - 1)
		}
	case Down:
		if !e.vertically(1) {
			e.recall(e.entry + 1)
		}
	case Previous:
		e.recall(e.entry - 1)
	case Next:
		e.recall(e.entry + 1)
	default:
		return false
	}
	return true
}

// vertically moves the caret a line up or down and reports whether there is one.
func (e *Editor) vertically(by int) bool {
	start, end := e.lineStart(), e.lineEnd()
	if by < 0 && start == 0 || by > 0 && end == len(e.text) {
		return false
	}
	if e.column < 0 {
		e.column = utf8.RuneCountInString(e.text[start:e.caret])
	}
	if by < 0 {
		e.caret = start - 1
		e.caret = e.lineStart()
	} else {
		e.caret = end + 1
	}
	for range e.column {
		if e.caret == e.lineEnd() {
			break
		}
		e.caret = e.right()
	}
	return true
}

// recall shows an entry of the history.
func (e *Editor) recall(entry int) {
	n := e.options.History.Len()
	if entry < 0 || entry > n {
		return
	}
	if e.entry == n {
		e.draft = e.text
	}
	e.entry = entry
	text := e.draft
	if entry < n {
		text = e.options.History.At(entry)
	}
	e.text, e.caret, e.undo = text, len(text), nil
}

// searchKey takes a key during a search of the history and reports whether that was all it means.
func (e *Editor) searchKey(k Key) bool {
	s := e.search
	switch k.Code {
	case Rune:
		s.text += k.Text
		e.find(e.options.History.Len())
	case Backspace:
		if s.text != "" {
			_, n := utf8.DecodeLastRuneInString(s.text)
			s.text = s.text[:len(s.text)-n]
		}
		e.find(e.options.History.Len())
	case Search:
		if s.entry >= 0 {
			e.find(s.entry)
		}
	case Interrupt, Escape:
		e.text, e.caret, e.search = s.from.text, s.from.caret, nil
	default:
		e.search = nil
		if s.entry >= 0 {
			e.entry = s.entry
		}
		return k.Code == None
	}
	return true
}

// find shows the last entry before another that has the text searched for in it.
func (e *Editor) find(before int) {
	s := e.search
	found := -1
	if s.text != "" {
		found = e.options.History.Search(s.text, before)
	}
	if found < 0 {
		if before == e.options.History.Len() {
			s.entry = -1
			e.text, e.caret = s.from.text, s.from.caret
		}
		return
	}
	s.entry = found
	e.text = e.options.History.At(found)
	e.caret = max(0, strings.Index(strings.ToLower(e.text), strings.ToLower(s.text)))
}

// insert puts text at the caret.
func (e *Editor) insert(text string) { e.replace(e.caret, e.caret, text) }

// remove takes a range out.
func (e *Editor) remove(start, end int) {
	if start < end {
		e.replace(start, end, "")
	}
}

// take takes a range out and keeps it for PutBack.
func (e *Editor) take(start, end int) {
	if start < end {
		e.cut = e.text[start:end]
		e.remove(start, end)
	}
}

// undoSteps is how many changes can be taken back.
const undoSteps = 200

// replace puts text in the place of a range, and the caret behind it.
func (e *Editor) replace(start, end int, text string) {
	e.undo = append(e.undo, state{e.text, e.caret})
	e.undo = e.undo[max(0, len(e.undo)-undoSteps):]
	e.text = e.text[:start] + text + e.text[end:]
	e.caret = start + len(text)
}

// back takes the last change back.
func (e *Editor) back() {
	if n := len(e.undo); n > 0 {
		e.text, e.caret = e.undo[n-1].text, e.undo[n-1].caret
		e.undo = e.undo[:n-1]
	}
}

func (e *Editor) left() int {
	_, n := utf8.DecodeLastRuneInString(e.text[:e.caret])
	return e.caret - n
}

func (e *Editor) right() int {
	_, n := utf8.DecodeRuneInString(e.text[e.caret:])
	return e.caret + n
}

func (e *Editor) lineStart() int { return strings.LastIndexByte(e.text[:e.caret], '\n') + 1 }

func (e *Editor) lineEnd() int {
	if i := strings.IndexByte(e.text[e.caret:], '\n'); i >= 0 {
		return e.caret + i
	}
	return len(e.text)
}

// atLineStart reports whether nothing but blanks stand before the caret in one of several lines.
func (e *Editor) atLineStart() bool {
	return strings.Trim(e.text[e.lineStart():e.caret], " \t") == "" && strings.Contains(e.text, "\n")
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func (e *Editor) wordLeft() int {
	at := len(strings.TrimRightFunc(e.text[:e.caret], func(r rune) bool { return !isWord(r) }))
	return len(strings.TrimRightFunc(e.text[:at], isWord))
}

func (e *Editor) wordRight() int {
	rest := strings.TrimLeftFunc(e.text[e.caret:], func(r rune) bool { return !isWord(r) })
	return len(e.text) - len(strings.TrimLeftFunc(rest, isWord))
}
