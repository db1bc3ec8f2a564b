// Package view is the live screen on a session: panes of map contents and log lines, and a line on how the session is doing.
//
// The screen is the only tea.Model. It holds panes, gives each its place, and hands messages to them; the panes know neither
// it nor each other. A feed reads the session on goroutines of its own and sends what has changed, so that nothing that draws
// or takes keys ever waits for the kernel.
package view

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/sys/unix"

	"go3s/session"
	"go3s/view/hush"
	"go3s/view/theme"
)

func init() { hush.Lift() }

// Options are what the view may be told.
type Options struct {
	In      io.Reader     // keys; nil: standard input, or the terminal where that is something else
	Out     io.Writer     // the terminal; nil: standard output
	Palette theme.Palette // the zero Palette: theme.Calm
}

// frames is how many times a second the terminal is written to at most.
const frames = 30

// Run shows the session on the terminal until the user quits; then it returns nil, and the session goes on. When ctx ends, or the
// process gets SIGINT, SIGTERM or SIGHUP meanwhile, it returns the cause. A panic in the view ends the view with an error. The terminal is
// as it was before in any case.
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
	m := newScreen(theme.For(o.Out, dark(in, o.Out), o.Palette), f.page, f.pause)
	options := []tea.ProgramOption{
		tea.WithAltScreen(), tea.WithOutput(o.Out), tea.WithFPS(frames), tea.WithoutSignalHandler(),
	}
	if o.In != nil {
		options = append(options, tea.WithInput(o.In))
	}
	p := tea.NewProgram(m, options...)
	// Quitting waits for the reader of keys to let go of the terminal; a program killed through its context does not.
	defer context.AfterFunc(ctx, p.Quit)()
	f.start(p.Send)
	_, err := p.Run()
	f.stop()
	switch {
	case m.fault != nil:
		return m.fault
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("show the view: %w", err)
	}
	return nil
}
