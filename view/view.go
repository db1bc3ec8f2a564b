// Package view is the live screen on a session: panes of map contents and log lines, and a line on how the session is doing.
//
// The screen is the only tea.Model. It holds panes, gives each its place, and hands messages to them; the panes know neither
// it nor each other. A feed reads the session on goroutines of its own and sends what has changed, so that nothing that draws
// or takes keys ever waits for the kernel.
package view

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sys/unix"

	"go3s/repl/line"
	"go3s/session"
	"go3s/view/hush"
	"go3s/view/pane"
	"go3s/view/theme"
)

func init() { hush.Lift() }

// Options are what the view may be told.
type Options struct {
	In      io.Reader     // keys; nil: standard input, or the terminal where that is something else
	Out     io.Writer     // the terminal; nil: standard output
	Palette theme.Palette // the zero Palette: theme.Calm
	Prompt  Prompt
	// Arrangement is how the panes were arranged the last time, as Arranged was told; empty: as they come.
	Arrangement string
	// Arranged is told the new arrangement when the user has changed it; nil when nobody wants to know.
	Arranged func(string)
	// Shown is told each screen that is drawn, lines of text with colours, and must not wait for anything; nil when nobody wants to know.
	Shown func(screen string)
}

// Prompt is what the pane with the prompt works with. Without Run there is none.
type Prompt struct {
	Line line.Options
	// Run runs a line as the shell's prompt does, with output for so many columns. It is called from goroutines of the view, one call at a
	// time.
	Run func(line string, width int) pane.Outcome
}

// ErrLeave is what Run returns when the user asked at the view's prompt to leave go3sh.
var ErrLeave = errors.New("leave")

// frames is how many times a second the screen is drawn at most. What the session has comes at a slower pace.
const frames = 60

// Run shows the session on the terminal until the user quits; then it returns nil, and the session goes on. When ctx ends, or the
// process gets SIGINT, SIGTERM or SIGHUP meanwhile, it returns the cause. A panic while
// the session is read ends the view with an error; one in the view itself goes on. The terminal is as it was before in any case.
func Run(ctx context.Context, s *session.Session, o Options) error {
	return show(ctx, s, s.Log(), o)
}

func show(ctx context.Context, s source, l records, o Options) error {
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Palette == (theme.Palette{}) {
		o.Palette = theme.Calm
	}
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer stop()

	in := o.In
	if in == nil {
		in = os.Stdin
	}
	f := newFeed(s, l)
	dark, awaited := dark(in, o.Out)
	if tty, ok := in.(*os.File); ok && awaited != nil {
		o.In = &keyboard{File: tty, awaited: awaited}
	}
	m, err := staged(theme.For(o.Out, dark, o.Palette), f, o)
	if err != nil {
		return err
	}
	out := shared(o.Out)
	d := &drawer{to: out}
	options := []tea.ProgramOption{
		tea.WithAltScreen(), tea.WithOutput(out), tea.WithFPS(1), tea.WithoutSignalHandler(), tea.WithMouseCellMotion(), tea.WithReportFocus(),
		tea.WithoutCatchPanics(), // it would show the panic's text and stack as they are
	}
	if o.In != nil {
		options = append(options, tea.WithInput(o.In))
	}
	p := tea.NewProgram(drawn{m, d}, options...)
	d.later = func(rest time.Duration) { time.AfterFunc(rest, func() { p.Send(redraw{}) }) }
	// Quitting waits for the reader of keys to let go of the terminal; a program killed through its context does not.
	defer context.AfterFunc(ctx, p.Quit)()
	f.start(p.Send)
	err = ran(p)
	f.stop()
	switch {
	case m.fault != nil:
		return m.fault
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("show the view: %w", err)
	case m.leave:
		return ErrLeave
	}
	return nil
}

// ran runs a program to its end. When that is a panic, which is for the caller, it gives the terminal back.
func ran(p *tea.Program) error {
	ended := false
	defer func() {
		if !ended {
			_ = p.ReleaseTerminal()
		}
	}()
	_, err := p.Run()
	ended = true
	return err
}

// clip has the terminal put a text into its clipboard (OSC 52), which not every terminal does. Long texts are left out by most.
func clip(terminal io.Writer, text string) error {
	const most = 74_994 // bytes that xterm takes
	if len(text) > most {
		return fmt.Errorf("%d bytes; terminals take %d", len(text), most)
	}
	_, err := io.WriteString(terminal, ansi.SetSystemClipboard(text))
	return err
}

// staged is a screen that a feed serves, with its panes as the user had arranged them.
func staged(t *theme.Theme, f *feed, o Options) (*screen, error) {
	m := newScreen(t, calls{
		fetch: f.page, pause: f.pause, slow: f.slow, cost: f.cost, list: f.list, want: f.want, stir: f.shelf.stir,
		copy: func(text string) error { return clip(o.Out, text) }, prompt: oneByOne(o.Prompt), keep: o.Arranged, shown: o.Shown,
	})
	m.status.Update(machine())
	var err error
	if o.Arrangement != "" {
		m.rooms, err = arranged(m.rooms, o.Arrangement)
	}
	return m, err
}

// oneByOne lets one line run at a time.
func oneByOne(p Prompt) Prompt {
	if p.Run == nil {
		return p
	}
	var mu sync.Mutex
	run := p.Run
	p.Run = func(line string, width int) pane.Outcome {
		mu.Lock()
		defer mu.Unlock()
		return run(line, width)
	}
	return p
}
