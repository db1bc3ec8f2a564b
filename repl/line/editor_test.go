package line

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go3s/incremental/source"
	"go3s/repl/complete"
)

func TestKeysAreReadAsTerminalsSendThem(t *testing.T) {
	for _, c := range []struct {
		sent []string // in pieces
		want []Key
	}{
		{[]string{"ab"}, []Key{{Rune, "a"}, {Rune, "b"}}},
		{[]string{"\xc3", "\xa9\xff"}, []Key{{Rune, "é"}}},
		{[]string{"\x1b", "[", "A", "\x1b[1;5C\x1bOH"}, []Key{{Code: Up}, {Code: WordRight}, {Code: Home}}},
		{[]string{"\x1b[99;99R\x1b[?1x"}, nil},
		{[]string{"\x1b\x1b[A"}, []Key{{Code: Escape}, {Code: Up}}},
		{[]string{"\x1b[200~a\r\nb\rc\n\x1b[1", ";5C\x01\td\x1b[20", "1~x"}, []Key{{Paste, "a\nb\nc\n[1;5C\td"}, {Rune, "x"}}},
		{[]string{"\r\n\t\x7f\x03\x04\x00\x1a"}, []Key{{Code: Enter}, {Code: Enter}, {Code: Tab}, {Code: Backspace}, {Code: Interrupt}, {Code: EOF}}},
	} {
		var d Decoder
		var got []Key
		for _, b := range c.sent {
			got = append(got, d.Feed([]byte(b))...)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q is read as %v, want %v", c.sent, got, c.want)
		}
	}
}

func TestAnEscapeIsAKeyWhenNothingFollows(t *testing.T) {
	var d Decoder
	if got := d.Feed([]byte("\x1b")); got != nil || !d.Waiting() {
		t.Fatalf("an escape is read as %v at once", got)
	}
	if got := d.Flush(); !slices.Equal(got, []Key{{Code: Escape}}) || d.Waiting() {
		t.Errorf("an escape is read as %v", got)
	}
}

// past is a history.
type past []string

func (p past) Len() int        { return len(p) }
func (p past) At(i int) string { return p[i] }
func (p past) Search(text string, before int) int {
	for i := min(before, len(p)) - 1; i >= 0; i-- {
		if strings.Contains(p[i], text) {
			return i
		}
	}
	return -1
}

func newEditor() *Editor {
	return New(Options{
		Prompt: "> ", More: ". ",
		Complete: func(text string, caret int) (int, []complete.Candidate) {
			from := caret
			for from > 0 && text[from-1] >= 'a' && text[from-1] <= 'z' {
				from--
			}
			if from == caret {
				return from, nil
			}
			var found []complete.Candidate
			for _, c := range []complete.Candidate{{Text: "printf", Type: "(f string)", Then: "("}, {Text: "print", Then: "("}, {Text: "pid", Type: "uint32"}, {Text: "open", Then: " "}} {
				if strings.HasPrefix(c.Text, text[from:caret]) {
					found = append(found, c)
				}
			}
			return from, found
		},
		Whole:   func(text string) bool { return strings.Count(text, "{") <= strings.Count(text, "}") },
		History: past{"first", "a {\n\tb\n}", "last"},
	})
}

// press hands keys to an editor as a terminal sends them, one after the other, and returns the text with its caret.
func press(e *Editor, keys ...string) string {
	var d Decoder
	for _, s := range keys {
		for _, k := range d.Feed([]byte(s)) {
			e.Key(k, false)
		}
	}
	return e.text[:e.caret] + "|" + e.text[e.caret:]
}

func TestTheEditorDoesWhatTheKeysSay(t *testing.T) {
	const left, right, up, down, tab = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B", "\t"
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"a", "{", "\r", "b", "\r", "}"}, "a{\n\tb\n}|"},
		{[]string{"o", tab}, "open |"},
		{[]string{"pen", left, left, left, "o", tab}, "open |"},
		{[]string{"en(", left, left, left, "op", tab}, "open |("},
		{[]string{"p", tab, tab}, "printf|"},
		{[]string{"p", tab, tab, tab, tab, tab}, "p|"},
		{[]string{"p", tab, "\x1b[Z"}, "pid|"},
		{[]string{"p", tab, tab, "\r", "x"}, "printf(x|"},
		{[]string{"pr", tab}, "print|"},
		{[]string{"x {", "\r", tab}, "x {\n\t\t|"},
		{[]string{up, up}, "a {\n\tb\n}|"},
		{[]string{up, up, up, right, down, "\x1b[D"}, "a {\n\tb\n|}"},
		{[]string{up, up, up, up, "\x1b[H", up}, "first|"},
		{[]string{"half", up, up, up, up, up, "\x0e", "\x0e", "\x0e"}, "half|"},
		{[]string{"half", "\x12", "b", "\x1b[C"}, "a {\n\tb|\n}"},
		{[]string{"half", "\x12", "b", "\x03"}, "half|"},
		{[]string{"half", "\x12", "bx"}, "half|"},
		{[]string{"one two", "\x17", "\x17", "\x19", "\x19"}, "one one |"},
		{[]string{"one two", "\x1bb", "\x0b", "\x01", "\x19"}, "two|one "},
		{[]string{"abc", "\x1f", "\x1f"}, "a|"},
		{[]string{"é日x", left, left, "\x7f"}, "|日x"},
		{[]string{"\x1b[200~a\n\n// b\nc {\n\x1b[201~"}, "a\n\n// b\nc {|"},
	} {
		if got := press(newEditor(), c.keys...); got != c.want {
			t.Errorf("%q make %q, want %q", c.keys, got, c.want)
		}
	}
}

func FuzzEditor(f *testing.F) {
	f.Add([]byte("pr\t\t\x1b[A\x12b\x1b[200~x\ny\x1b[201~\x17日本\r"), uint8(20), uint8(4))
	f.Fuzz(func(t *testing.T, keys []byte, width, height uint8) {
		e := newEditor()
		var d Decoder
		columns, rows := int(width)+20, int(height)+2
		for _, k := range append(d.Feed(keys), d.Flush()...) {
			e.Key(k, false)
			frame := e.Frame(columns, rows)
			if !utf8.ValidString(e.text) || frame.Row < 0 || frame.Row >= len(frame.Rows) || frame.Col > columns || len(frame.Rows) > rows {
				t.Fatalf("after %v: %q, %+v", k, e.text, frame)
			}
			for _, row := range frame.Rows {
				if source.Width(row) > columns {
					t.Fatalf("after %v the row %q is wider than %d", k, row, columns)
				}
			}
		}
	})
}

func ExampleEditor_Frame() {
	e := newEditor()
	press(e, "x {\rp\t\t")
	frame := e.Frame(40, 10)
	fmt.Println(strings.Join(frame.Rows, "\n"))
	fmt.Println(frame.Row, frame.Col)
	// Output:
	// > x {
	// .     printf
	// ›printf(f string)
	//  print
	//  pid uint32
	// 1 12
}
