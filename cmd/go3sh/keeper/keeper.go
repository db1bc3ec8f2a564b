// Package keeper gives a terminal back when the process that has it ends without having done so itself: killed, out of memory, or by a
// panic in any of its goroutines, which no other goroutine can catch.
//
// The keeper is a small process beside the other one that has nothing but the terminal and the end of a pipe, and no privilege. It
// waits until the other end is closed, which the kernel does whatever way a process ends, and before it tells the shell that has
// started the process.
package keeper

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"go3s/cmd/go3sh/privilege"
	"go3s/incremental/source"
)

// Flag is the only argument of this program when it is started as a keeper.
const Flag = "--keep-terminal"

// What is written to the pipe after the terminal's mode: states of the screen, and the end. All else is what the runtime says when the
// process crashes.
const (
	fullScreen = 0x01
	lines      = 0x02
	done       = 0x03
	verbose    = 0x04 // a crash is told with its stack
)

// Keeper is a keeper that runs. The nil Keeper keeps nothing.
type Keeper struct {
	pipe    *os.File
	process *exec.Cmd
	once    sync.Once
}

// Start starts a keeper of a terminal, which is in the mode that it is to come back to. What the runtime says of a crash is shown by
// the keeper then, harmless and in one line; stack has it show all of it.
func Start(terminal *os.File, stack bool) (*Keeper, error) {
	mode, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		return nil, fmt.Errorf("keep the terminal: %w", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("keep the terminal: %w", err)
	}
	defer read.Close()
	c := exec.Command("/proc/self/exe", Flag)
	c.Stdin, c.Stdout = read, terminal
	c.Env = []string{}
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the terminal's keys are not for it
	if err := c.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the terminal: %w", err), write.Close())
	}
	k := &Keeper{pipe: write, process: c}
	if err := errors.Join(binary.Write(write, binary.NativeEndian, mode), debug.SetCrashOutput(write, debug.CrashOptions{})); err != nil {
		k.Close()
		return nil, fmt.Errorf("keep the terminal: %w", err)
	}
	if stack {
		k.say(verbose)
	}
	muteRuntime()
	return k, nil
}

// muteRuntime makes standard error another descriptor than that which the runtime writes to when it crashes, if it is a terminal.
func muteRuntime() {
	if _, err := unix.IoctlGetTermios(2, unix.TCGETS); err != nil {
		return
	}
	null, err := unix.Open(os.DevNull, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(null)
	stderr, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err == nil && unix.Dup3(null, 2, 0) == nil {
		os.Stderr = os.NewFile(uintptr(stderr), "/dev/stderr")
	}
}

func (k *Keeper) say(state byte) { _, _ = k.pipe.Write([]byte{state}) }

// FullScreen says whether the terminal shows a full screen, which is left in another way than lines are.
func (k *Keeper) FullScreen(on bool) {
	if k == nil {
		return
	}
	state := byte(lines)
	if on {
		state = fullScreen
	}
	k.say(state)
}

// Close ends the keeper: the terminal has been given back.
func (k *Keeper) Close() {
	if k == nil {
		return
	}
	k.once.Do(func() {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		k.say(done)
		_ = k.pipe.Close()
		_ = k.process.Wait()
	})
}

// leaveScreen ends the full screen and all that a program may have asked of a terminal there; leaveLines is the same without another
// screen.
const (
	leaveLines  = "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[m\x1b[?25h"
	leaveScreen = leaveLines + "\x1b[?1049l"
)

// Keep is the keeper's process. It reads the pipe to its end, and brings the terminal back unless the other process says that it has.
func Keep(pipe io.Reader, terminal *os.File) {
	// A process in the background may set the mode of its terminal only if it ignores SIGTTOU.
	signal.Ignore(unix.SIGTTOU, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGTSTP)
	_ = privilege.Keep()
	_ = os.WriteFile("/proc/self/comm", []byte("go3sh-keeper"), 0) // and not exe
	var mode unix.Termios
	if binary.Read(pipe, binary.NativeEndian, &mode) != nil {
		return
	}
	group, _ := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	var l last
	give := sync.OnceFunc(func() {
		// A shell that has taken the terminal over already has set a mode of its own.
		if now, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP); err == nil && now == group {
			_ = unix.IoctlSetTermios(int(terminal.Fd()), unix.TCSETS, &mode)
		}
		leave := leaveLines
		if l.full {
			leave = leaveScreen
		}
		_, _ = terminal.WriteString(leave)
	})
	l.follow(pipe, give)
	if !l.done {
		give()
		_, _ = terminal.WriteString(l.shown())
	}
}

// last is what is known of the other process when it is gone.
type last struct {
	full, verbose, done bool
	text                string // of a crash
}

// follow reads what the other process says until it is gone. From the first byte of a crash on, which may hold anything, all is text;
// crashed is called then, which is before the process is gone and its shell takes over.
func (l *last) follow(pipe io.Reader, crashed func()) {
	const most = 1 << 20 // of the stacks
	var said strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := pipe.Read(buf)
		for _, b := range buf[:n] {
			switch {
			case said.Len() > 0 || b > verbose:
				if said.Len() < most {
					said.WriteByte(b)
				}
			case b == done:
				l.done = true
			case b == verbose:
				l.verbose = true
			default:
				l.full = b == fullScreen
			}
		}
		if said.Len() > 0 {
			crashed()
		}
		if err != nil {
			l.text = said.String()
			return
		}
	}
}

// shown is what the runtime has said of a crash, or the first line of it, without what would do things to a terminal: a panic can be given
// any text.
func (l *last) shown() string {
	text := strings.TrimRight(l.text, "\n")
	if text == "" {
		return ""
	}
	if !l.verbose {
		text, _, _ = strings.Cut(text, "\n")
		text += " (run it with -v for the stack)"
	}
	var b strings.Builder
	b.WriteString("\rgo3sh: internal error, please report it: ")
	for line := range strings.Lines(text) {
		b.WriteString(source.Escape(strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "    ")) + "\n")
	}
	return b.String()
}
