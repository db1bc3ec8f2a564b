package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	pasteBegins = "\x1b[200~"
	pasteEnds   = "\x1b[201~"
)

// open has the opener open a number of files.
func open(t *testing.T, n string) {
	t.Helper()
	if out, err := exec.Command(filepath.Join(bin, "opener"), n).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestPromptTakesAPasteAsAWholeAndRecallsItInTheNextSitting(t *testing.T) {
	home := t.TempDir()
	u := sitWith(t, home, nil)
	u.sees("\x1b[?2004h")
	u.types(pasteBegins + "// What is opened.\r\ntype key struct {\r\n\tname string\r\n}\r\n\r\n" +
		"syscalls:sys_enter_openat @comm == \"opener\" {\r\n\n\topens[key{comm}]++ // by name\r\n}\r\n" + pasteEnds)
	u.sees("  ...> ")
	u.sees("by name")
	u.types("\r")
	u.sees("attached sys_enter_openat (")
	open(t, "77")
	u.types("opens\r")
	u.sees("77")
	u.sees("go3sh> ")
	u.types(ctrlD)
	u.leaves(exitOK)

	u = sitWith(t, home, nil)
	u.sees("go3sh> ")
	u.types(up + up)
	u.sees("    opens[key{comm}]++ // by name")
	u.types("\r")
	u.sees("attached sys_enter_openat (")
	u.sees("go3sh> ")
	u.types(ctrlD)
	u.leaves(exitOK)
}

func TestCtrlCGivesALineUpAndLeavesTheProbes(t *testing.T) {
	u := sit(t)
	u.sees("go3sh> ")
	u.types("syscalls:sys_enter_openat @comm == \"opener\" { opens[comm]++ }\r")
	u.sees("attached sys_enter_openat (")
	u.sees("go3sh> ")
	u.types("half a line" + ctrlC)
	u.sees("go3sh> ")
	u.types("sched:sched_switch {\r" + ctrlC)
	u.sees("^C\r\n")
	for range 2 {
		u.sees("go3sh> ")
		u.types(ctrlC)
	}
	u.sees(":quit or Ctrl-D leaves")
	open(t, "321")
	u.types("opens\r")
	u.sees("321")
	u.types(ctrlD)
	u.leaves(exitOK)
}

func TestAFloodOfLogLinesLeavesTypingAlone(t *testing.T) {
	u := sit(t)
	u.sees("go3sh> ")
	u.types("syscalls:sys_enter_openat @comm == \"opener\" { printf(\"flood\") }\r")
	u.sees("attached sys_enter_openat (")
	u.sees("go3sh> ")
	for _, key := range []string{"1", " +", " 40", " +", " 1"} {
		open(t, "2000")
		u.types(key)
	}
	u.sees("more lines, too many to show here")
	u.types("\r")
	u.sees("42\r\n")
	u.types(":quit\r")
	u.leaves(exitOK)
}

func TestPromptCompletesFieldsOfTheKernelsStructs(t *testing.T) {
	u := sit(t)
	u.sees("go3sh> ")
	u.types("sched:sched_process_exec { task.real_parent.tg\t")
	u.sees("tgid")
	u.types(ctrlC + "kprobe:vfs_rea\t")
	u.sees("kprobe:vfs_read")
	u.types(ctrlC + "syscalls:sys_enter_openat { str(ctx.\t")
	u.sees("filename")
	u.sees("*char")
	u.types(ctrlC + ctrlD)
	u.leaves(exitOK)
}

func TestPromptHasColoursOnlyWhereTheyAreWanted(t *testing.T) {
	for _, c := range []struct {
		env     string
		colours bool
		escapes bool
	}{{"TERM=xterm", true, true}, {"NO_COLOR=1", false, true}, {"TERM=dumb", false, false}} {
		u := sitWith(t, t.TempDir(), []string{c.env})
		u.sees("go3sh> ")
		if !c.escapes {
			u.types("1 +\n")
			u.sees("...> ")
			u.types("2\n")
			u.sees("3\r\n")
			u.types(":view\n")
			u.sees("this terminal has no full screen: TERM is dumb")
		}
		u.types(":nothing\n")
		u.sees("no command :nothing")
		u.types(ctrlD)
		u.leaves(exitOK)
		if got := strings.Contains(u.text(), "m"+"go3sh> "); got != c.colours {
			t.Errorf("%s: colours are %v, want %v, in\n%q", c.env, got, c.colours, u.text())
		}
		if got := strings.Contains(u.text(), "\x1b"); got != c.escapes {
			t.Errorf("%s: escapes are %v, want %v, in\n%q", c.env, got, c.escapes, u.text())
		}
	}
}

func TestTheEntryIsDrawnAnewWhenTheTerminalChangesItsSize(t *testing.T) {
	u := sit(t)
	u.sees("go3sh> ")
	u.types("half a line")
	u.sees("half a line")
	if err := unix.IoctlSetWinsize(int(u.terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 10, Col: 50}); err != nil {
		t.Fatal(err)
	}
	u.sees("half a line")
	u.types(ctrlC + ctrlD)
	u.leaves(exitOK)
}

func TestHistoryIsNotWrittenThroughALink(t *testing.T) {
	home, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(home, ".local")); err != nil {
		t.Fatal(err)
	}
	u := sitWith(t, home, nil)
	u.sees("go3sh> ")
	u.types("1 + 1\r")
	u.sees("2\r\n")
	u.types(ctrlD)
	u.leaves(exitOK)
	if left, err := os.ReadDir(elsewhere); err != nil || len(left) > 0 {
		t.Errorf("behind the link there is %v (%v)", left, err)
	}
}

func TestThoseWhoHaveNeverTypedAnythingAreToldHowToGoOn(t *testing.T) {
	home := t.TempDir()
	u := sitWith(t, home, nil)
	u.sees(greeting)
	u.sees("go3sh> ")
	u.types("1 + 1\r")
	u.sees("2\r\n")
	u.types(ctrlD)
	u.leaves(exitOK)
	u = sitWith(t, home, nil)
	u.sees("go3sh> ")
	u.types(ctrlD)
	u.leaves(exitOK)
	if strings.Contains(u.text(), greeting) {
		t.Errorf("who has typed something is told again:\n%s", u.text())
	}
}
