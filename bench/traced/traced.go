// Package traced puts something at hooks while events are made there: an empty program, or probes of a session of this process.
package traced

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental/source"
	"go3s/session"
)

// Empty calls f while a program of two instructions is at each hook, which are tracepoints.
func Empty(hooks []string, f func() error) (err error) {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.TracePoint, License: "GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		return fmt.Errorf("load the empty program: %w", err)
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	return Program(p, hooks, f)
}

// Program calls f while a program is at each hook, which are tracepoints, with nothing of ours between.
func Program(p *ebpf.Program, hooks []string, f func() error) (err error) {
	for _, hook := range hooks {
		event, err := atTracepoint(hook, p.FD())
		if err != nil {
			return fmt.Errorf("attach a program to %s: %w", hook, err)
		}
		defer func() { err = errors.Join(err, unix.Close(event)) }()
	}
	return f()
}

// atTracepoint attaches a program by a perf event, which is what goes when it is closed.
func atTracepoint(hook string, program int) (event int, err error) {
	text, err := os.ReadFile("/sys/kernel/tracing/events/" + strings.Replace(hook, ":", "/", 1) + "/id")
	if err != nil {
		return 0, err
	}
	id, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, err
	}
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_TRACEPOINT, Config: id, Sample: 1, Wakeup: 1}
	attr.Size = uint32(unsafe.Sizeof(attr))
	event, err = unix.PerfEventOpen(&attr, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return 0, err
	}
	err = errors.Join(unix.IoctlSetInt(event, unix.PERF_EVENT_IOC_SET_BPF, program), unix.IoctlSetInt(event, unix.PERF_EVENT_IOC_ENABLE, 0))
	return event, err
}

// Session opens a session of this process, without a budget, and enters programs in it.
func Session(programs string) (*session.Session, error) {
	k, err := attach.Open(attach.Options{})
	if err != nil {
		return nil, err
	}
	s, err := session.Open(k, session.Options{})
	if err != nil {
		return nil, errors.Join(err, k.Close())
	}
	r := s.Enter(source.Cell{Name: "bench", Text: programs})
	if len(r.Diags) > 0 {
		r.Err = errors.New(source.Render(r.Diags[0], programs))
	}
	if r.Err != nil {
		return nil, errors.Join(r.Err, s.Close())
	}
	return s, nil
}
