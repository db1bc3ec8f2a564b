// Package pty runs programs on terminals of their own, for measures and pictures of what a user sees.
package pty

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start starts a program on a new terminal of w by h cells. What is written to the file that it returns is typed there, and what the program
// writes is read from it; reading ends with an error when the program has ended.
func Start(c *exec.Cmd, w, h int) (*os.File, error) {
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open a terminal: %w", err)
	}
	tty, err := open(keys, w, h)
	if err != nil {
		_ = keys.Close()
		return nil, fmt.Errorf("open a terminal: %w", err)
	}
	defer tty.Close()
	c.Stdin, c.Stdout, c.Stderr = tty, tty, tty
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		_ = keys.Close()
		return nil, err
	}
	return keys, nil
}

// open is the program's side of a terminal, with its size set.
func open(keys *os.File, w, h int) (*os.File, error) {
	raw, err := keys.SyscallConn() // Fd would make reads block the thread
	if err != nil {
		return nil, err
	}
	var n int
	control := func(fd uintptr) {
		if n, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN); err != nil {
			return
		}
		if err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err != nil {
			return
		}
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(w), Row: uint16(h)})
	}
	if failed := raw.Control(control); failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, err
	}
	return os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
}
