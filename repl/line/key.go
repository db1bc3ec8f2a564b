package line

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Code is what a key does.
type Code uint8

// The keys. Rune and Paste carry text.
const (
	None Code = iota
	Rune
	Paste
	Enter
	Newline // a new line whatever the text is: Alt-Enter
	Tab
	BackTab
	Escape
	Backspace
	Delete
	Left
	Right
	Up
	Down
	Home
	End
	WordLeft
	WordRight
	CutEnd
	CutStart
	CutWord
	CutWordRight
	PutBack
	Undo
	Interrupt // Ctrl-C
	EOF       // Ctrl-D
	Clear     // Ctrl-L
	Search    // Ctrl-R
	Previous  // Ctrl-P
	Next      // Ctrl-N
)

// Key is one press of a key, or one paste.
type Key struct {
	Code Code
	Text string
}

// controls are the keys that are one byte below the blank, and the one at the end of ASCII.
var controls = map[byte]Code{
	0x01: Home, 0x02: Left, 0x03: Interrupt, 0x04: EOF, 0x05: End, 0x06: Right, 0x07: Escape, 0x08: Backspace, '\t': Tab, '\n': Enter, '\r': Enter,
	0x0b: CutEnd, 0x0c: Clear, 0x0e: Next, 0x10: Previous, 0x12: Search, 0x15: CutStart, 0x17: CutWord, 0x19: PutBack, 0x1f: Undo, 0x7f: Backspace,
}

// sequences are the keys that are an escape and more.
var sequences = map[string]Code{
	"[A": Up, "[B": Down, "[C": Right, "[D": Left, "[H": Home, "[F": End, "OA": Up, "OB": Down, "OC": Right, "OD": Left, "OH": Home, "OF": End,
	"[1~": Home, "[7~": Home, "[4~": End, "[8~": End, "[3~": Delete, "[Z": BackTab, "[1;5C": WordRight, "[1;5D": WordLeft, "[1;3C": WordRight, "[1;3D": WordLeft,
	"b": WordLeft, "f": WordRight, "d": CutWordRight, "\x7f": CutWord, "\r": Newline, "\n": Newline, "[5C": WordRight, "[5D": WordLeft,
}

const pasteStart, pasteEnd = "\x1b[200~", "\x1b[201~"

// Decoder makes keys of the bytes that a terminal sends, as a VT100 and its kin spell them. The zero Decoder is ready.
type Decoder struct {
	left    string // bytes that are no key yet
	pasting bool
}

// Feed takes bytes and returns the keys that they complete.
func (d *Decoder) Feed(b []byte) []Key {
	d.left += string(b)
	var keys []Key
	for d.left != "" {
		k, n := d.next()
		if n == 0 {
			break
		}
		d.left = d.left[n:]
		if k.Code != None {
			keys = append(keys, k)
		}
	}
	return keys
}

// Waiting reports whether what was fed ends in an escape that is a key of its own unless more follows soon.
func (d *Decoder) Waiting() bool { return !d.pasting && strings.HasPrefix(d.left, "\x1b") }

// Flush gives up waiting: the escape was a key.
func (d *Decoder) Flush() []Key {
	if !d.Waiting() {
		return nil
	}
	rest := d.left[1:]
	d.left = ""
	return append([]Key{{Code: Escape}}, d.Feed([]byte(rest))...)
}

// next is the key at the beginning of what is left, and its length; 0 if that is not all there yet.
func (d *Decoder) next() (Key, int) {
	if strings.HasPrefix(d.left, pasteStart) {
		d.pasting = true
		end := strings.Index(d.left, pasteEnd)
		if end < 0 {
			return Key{}, 0
		}
		d.pasting = false
		return Key{Paste, plain(d.left[len(pasteStart):end])}, end + len(pasteEnd)
	}
	if d.left[0] == 0x1b {
		return d.sequence()
	}
	if code, ok := controls[d.left[0]]; ok {
		return Key{Code: code}, 1
	}
	if !utf8.FullRuneInString(d.left) {
		return Key{}, 0
	}
	r, n := utf8.DecodeRuneInString(d.left)
	if !unicode.IsPrint(r) || r == utf8.RuneError {
		return Key{}, n
	}
	return Key{Rune, string(r)}, n
}

// sequence is the key of an escape sequence.
func (d *Decoder) sequence() (Key, int) {
	s := d.left[1:]
	switch {
	case s == "":
		return Key{}, 0
	case s[0] == '[' || s[0] == 'O':
		end := 1
		for end < len(s) && s[end] >= 0x20 && s[end] < 0x40 {
			end++
		}
		if end == len(s) {
			return Key{}, 0
		}
		return Key{Code: sequences[s[:end+1]]}, end + 2
	case s[0] == 0x1b:
		return Key{Code: Escape}, 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return Key{Code: sequences[s[:n]]}, 1 + n
}

// plain is pasted text with the line ends of Unix and without what can't be typed.
func plain(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) && r != utf8.RuneError {
			return r
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return -1
	}, text)
}
