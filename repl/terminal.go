package repl

import (
	"io"

	"go3s/repl/line"
)

// Terminal is what the prompt needs of a terminal. The real one is opened by OpenTerminal.
type Terminal interface {
	// Write shows whole lines. While an entry is being typed they appear above it. It may be called at once with ReadEntry.
	io.Writer
	// ReadEntry lets the user edit the text of e until it is an entry, and returns it. Errors are ErrInterrupt for Ctrl-C and io.EOF for Ctrl-D
	// without a text or when the terminal is closed. Nothing is read from the terminal outside of ReadEntry.
	ReadEntry(e *line.Editor) (string, error)
	// Width is the terminal's width in columns.
	Width() int
	// Colours are those that the terminal and its user want; the zero value is none.
	Colours() line.Colours
	// Close ends a ReadEntry under way and gives the terminal back.
	Close() error
}
