package repl

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"go3s/incremental/source"
	"go3s/incremental/syntax"
)

// ahead has the session prepare what is being typed, beside the typing, so that Enter finds it done: whenever the user pauses for a moment
// and the text could be entered as it is. It takes a tenth of a CPU at most.
type ahead struct {
	mu     sync.Mutex
	do     func(text string)
	text   string // as it stands
	due    bool   // something is to be done for it
	busy   bool
	rested time.Time // when the next may begin
	timer  *time.Timer
}

const (
	pause = 8 * time.Millisecond
	// rest is how long nothing is done after something was, as a multiple of what it took.
	rest = 9
)

// typed takes the text as it stands.
func (a *ahead) typed(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.text, a.due = text, true
	a.schedule()
}

// cancel leaves what was typed as it is: it is entered.
func (a *ahead) cancel() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.due = false
}

// schedule sets the time when the text will have been left alone for long enough. The caller holds mu.
func (a *ahead) schedule() {
	if a.busy || !a.due {
		return
	}
	wait := max(pause, time.Until(a.rested))
	if a.timer == nil {
		a.timer = time.AfterFunc(wait, a.run)
	} else {
		a.timer.Reset(wait)
	}
}

func (a *ahead) run() {
	a.mu.Lock()
	text, due, do := a.text, a.due && !a.busy, a.do
	if due {
		a.due, a.busy = false, true
	}
	a.mu.Unlock()
	if !due {
		return
	}
	start := time.Now()
	do(text)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy, a.rested = false, time.Now().Add(rest*time.Since(start))
	a.schedule()
}

// prepare has the session prepare a text that is one entry for it, and forget what it has prepared otherwise.
func (r *Repl) prepare(text string) {
	entries := entriesOf(text)
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || len(entries) != 1 || isCommand(trimmed) || syntax.Incomplete(text) || r.session.HasMap(trimmed) {
		r.session.Forget()
		return
	}
	r.session.Prepare(source.Cell{Name: entry(r.entries.Load() + 1), Text: entries[0]})
}

// entry is the name of a cell that comes from the prompt. Each has one of its own, which the user does not see.
func entry(n int64) string { return fmt.Sprint(entryName, n) }
