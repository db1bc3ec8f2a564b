package attach

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"go3s/attach/refusal"
	"go3s/internal/leaks"
)

var update = flag.Bool("update", false, "write testdata/faults.txt")

// faults are the error numbers that the kernel answers with, by action.
var faults = []struct {
	action refusal.Action
	errnos []unix.Errno
}{
	{refusal.Create, []unix.Errno{unix.E2BIG, unix.EINVAL, unix.ENOMEM, unix.EMFILE, unix.ENFILE, unix.EXDEV}},
	{refusal.Load, []unix.Errno{unix.E2BIG, unix.EAGAIN, unix.EINVAL, unix.ENOMEM, unix.EMFILE, unix.ENOSPC, unix.EFAULT, unix.EXDEV}},
	{refusal.Attach, []unix.Errno{unix.ENOENT, unix.EBUSY, unix.EEXIST, unix.E2BIG, unix.ENOSPC, unix.ENOMEM, unix.EMFILE, unix.EOPNOTSUPP, unix.EXDEV}},
}

// hooks are places that programs without a target can be put to.
var hooks = []Hook{
	getppid,
	{Type: RawTracepoint, Kind: "raw_tp", Name: "sys_enter"},
	{Type: KProbe, Kind: "uprobe", Name: "/bin/sh:main"},
	{Type: XDP, Name: "lo"},
	{Type: TC, Name: "lo"},
	{Type: PerfEvent, Kind: "profile", Name: "99hz", Hertz: 99},
}

// Whatever the kernel answers, it is said in a sentence, nothing stays behind, and the next try succeeds.
func TestEveryFaultIsASentence(t *testing.T) {
	k := open(t)
	var said strings.Builder
	spec := MapSpec{Name: unique("m"), Kind: Hash, Key: 4, Value: 8, Entries: 16}
	insns := asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}
	programs := make(map[ProgramType]ProgramID)
	for _, h := range hooks {
		programs[h.Type] = must[ProgramID](t)(k.Load(ProgramSpec{Name: unique("p"), Type: h.Type, Insns: insns}))
	}
	// What all links share is made with the first.
	if err := <-k.Detach(must[LinkID](t)(k.Attach(getppid, unique("l"), programs[Tracepoint]))); err != nil {
		t.Fatal(err)
	}
	before := leaks.Files()
	once := func(action refusal.Action, errno unix.Errno, try func() error) {
		t.Helper()
		k.fault = func(a refusal.Action) error {
			if a == action {
				return fmt.Errorf("as the kernel says: %w", errno)
			}
			return nil
		}
		err := try()
		k.fault = nil
		if !errors.Is(err, errno) {
			t.Errorf("%v becomes %v", errno, err)
			return
		}
		fmt.Fprintf(&said, "%s: %s\n", unix.ErrnoName(errno), stable(err.Error()))
		if n := leaks.Files(); n != before {
			t.Errorf("%v: %d files are open, and %d before", err, n, before)
		}
	}
	for _, f := range faults {
		for _, errno := range f.errnos {
			switch f.action {
			case refusal.Create:
				once(f.action, errno, func() error { _, err := k.CreateMap(spec); return err })
			case refusal.Load:
				once(f.action, errno, func() error { _, err := k.Load(ProgramSpec{Name: unique("p"), Insns: insns}); return err })
			case refusal.Attach:
				for _, h := range hooks {
					once(f.action, errno, func() error { _, err := k.Attach(h, unique("l"), programs[h.Type]); return err })
				}
			}
		}
	}
	id := must[MapID](t)(k.CreateMap(spec))
	if err := errors.Join(k.FreeMap(id), <-k.Detach(must[LinkID](t)(k.Attach(getppid, unique("l"), programs[Tracepoint])))); err != nil {
		t.Error(err)
	}

	name := filepath.Join("testdata", "faults.txt")
	if *update {
		if err := os.WriteFile(name, []byte(said.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(must[[]byte](t)(os.ReadFile(name))), said.String()); diff != "" {
		t.Errorf("testdata/faults.txt is not fresh (-file +now):\n%s", diff)
	}
}

var bytesOf = regexp.MustCompile(`about \d+ .B of`)

// stable is a sentence without what differs from run to run: the process's number, its limits, sizes, the machine's network devices.
func stable(sentence string) string {
	sentence = strings.ReplaceAll(sentence, prefix(os.Getpid()), "")
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		sentence = strings.ReplaceAll(sentence, fmt.Sprint(limit.Cur), "LIMIT")
	}
	sentence = bytesOf.ReplaceAllString(sentence, "about SIZE of")
	if there, _, ok := strings.Cut(sentence, "; there is "); ok {
		sentence = there + "; there is …"
	}
	return sentence
}
