package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// grace is how long a command may take to end after it was asked to.
const grace = 2 * time.Second

// runCommand runs the -c command by the shell until it ends, or asks it to end when ctx does. It returns the command's exit status as a
// shell reports it.
//
// The text is handed to the shell as it is and not with "exec" before it, which would break "a; b" and "X=1 a". The name that probes
// see is right either way: execve sets it before the command's first instruction.
func (t *sitting) runCommand(ctx context.Context) (int, error) {
	c := exec.CommandContext(ctx, "/bin/sh", "-c", t.command)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if t.json != nil {
		c.Stdout = os.Stderr
	}
	c.WaitDelay = grace
	c.Cancel = func() error {
		// The terminal sends Ctrl-C to the command itself, which may want to end in its own way.
		if errors.Is(context.Cause(ctx), errSignal) && isTerminal(os.Stdin) {
			return nil
		}
		for _, pid := range family(c.Process.Pid) {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
		return nil
	}
	if err := c.Start(); err != nil {
		return exitFailed, fmt.Errorf("run the command: %w", err)
	}
	err := c.Wait()
	if c.ProcessState == nil {
		return exitFailed, fmt.Errorf("wait for the command: %w", err)
	}
	if ws, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return c.ProcessState.ExitCode(), nil
}

// family is a process and all its descendants: a shell does not hand signals on. The command can't have a process group of its own,
// because then it could not read from the terminal.
func family(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", all[i]))
		if err != nil {
			continue
		}
		for _, word := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}
