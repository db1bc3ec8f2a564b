package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// grace is how long a command may take to end after it was asked to.
const grace = 2 * time.Second

// gate is what /bin/sh runs until it is told to go on as COMMAND: it waits for a byte, and ends when there will be none.
const gate = `read -r go <&3 || exit 125; exec /bin/sh -c "$1" 3<&-`

// command is COMMAND from its start as a process that waits, which is before probes are attached, to its end.
type command struct {
	cmd  *exec.Cmd
	gate *os.File // where the byte is written
	end  context.CancelCauseFunc
}

// startCommand starts COMMAND as a process that waits to become it. Its own output goes to standard error if standard output is for
// objects.
//
// The text is handed to the shell as it is and not with "exec" before it, which would break "a; b" and "X=1 a". The name that probes
// see is right either way: execve sets it before the command's first instruction.
func (t *sitting) startCommand() (*command, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("run the command: %w", err)
	}
	defer read.Close()
	ctx, end := context.WithCancelCause(context.Background())
	c := &command{exec.CommandContext(ctx, "/bin/sh", "-c", gate, "sh", t.command), write, end}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if t.json != nil {
		c.cmd.Stdout = os.Stderr
	}
	c.cmd.ExtraFiles = []*os.File{read}
	c.cmd.WaitDelay = grace
	c.cmd.Cancel = func() error {
		// The terminal sends Ctrl-C to the command itself, which may want to end in its own way.
		if errors.Is(context.Cause(ctx), errSignal) && isTerminal(os.Stdin) {
			return nil
		}
		for _, pid := range family(c.cmd.Process.Pid) {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
		return nil
	}
	if err := c.cmd.Start(); err != nil {
		end(nil)
		return nil, errors.Join(fmt.Errorf("run the command: %w", err), write.Close())
	}
	return c, nil
}

// run lets the command go and waits for its end, or asks it to end when ctx does. It returns the command's exit status as a shell
// reports it.
func (c *command) run(ctx context.Context) (int, error) {
	stop := context.AfterFunc(ctx, func() { c.end(context.Cause(ctx)) })
	defer stop()
	defer c.end(nil)
	_, err := c.gate.WriteString("\n")
	if err = errors.Join(err, c.gate.Close()); err != nil && !errors.Is(err, syscall.EPIPE) {
		return exitFailed, fmt.Errorf("let the command go: %w", err)
	}
	err = c.cmd.Wait()
	if c.cmd.ProcessState == nil {
		return exitFailed, fmt.Errorf("wait for the command: %w", err)
	}
	if ws, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return c.cmd.ProcessState.ExitCode(), nil
}

// abandon ends a command that was never let go.
func (c *command) abandon() {
	_ = c.gate.Close()
	_ = c.cmd.Wait() // it ends with a status of its own making
	c.end(nil)
}
