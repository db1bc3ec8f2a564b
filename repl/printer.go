package repl

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"go3s/output"
	"go3s/session"
	"go3s/session/harmless"
)

// The prompt shows at most printerLines log lines every printerPause, and when more have come than that, as many every floodPause: they
// can't be read anyway, and what else is on the screen should stay there for a while.
const (
	printerLines = 15
	printerPause = 100 * time.Millisecond
	floodPause   = time.Second
)

// printer shows what happens in a session above the line that is being typed: log lines, losses, errors. Events come faster than a
// terminal shows lines, so it collects them and writes in bursts; what does not fit is counted, said, and still in the session's log.
type printer struct {
	w io.Writer

	mu     sync.Mutex
	lines  []string
	left   int               // log lines left out since the last burst
	lost   map[string]uint64 // records lost since the last burst, by probe
	probes []string          // the probes in lost, in the order they came
	paused bool
	closed bool
	timer  *time.Timer // runs while something waits to be shown
	last   time.Time   // of the last burst
	flood  bool        // it had to leave lines out
}

func newPrinter(w io.Writer) *printer { return &printer{w: w, lost: map[string]uint64{}} }

// event takes one event of the session; it never waits for the terminal.
func (p *printer) event(e session.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	switch {
	case e.Kind == session.RecordEvent && p.paused:
		return
	case e.Kind == session.RecordEvent && len(p.lines) >= printerLines:
		p.left++
	case e.Kind == session.RecordEvent:
		p.lines = append(p.lines, output.Line(e.Arrived.Record()))
	case e.Kind == session.LostEvent:
		if p.lost[e.Probe.Name] == 0 {
			p.probes = append(p.probes, e.Probe.Name)
		}
		p.lost[e.Probe.Name] += e.Lost
	case e.Kind == session.GuardEvent:
		p.lines = append(p.lines, e.Decision.Line())
	case e.Kind == session.ExitEvent:
		p.lines = append(p.lines, fmt.Sprintf("%s called exit(%d): all probes are detached", harmless.Text(e.Probe.Name), e.Status))
	case e.Kind == session.ErrorEvent && len(p.lines) < 2*printerLines:
		p.lines = append(p.lines, harmless.Text(e.Err.Error()))
	case e.Kind == session.ChangedEvent && e.Probe.State == session.Failed && e.Probe.Err != nil:
		p.lines = append(p.lines, e.Probe.Name+": "+harmless.Text(e.Probe.Err.Error()))
	default:
		return
	}
	if p.timer == nil && !p.paused {
		pause := printerPause
		if p.flood {
			pause = floodPause
		}
		p.timer = time.AfterFunc(max(0, pause-time.Since(p.last)), p.burst)
	}
}

// burst writes what has come since the last one.
func (p *printer) burst() {
	text := p.take()
	if text != "" {
		_, _ = io.WriteString(p.w, text)
	}
}

// take is the text of one burst.
func (p *printer) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = nil
	if p.paused || p.closed {
		return ""
	}
	p.last, p.flood = time.Now(), p.left > 0
	var b strings.Builder
	for _, l := range p.lines {
		b.WriteString(l + "\n")
	}
	if p.left > 0 {
		fmt.Fprintf(&b, "… %d more lines, too many to show here; :view has them\n", p.left)
	}
	for _, name := range p.probes {
		fmt.Fprintf(&b, "%s: %d records lost, the ring was full\n", name, p.lost[name])
	}
	p.lines, p.left, p.probes = nil, 0, nil
	clear(p.lost)
	return b.String()
}

// pause keeps the printer quiet while something else has the terminal; log lines that come meanwhile are not shown
// later, errors and losses are.
func (p *printer) pause(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = on
	if on {
		p.lines, p.left = nil, 0
	} else if len(p.lines)+len(p.probes) > 0 && p.timer == nil {
		p.timer = time.AfterFunc(0, p.burst)
	}
}

// close shows what waits and ends the printer.
func (p *printer) close() {
	p.burst()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
}
