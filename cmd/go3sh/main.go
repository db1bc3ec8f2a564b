// Command go3sh is a shell on the running Linux kernel: lines of Go3s are compiled in the process, attached to tracepoints, and
// their counters and log lines shown live. Run go3sh -h for the flags.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	"go3s/cmd/go3sh/keeper"
	"go3s/cmd/go3sh/privilege"
	"go3s/demo"
	"go3s/session/harmless"
)

// The exit statuses, as exits explains them.
const (
	exitOK        = 0
	exitFailed    = 1
	exitUsage     = 2
	exitInternal  = 70
	exitPrivilege = 77
	exitQuit      = 128 + int(syscall.SIGQUIT)
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == demo.WorkFlag {
		demo.Work(os.Stdin)
		return
	}
	if len(os.Args) == 2 && os.Args[1] == keeper.Flag {
		keeper.Keep(os.Stdin, os.Stdout)
		return
	}
	os.Exit(run(os.Args[1:]))
}

// run is the program; the value is its exit status. A panic is our own bug: it is said in one line, with the stack for a report if -v
// is given, and the kernel is given back what it lent, because all of it hangs on descriptors of this process. That goes for panics in
// other goroutines too, which the runtime ends the process for; at the prompt they are package keeper's.
func run(args []string) (status int) {
	catchPipes()
	o, err := parse(args)
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(os.Stderr, "go3sh: internal error, please report it: %s\n", harmless.Text(fmt.Sprint(p)))
			if o.verbose {
				fmt.Fprintf(os.Stderr, "\n%s", debug.Stack())
			}
			status = exitInternal
		}
	}()
	switch {
	case err != nil:
		fmt.Fprintf(os.Stderr, "go3sh: %s\nrun go3sh -h for help\n", harmless.Text(err.Error()))
		return exitUsage
	case o.help:
		return printed(commandLine(&o).Help())
	case o.man:
		return printed(commandLine(&o).ManPage())
	case o.shell != "":
		return printed(commandLine(&o).Completion(o.shell))
	case o.version:
		return printed(version() + "\n")
	}
	if err := privilege.Keep(privilege.Tracing...); err != nil {
		fmt.Fprintf(os.Stderr, "go3sh: %v\n", err)
		return exitFailed
	}
	return newSitting(o).run()
}

// printed writes a text that is all that was asked for. Nobody may read it to its end.
func printed(text string) int {
	if _, err := os.Stdout.WriteString(text); err != nil && !errors.Is(err, syscall.EPIPE) {
		fmt.Fprintf(os.Stderr, "go3sh: write the output: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// version is the module's version and the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "go3sh"
	}
	text := "go3sh " + info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			text += " " + s.Value
		}
	}
	return text + " " + info.GoVersion
}
