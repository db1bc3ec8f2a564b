package repl

import "io"

// Terminal is what the prompt needs of a terminal. The real one is opened by OpenTerminal.
type Terminal interface {
	// Write shows whole lines. While a line is being edited they appear above it. It may be called at once with ReadLine.
	io.Writer
	// ReadLine lets the user edit one line and returns it without its end. Errors are ErrInterrupt for Ctrl-C and io.EOF for Ctrl-D on an
	// empty line or when the terminal is closed. Nothing is read from the terminal outside of ReadLine.
	ReadLine(prompt string) (string, error)
	// Remember adds an entry, which may have several lines, to the history.
	Remember(entry string)
	// OnTab sets what the Tab key does: fn gets the line and the cursor's byte offset and returns both anew, or ok false to leave them.
	OnTab(fn func(line string, at int) (newLine string, newAt int, ok bool))
	// Width is the terminal's width in columns.
	Width() int
	// Close ends a ReadLine under way and gives the terminal back.
	Close() error
}
