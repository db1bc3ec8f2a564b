package attach

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"go3s/attach/refusal"
	"go3s/attach/tracefs"
)

// VerifierError is the kernel's refusal of a program.
type VerifierError struct {
	Program string   // its name
	Summary string   // the reason, one line of the log
	Log     []string // the whole log, line by line
	Err     error    // the error number
}

func (e *VerifierError) Error() string {
	return fmt.Sprintf("load program %s: the verifier refuses it: %s", e.Program, e.Summary)
}

func (e *VerifierError) Unwrap() error { return e.Err }

// PermissionError says that this process lacks a privilege, and what gives it. errors.Is(err, fs.ErrPermission) holds.
type PermissionError struct {
	Op     string // what was tried, may be empty
	Reason string // what is missing
	Remedy string // what to do about it, may be empty
	Err    error  // the error number
}

func (e *PermissionError) Error() string {
	s := e.Reason
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

func (e *PermissionError) Unwrap() error { return e.Err }

// Is makes every PermissionError an fs.ErrPermission.
func (e *PermissionError) Is(target error) bool { return target == fs.ErrPermission }

// RefusedError says why the kernel did not do something that needs no further privilege, and what to do about it.
type RefusedError struct {
	Op     string // what was tried
	Reason string // why the kernel refused it
	Remedy string // what to do about it, may be empty
	Err    error  // the error number
}

func (e *RefusedError) Error() string {
	s := e.Op + ": " + e.Reason
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

func (e *RefusedError) Unwrap() error { return e.Err }

// VersionError says that the kernel is too old for something.
type VersionError struct {
	What        string
	Needs, Have uint32 // as Features.Version
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s needs Linux %s; this is %s", e.What, versionString(e.Needs), versionString(e.Have))
}

// errDetaching is the outcome of a second Detach.
var errDetaching = errors.New("it is already being detached")

func isPermission(err error) bool {
	return errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES)
}

// refine says what was tried, and turns an error that is about privilege into a PermissionError.
func refine(op string, err error) error { return explain(op, refusal.Request{}, err) }

// explain says what was tried and why the kernel did not do it: by a *PermissionError where it is about privilege, by a *RefusedError where
// the reason is known.
func explain(op string, r refusal.Request, err error) error {
	if err == nil {
		return nil
	}
	if access, ok := errors.AsType[*tracefs.AccessError](err); ok {
		return tracefsRefused(access)
	}
	if explained(err) {
		return err
	}
	version, _ := kernelVersion()
	if answer, ok := refusal.This(version).Explain(r, err); ok {
		if answer.Privilege {
			return &PermissionError{Op: op, Reason: answer.Reason, Remedy: answer.Remedy, Err: err}
		}
		return &RefusedError{Op: op, Reason: answer.Reason, Remedy: answer.Remedy, Err: err}
	}
	if op == "" {
		return err
	}
	return fmt.Errorf("%s: %w", op, err)
}

// scarce is how many files that may still be opened are so few that others, who open some for a moment, may have been in the way.
const scarce = 16

// ofFiles is an error with the want of files that it comes from. When the kernel has not done something, the library asks it whether it can at all, and
// remembers the answer; where no file can be opened, it takes the answer to that for a no.
func ofFiles(err error) error {
	if !errors.Is(err, ebpf.ErrNotSupported) {
		return err
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return err
	}
	open, wanting := os.ReadDir("/proc/self/fd")
	if wanting != nil || uint64(len(open)+scarce) > limit.Cur {
		return unix.EMFILE
	}
	return err
}

// wantsFiles reports whether an error is about descriptors.
func wantsFiles(err error) bool { return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) }

// explained reports whether an error has its explanation already. Of a refusal by the verifier EACCES is among the reasons, and no matter
// of privilege.
func explained(err error) bool {
	_, verified := errors.AsType[*VerifierError](err)
	_, permitted := errors.AsType[*PermissionError](err)
	_, refused := errors.AsType[*RefusedError](err)
	return verified || permitted || refused
}

// tracefsRefused is the error for a tracefs that this process may not use. It usually belongs to root alone, mode 0700.
func tracefsRefused(e *tracefs.AccessError) error {
	p := &PermissionError{Err: e.Err}
	if e.Op == "mount" {
		p.Reason = "tracefs is not mounted, and mounting it at " + e.Path + " needs CAP_SYS_ADMIN"
		p.Remedy = "run it with sudo, or once: sudo mount -t tracefs tracefs " + e.Path
		return p
	}
	p.Reason = "reading " + e.Path + " needs root or CAP_DAC_READ_SEARCH"
	p.Remedy = "run it with sudo"
	return p
}

// checkCapabilities returns a *PermissionError unless this process has what tracing needs. Tracing programs are never open to
// unprivileged processes, whatever kernel.unprivileged_bpf_disabled says.
func checkCapabilities() error {
	effective := refusal.Effective()
	has := func(c int) bool { return effective&(1<<c) != 0 }
	if has(unix.CAP_SYS_ADMIN) || has(unix.CAP_BPF) && has(unix.CAP_PERFMON) {
		return nil
	}

	missing := "CAP_BPF and CAP_PERFMON"
	if has(unix.CAP_BPF) {
		missing = "CAP_PERFMON beside CAP_BPF"
	} else if has(unix.CAP_PERFMON) {
		missing = "CAP_BPF beside CAP_PERFMON"
	}
	return &PermissionError{
		Reason: "tracing needs root, or " + missing + " (or CAP_SYS_ADMIN)",
		Remedy: "run it with sudo",
		Err:    unix.EPERM,
	}
}
