// Package hush keeps the screen library from talking to the terminal in runs that have no screen.
//
// When it is initialised, bubbletea asks the terminal for its background colour and waits up to five seconds for the answer. A run with -e or
// a file shows no screen: there the question costs start-up time, and on a terminal that does not answer it looks like a hang.
// The library asks nothing where TERM is dumb, so TERM is that until main has begun.
//
// This package is initialised first because it imports syscall alone: of all packages that are ready, Go initialises the one whose path
// sorts first, and bubbletea has to wait for package os, which sorts after this.
package hush

import "syscall"

// term is TERM as the user set it, if it was changed.
var term, changed = dull()

// dull sets TERM to dumb when the command line asks for no screen.
func dull() (string, bool) {
	was, ok := syscall.Getenv("TERM")
	if !ok || wantsScreen(commandLine()) {
		return "", false
	}
	return was, syscall.Setenv("TERM", "dumb") == nil
}

// Done gives TERM its value back. The main function calls it before anything else.
func Done() {
	if changed {
		_ = syscall.Setenv("TERM", term)
	}
}

// commandLine is the process's arguments, each ended by a zero byte. Package os is not there yet.
func commandLine() string {
	fd, err := syscall.Open("/proc/self/cmdline", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	var buf [4096]byte
	n, err := syscall.Read(fd, buf[:])
	_ = syscall.Close(fd)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// wantsScreen reports whether the command line starts the prompt or the full screen: it has no arguments or one of these.
func wantsScreen(line string) bool {
	start, n := 0, 0
	for i := range len(line) {
		if line[i] != 0 {
			continue
		}
		switch arg := line[start:i]; {
		case n == 0:
		case arg == "--view" || arg == "-view" || arg == "--demo" || arg == "-demo":
			return true
		}
		start = i + 1
		n++
	}
	return n == 1
}
