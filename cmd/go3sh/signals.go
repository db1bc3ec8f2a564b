package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// patience is how long signals after the first are taken for the same request: timeout(1) sends its signal to the process and then to
// the group that the process is in.
const patience = 500 * time.Millisecond

// catchSignals ends the sitting at the first signal that asks for it and the process at another one some time later, for the case that
// the first end does not come. The kernel drops all that the process held either way.
//
// At the prompt an interrupt ends nothing: Ctrl-C there gives up a line, and the key may be pressed a moment after the line was entered.
//
// SIGPIPE is caught so that a write to a closed pipe is an error and no sudden death; it is not ignored, because COMMAND
// would inherit that.
func catchSignals(end context.CancelCauseFunc, atPrompt bool) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		var asked time.Time
		for {
			select {
			case <-done:
				return
			case s := <-signals:
				switch {
				case s == syscall.SIGPIPE || s == syscall.SIGINT && atPrompt:
				case asked.IsZero():
					asked = time.Now()
					end(errSignal)
				case time.Since(asked) > patience:
					os.Exit(128 + int(s.(syscall.Signal)))
				}
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
