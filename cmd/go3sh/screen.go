package main

import (
	"context"
	"errors"

	"go3s/repl"
	"go3s/session"
	"go3s/view"
	"go3s/view/pane"
)

// watched is called with each screen that is drawn, for tests.
var watched = func() {}

var errDumb = errors.New("this terminal has no full screen: TERM is dumb or not set")

// showView shows the full screen, whose prompt is the shell's. A user who leaves go3sh from there has told the prompt so, which ends then.
func showView(ctx context.Context, s *session.Session, prompt *repl.Repl, c *camera) error {
	if repl.Dumb() {
		return errDumb
	}
	defer c.screen.Store(nil)
	stands, err := s.Get("view")
	if err != nil {
		return err
	}
	if stands.Value == stands.Default {
		stands.Value = ""
	}
	err = view.Run(ctx, s, view.Options{
		Arrangement: stands.Value,
		Arranged:    func(panes string) { _ = s.Set("view", panes) }, // which takes whatever the view makes
		Shown: func(screen string) {
			c.screen.Store(&screen)
			watched()
		},
		Prompt: view.Prompt{
			Line: prompt.Line(),
			Run: func(line string, width int) pane.Outcome {
				o := prompt.Do(ctx, line, width)
				return pane.Outcome{Line: line, Text: o.Text, Edit: o.Next, Bad: o.Refused, Leave: o.Quit}
			},
		},
	})
	if errors.Is(err, view.ErrLeave) {
		return nil
	}
	return err
}
