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

// catchPipes makes of a write to a closed pipe an error instead of a sudden death, until the process ends: the last write may be its last
// deed. SIGPIPE is not ignored, because COMMAND would inherit that.
func catchPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// catchSignals ends the sitting at the first signal that asks for it and the process at another one some time later, for the case that
// the first end does not come. The kernel drops all that the process held either way.
//
// SIGQUIT, as Ctrl-\ sends it, ends the process at once and leaves it to the kernel to clean up.
//
// At the prompt an interrupt ends nothing: Ctrl-C there gives up a line, and the key may be pressed a moment after the line was entered.
func catchSignals(end context.CancelCauseFunc, atPrompt bool) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	done := make(chan struct{})
	go func() {
		var asked time.Time
		for {
			select {
			case <-done:
				return
			case s := <-signals:
				switch {
				case s == syscall.SIGINT && atPrompt:
				case s == syscall.SIGQUIT:
					os.Exit(exitQuit)
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
