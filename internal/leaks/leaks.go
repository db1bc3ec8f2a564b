// Package leaks tells whether the tests of a package have left files open, which programs, maps and links of the kernel are, too.
package leaks

import (
	"fmt"
	"os"
	"testing"
)

// Run runs the tests of a package and returns the exit code of the process: 1, and a line on standard error, if tests that have passed leave
// files open.
func Run(m *testing.M) int {
	before := Files()
	code := m.Run()
	if after := Files(); code == 0 && after > before {
		fmt.Fprintf(os.Stderr, "%d file descriptors before the tests, %d after\n", before, after)
		code = 1
	}
	return code
}

// Files counts the open file descriptors of the process.
func Files() int {
	// The runtime's own poller opens its descriptors with the first pipe.
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	defer r.Close()
	defer w.Close()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		panic(err)
	}
	return len(fds)
}
