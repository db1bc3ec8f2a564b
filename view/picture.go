package view

import (
	"context"
	"io"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"go3s/session"
	"go3s/view/theme"
)

// Picture is the view on a session as it stands when ctx ends, w by h cells: lines of text with colours, as a dark terminal would be sent
// them. No terminal takes part.
func Picture(ctx context.Context, s *session.Session, o Options, w, h int) (string, error) {
	if o.Palette == (theme.Palette{}) {
		o.Palette = theme.Calm
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.TrueColor)
	r.SetHasDarkBackground(true)
	o.Out = io.Discard
	f := newFeed(s, s.Log())
	m, err := staged(theme.New(r, o.Palette, true), f, o)
	if err != nil {
		return "", err
	}
	inbox := make(chan tea.Msg)
	send := func(msg tea.Msg) {
		select {
		case inbox <- msg:
		case <-ctx.Done():
		}
	}
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	f.start(send)
	defer f.stop()
	for {
		select {
		case msg := <-inbox:
			_, cmd := m.Update(msg)
			run(cmd, send)
		case <-ctx.Done():
			return m.View(), m.fault
		}
	}
}

// run runs a command beside, as a tea.Program does, and sends what comes of it.
func run(cmd tea.Cmd, send func(tea.Msg)) {
	if cmd == nil {
		return
	}
	go func() {
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				run(c, send)
			}
		default:
			send(msg)
		}
	}()
}
