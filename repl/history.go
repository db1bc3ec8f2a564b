package repl

import (
	"bytes"
	"errors"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// historyLimit is the number of entries kept.
const historyLimit = 1000

// history is the list of past entries, oldest first, and the file they are appended to. Without a usable file it lives
// as long as the process.
type history struct {
	entries []string
	file    *os.File
}

// historyPath is where the history is kept: $XDG_STATE_HOME/go3sh/history, or ~/.local/state/go3sh/history.
func historyPath() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "go3sh", "history"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state", "go3sh", "history"), nil
}

// openHistory reads the user's history. A history that can't be had is no reason to refuse the prompt.
func openHistory() *history {
	path, err := historyPath()
	if err != nil {
		return &history{}
	}
	h, err := openHistoryFile(path)
	if err != nil {
		return &history{}
	}
	return h
}

// openHistoryFile opens or creates the file at path. It runs as root in a directory of a user's, so it refuses symbolic links and
// anything that is not a plain file with one name, owned by who we are.
func openHistoryFile(path string) (*history, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	fd, err := unix.Openat2(unix.AT_FDCWD, path, &unix.OpenHow{
		Flags:   unix.O_RDWR | unix.O_CREAT | unix.O_APPEND | unix.O_CLOEXEC | unix.O_NOFOLLOW | unix.O_NONBLOCK,
		Mode:    0o600,
		Resolve: unix.RESOLVE_NO_MAGICLINKS,
	})
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(fd), path)
	h := &history{file: file}
	if err := h.load(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return h, nil
}

// historyBytes bounds what is read of a history file.
const historyBytes = 4 << 20

func (h *history) load() error {
	var st unix.Stat_t
	if err := unix.Fstat(int(h.file.Fd()), &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink != 1 || int(st.Uid) != os.Geteuid() {
		return errors.New("history is not a plain file of this user")
	}
	if err := h.file.Chmod(0o600); err != nil {
		return err
	}
	from := max(0, st.Size-historyBytes)
	text := make([]byte, st.Size-from)
	n, _ := h.file.ReadAt(text, from)
	for line := range bytes.Lines(text[:n]) {
		if s := strings.TrimRight(string(line), "\n"); s != "" {
			h.entries = append(h.entries, s)
		}
	}
	if len(h.entries) > 2*historyLimit {
		h.entries = h.entries[len(h.entries)-historyLimit:]
		return h.rewrite()
	}
	h.entries = h.entries[max(0, len(h.entries)-historyLimit):]
	return nil
}

// rewrite shortens the file to the entries held.
func (h *history) rewrite() error {
	if err := h.file.Truncate(0); err != nil {
		return err
	}
	_, err := h.file.WriteString(strings.Join(h.entries, "\n") + "\n")
	return err
}

// add appends an entry unless it is empty or repeats the one before it.
func (h *history) add(entry string) {
	entry, ok := oneLine(entry)
	if !ok || entry == "" || len(h.entries) > 0 && h.entries[len(h.entries)-1] == entry {
		return
	}
	h.entries = append(h.entries, entry)
	h.entries = h.entries[max(0, len(h.entries)-historyLimit):]
	if h.file != nil {
		_, _ = h.file.WriteString(entry + "\n")
	}
}

func (h *history) close() error {
	if h.file == nil {
		return nil
	}
	return h.file.Close()
}

// oneLine is entry on a single line with the same meaning, because the line editor has one line: where Go's scanner puts a
// semicolon at a line's end, one is written, and comments are closed. Text with a line break inside a token has no such form.
func oneLine(entry string) (string, bool) {
	entry = strings.TrimSpace(entry)
	if !strings.Contains(entry, "\n") {
		return entry, !strings.ContainsAny(entry, "\r\x00")
	}
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(entry))
	var s scanner.Scanner
	s.Init(file, []byte(entry), func(token.Position, string) {}, scanner.ScanComments)

	var b strings.Builder
	done := 0  // bytes of entry that are in b
	depth := 0 // of braces
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		at := file.Offset(pos)
		if tok == token.SEMICOLON && lit == "\n" {
			if depth > 0 || !headGoesOn(entry[at:]) {
				b.WriteByte(';')
			}
			continue
		}
		switch tok {
		case token.LBRACE:
			depth++
		case token.RBRACE:
			depth--
		}
		if at > done && b.Len() > 0 {
			b.WriteByte(' ')
		}
		text := lit
		if text == "" {
			text = tok.String()
		}
		done = at + len(text)
		if tok == token.COMMENT && strings.HasPrefix(text, "//") {
			text = "/*" + strings.ReplaceAll(text[2:], "*/", "* /") + " */"
		}
		b.WriteString(text)
	}
	line := strings.TrimSuffix(b.String(), ";")
	return line, !strings.ContainsAny(line, "\n\r\x00")
}

// headGoesOn reports whether rest begins with what belongs to the head of a probe, which may be spread over lines.
func headGoesOn(rest string) bool {
	rest = strings.TrimSpace(rest)
	return rest != "" && strings.ContainsRune("@/,{", rune(rest[0]))
}
