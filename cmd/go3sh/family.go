package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"go3s/session"
)

// family is processes and all their descendants, those given first. A shell does not hand signals on, and the command can't have a
// process group of its own, because then it could not read from the terminal: who is to end it has to find all.
func family(pids ...int) []int {
	children := make(map[int][]int)
	entries, _ := os.ReadDir("/proc") // without it there are none to be found
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parent, ok := parentOf(pid); ok {
			children[parent] = append(children[parent], pid)
		}
	}
	all := slices.Clone(pids)
	for i := 0; i < len(all); i++ {
		for _, child := range children[all[i]] {
			if !slices.Contains(all, child) {
				all = append(all, child)
			}
		}
	}
	return all
}

// parentOf reads the fourth field of a process's stat file. The second, its name, is in brackets and may have anything in it.
func parentOf(pid int) (parent int, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 2 {
		return 0, false
	}
	parent, err = strconv.Atoi(string(fields[1]))
	return parent, err == nil
}

// follow opens the filter of -p and -c, and starts the command. The kernel side follows first and /proc is read then, as often as it
// takes to find nobody new, so that no process can slip between.
func (t *sitting) follow() (err error) {
	if t.command != "" && t.all || t.command == "" && len(t.pids) == 0 {
		if t.command != "" {
			t.child, err = t.startCommand()
		}
		return err
	}
	for _, pid := range t.pids {
		if err := unix.Kill(pid, 0); errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("-p %d: there is no such process", pid)
		}
	}
	if t.filter, err = session.NewFilter(t.kernel); err != nil {
		return err
	}
	if t.command != "" {
		return t.filter.Starting(func() (err error) {
			t.child, err = t.startCommand()
			return err
		})
	}
	self, err := t.filter.Self()
	if err != nil {
		return err
	}
	if self != os.Getpid() {
		return fmt.Errorf("-p is of no use in a PID namespace: this process is %d here and %d in the kernel", os.Getpid(), self)
	}
	var known []int
	for {
		found := family(t.pids...)
		fresh := slices.DeleteFunc(slices.Clone(found), func(pid int) bool { return slices.Contains(known, pid) })
		if len(fresh) == 0 {
			return nil
		}
		if err := t.filter.Add(fresh...); err != nil {
			return err
		}
		known = append(known, fresh...)
	}
}

// awaitProcesses ends the sitting when the processes of -p have ended.
func (t *sitting) awaitProcesses(ctx context.Context) {
	for _, pid := range t.pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue // it has ended
		}
		for ctx.Err() == nil {
			if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 100); n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
				break
			}
		}
		_ = unix.Close(fd)
	}
	if ctx.Err() == nil {
		t.end(errEnded)
	}
}
