// Package history is the list of entries that were typed at the prompt, across sessions. It is kept in a file that only its user can
// read, and which is never reached through a symbolic link.
package history

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// limit is the number of entries kept.
const limit = 1000

// History is the list of past entries, oldest first, and the file they are appended to. Without a usable file it lives as long as
// the process. It is used by one goroutine at a time.
type History struct {
	entries []string
	file    *os.File
}

// Open reads the history of the user: $XDG_STATE_HOME/go3sh/history, or ~/.local/state/go3sh/history. With an error, which says why
// that can't be had, the history is empty and is not kept.
func Open() (*History, error) {
	base, below, err := place()
	if err != nil {
		return &History{}, err
	}
	h, err := openFile(base, below)
	if err != nil {
		return &History{}, err
	}
	return h, nil
}

// place is the folder that the environment names, and the file below it.
func place() (base, below string, err error) {
	below = filepath.Join("go3sh", "history")
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, below, nil
	}
	base, err = os.UserHomeDir()
	return base, filepath.Join(".local", "state", below), err
}

// Len is the number of entries.
func (h *History) Len() int { return len(h.entries) }

// At is an entry as it was typed, the oldest being 0.
func (h *History) At(i int) string { return h.entries[i] }

// Search finds the last entry before number before that contains text; without capitals in text, those in the entry don't matter. It is -1 if
// there is none.
func (h *History) Search(text string, before int) int {
	fold := strings.ToLower(text) == text
	for i := min(before, len(h.entries)) - 1; i >= 0; i-- {
		entry := h.entries[i]
		if fold {
			entry = strings.ToLower(entry)
		}
		if strings.Contains(entry, text) {
			return i
		}
	}
	return -1
}

// Add appends an entry unless it is blank or repeats the one before it.
func (h *History) Add(entry string) {
	entry = strings.TrimRight(entry, " \t\r\n")
	if entry == "" || len(h.entries) > 0 && h.entries[len(h.entries)-1] == entry {
		return
	}
	h.entries = append(h.entries, entry)
	h.entries = h.entries[max(0, len(h.entries)-limit):]
	if h.file != nil {
		_, _ = h.file.WriteString(encode(entry) + "\n")
	}
}

// Close closes the file.
func (h *History) Close() error {
	if h.file == nil {
		return nil
	}
	return h.file.Close()
}

// encode is an entry on one line: as it is, or as a string of Go if it has several lines or reads like one.
func encode(entry string) string {
	if strings.HasPrefix(entry, `"`) || strings.ContainsAny(entry, "\n\r\x00") {
		return strconv.Quote(entry)
	}
	return entry
}

func decode(line string) string {
	if entry, err := strconv.Unquote(line); err == nil && strings.HasPrefix(line, `"`) {
		return entry
	}
	return line
}

// load takes the entries from the file's text and reports whether it has grown so long that it should be written anew.
func (h *History) load(text string) (long bool) {
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			h.entries = append(h.entries, decode(line))
		}
	}
	long = len(h.entries) > 2*limit
	h.entries = slices.Clone(h.entries[max(0, len(h.entries)-limit):])
	return long
}

// rewrite shortens the file to the entries held.
func (h *History) rewrite() error {
	if err := h.file.Truncate(0); err != nil {
		return err
	}
	var b strings.Builder
	for _, e := range h.entries {
		b.WriteString(encode(e) + "\n")
	}
	_, err := h.file.WriteString(b.String())
	return err
}
