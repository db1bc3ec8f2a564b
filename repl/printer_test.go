package repl

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go3s/session"
	"go3s/session/record"
)

// neverFires stands for a burst that is due later, so that the test makes the bursts.
func neverFires() *time.Timer { return time.NewTimer(time.Hour) }

func arrived(text string) session.Event {
	return session.Event{Kind: session.RecordEvent, Arrived: record.Decoded(record.Record{Text: text})}
}

func TestPrinterBoundsLinesAndSaysWhatItLeftOut(t *testing.T) {
	p := newPrinter(new(strings.Builder))
	p.timer = neverFires()
	for i := range printerLines + 1234 {
		p.event(arrived(fmt.Sprintf("line %d", i)))
	}
	var want strings.Builder
	for i := range printerLines {
		fmt.Fprintf(&want, "line %d\n", i)
	}
	want.WriteString("… 1234 more lines, too many to show here; :view has them\n")
	if got := p.take(); got != want.String() {
		t.Errorf("got\n%s\nwant\n%s", got, want.String())
	}
	if !p.flood {
		t.Error("the printer does not slow down")
	}
	p.timer = neverFires()
	p.event(arrived("after"))
	if got := p.take(); got != "after\n" || p.flood {
		t.Errorf("after a burst: %q", got)
	}
}

func TestPrinterEscapesWhatTheKernelSays(t *testing.T) {
	p := newPrinter(new(strings.Builder))
	p.timer = neverFires()
	p.event(arrived("\x1b[2Jevil\r\xff name"))
	p.event(session.Event{Kind: session.ErrorEvent, Err: errors.New("bad \x1b]0;title\x07")})
	if got := p.take(); !utf8.ValidString(got) || strings.ContainsAny(got, "\x1b\r\a") || strings.Count(got, "\n") != 2 {
		t.Errorf("the terminal got %q", got)
	}
}

func TestPrinterSumsLossesByProbe(t *testing.T) {
	p := newPrinter(new(strings.Builder))
	p.timer = neverFires()
	for _, e := range []struct {
		name string
		lost uint64
	}{{"b", 3}, {"a", 1}, {"b", 4}} {
		p.event(session.Event{Kind: session.LostEvent, Probe: session.Probe{Name: e.name}, Lost: e.lost})
	}
	if got, want := p.take(), "b: 7 records lost, the ring was full\na: 1 records lost, the ring was full\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPrinterIsQuietWhilePausedAndAfterClose(t *testing.T) {
	var screen strings.Builder
	p := newPrinter(&screen)
	p.timer = neverFires()
	p.event(arrived("before"))
	p.pause(true)
	p.event(arrived("during"))
	p.pause(false)
	p.event(arrived("after"))
	p.close()
	p.event(arrived("closed"))
	p.burst()
	if got := screen.String(); got != "after\n" {
		t.Errorf("the screen shows %q", got)
	}
}

// lines hands on what is written.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func TestPrinterShowsErrorsOfAPauseAfterIt(t *testing.T) {
	shown := make(lines, 1)
	p := newPrinter(shown)
	p.pause(true)
	p.event(arrived("during"))
	p.event(session.Event{Kind: session.ErrorEvent, Err: errors.New("an error")})
	p.pause(false)
	select {
	case got := <-shown:
		if got != "an error\n" {
			t.Errorf("the screen shows %q", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("the error is not shown")
	}
}
