package repl

import (
	"errors"
	"os"
	"sync"

	"github.com/chzyer/readline"
	"golang.org/x/term"
)

// terminal is the real Terminal: stdin and stdout through readline.
//
// History is kept here and not by readline, which follows symbolic links, creates the file readable for everyone and knows single
// lines only.
type terminal struct {
	stdin   *readline.CancelableStdin
	line    *readline.Instance
	history *history
	tab     func(string, int) (string, int, bool)
	close   func() error
}

// OpenTerminal returns the terminal on stdin and stdout with the user's history.
func OpenTerminal() (Terminal, error) {
	t := &terminal{history: openHistory(), stdin: readline.NewCancelableStdin(os.Stdin)}
	line, err := readline.NewEx(&readline.Config{
		Stdin:                  t.stdin,
		DisableAutoSaveHistory: true,
		HistoryLimit:           historyLimit,
		HistorySearchFold:      true,
		EOFPrompt:              "\n",
		FuncGetWidth:           t.Width,
		FuncFilterInputRune:    filter,
		AutoComplete:           nothing{},
		Listener:               readline.FuncListener(t.key),
	})
	if err != nil {
		return nil, err
	}
	t.line = line
	t.close = sync.OnceValue(t.giveBack)
	t.recall()
	return t, nil
}

// filter keeps Ctrl-Z from readline, which would suspend the parent process as well and leave the probes without a reader. It is
// turned into Ctrl-G and not refused: a refused rune makes readline read on after the line's end.
func filter(r rune) (rune, bool) {
	if r == readline.CharCtrlZ {
		return readline.CharBell, true
	}
	return r, true
}

// nothing leaves Tab to the listener: readline's own completion can only append to a word, and ours replaces it.
type nothing struct{}

func (nothing) Do([]rune, int) ([][]rune, int) { return nil, 0 }

func (t *terminal) key(line []rune, at int, key rune) ([]rune, int, bool) {
	if key != readline.CharTab || t.tab == nil {
		return nil, 0, false
	}
	text, offset, ok := t.tab(string(line), len(string(line[:at])))
	if !ok {
		return nil, 0, false
	}
	return []rune(text), len([]rune(text[:offset])), true
}

func (t *terminal) OnTab(fn func(string, int) (string, int, bool)) { t.tab = fn }

func (t *terminal) ReadLine(prompt string) (string, error) {
	t.line.SetPrompt(prompt)
	line, err := t.line.Readline()
	if errors.Is(err, readline.ErrInterrupt) {
		return "", ErrInterrupt
	}
	return line, err
}

func (t *terminal) Write(p []byte) (int, error) { return t.line.Write(p) }

func (t *terminal) Remember(entry string) {
	t.history.add(entry)
	t.recall()
}

// recall hands readline the history from the start: it has no call that adds an entry other than the line just read.
func (t *terminal) recall() {
	t.line.ResetHistory()
	for _, e := range t.history.entries {
		_ = t.line.SaveHistory(e)
	}
}

func (t *terminal) Width() int {
	w, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil || w < 20 {
		return 80
	}
	return w
}

// Close may be called at once with itself: the end of the process and the end of the prompt can meet.
func (t *terminal) Close() error { return t.close() }

// giveBack closes stdin's reader first: readline's own Close waits for a read that only ends with a key press.
func (t *terminal) giveBack() error {
	_ = t.stdin.Close()
	return errors.Join(t.line.Close(), t.history.close())
}
