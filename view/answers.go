package view

import (
	"bytes"
	"os"
	"regexp"
)

// keyboard is a terminal that was asked something and has not answered all of it in time, as over a slow network. What it answers later is
// no keys, and is left out.
type keyboard struct {
	*os.File
	awaited []answer
	held    []byte // the beginning of what may be an answer
	escaped bool   // the last byte was ESC: it has been passed on, because it may be the key
}

// answer is what a terminal says once: it is found whole, or its beginning is at the end of what has come so far.
type answer struct{ whole, begun *regexp.Regexp }

// The answers to what ask asks.
var (
	background = answer{regexp.MustCompile(`\x1b\]11;[^\x07\x1b]*(\x07|\x1b\\)`), regexp.MustCompile(`\x1b\](1(1(;[^\x07\x1b]*\x1b?)?)?)?$`)}
	cursor     = answer{regexp.MustCompile(`\x1b\[\d+;\d+R`), regexp.MustCompile(`\x1b\[[\d;]*$`)}
)

// longest is how much is held back at most of what may be the beginning of an answer.
const longest = 64

// Read reads keys. It may read none.
func (k *keyboard) Read(p []byte) (int, error) {
	if len(k.awaited) == 0 || len(p) <= len(k.held) {
		n := copy(p, k.held)
		k.held = k.held[n:]
		if n > 0 {
			return n, nil
		}
		return k.File.Read(p)
	}
	n, err := k.File.Read(p[:len(p)-len(k.held)])
	return copy(p, k.keys(p[:n])), err
}

// keys are the keys in what has come now.
func (k *keyboard) keys(now []byte) []byte {
	if len(now) == 0 {
		return nil
	}
	var b []byte
	before := k.escaped && len(k.held) == 0
	if before {
		b = append(b, '\x1b')
	}
	b = append(append(b, k.held...), now...)
	k.held, k.escaped = nil, b[len(b)-1] == '\x1b'
	for i := 0; i < len(k.awaited); i++ {
		a := k.awaited[i]
		if at := a.whole.FindIndex(b); at != nil {
			b = append(bytes.Clone(b[:at[0]]), b[at[1]:]...)
			before = before && at[0] > 0
			k.awaited = append(k.awaited[:i:i], k.awaited[i+1:]...)
			i--
		} else if at := a.begun.FindIndex(b); at != nil && len(b)-at[0] < longest {
			b, k.held = b[:at[0]], append(bytes.Clone(b[at[0]:]), k.held...)
			before = before && at[0] > 0
			k.escaped = false
		}
	}
	if before {
		return b[1:]
	}
	return b
}
