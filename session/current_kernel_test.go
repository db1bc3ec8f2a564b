package session_test

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"go3s/attach"
	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/incremental/universe"
	"go3s/session"
)

// aged is the running kernel, which says that it is older than it is, or nothing of its types. It notes which helpers programs call.
type aged struct {
	session.Kernel
	version uint32 // 0: the true one
	untyped bool

	mu    sync.Mutex
	calls map[string]bool
}

func (k *aged) Features() (attach.Features, error) {
	f, err := k.Kernel.Features()
	if k.version != 0 {
		f.Version = k.version
	}
	return f, err
}

func (k *aged) BTF() ([]byte, error) {
	if k.untyped {
		return nil, os.ErrNotExist
	}
	return k.Kernel.BTF()
}

func (k *aged) Load(spec attach.ProgramSpec) (attach.ProgramID, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, ins := range spec.Insns {
		if h := ir.LookupHelper(ins.Constant); ins.IsBuiltinCall() && h != nil && strings.HasPrefix(h.Name, "get_current_") {
			k.calls[h.Name] = true
		}
	}
	return k.Kernel.Load(spec)
}

// open is a session on the kernel.
func (k *aged) open(t *testing.T) *session.Session {
	t.Helper()
	kernel, err := attach.Open(attach.Options{})
	if err != nil {
		t.Fatalf("this test needs root: %v", err)
	}
	k.Kernel, k.calls = kernel, map[string]bool{}
	s, err := session.Open(k, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// asSomebody has another thread of this process call lseek on no file n times under each name, as a user and a group of its own.
func asSomebody(t *testing.T, names []string, uid, gid uintptr, n int) (tid int) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // the thread ends with the goroutine
		tid = unix.Gettid()
		for _, id := range []struct{ call, to uintptr }{{unix.SYS_SETRESGID, gid}, {unix.SYS_SETRESUID, uid}} {
			if _, _, errno := unix.RawSyscall(id.call, id.to, id.to, 0); errno != 0 {
				t.Error(errno)
			}
		}
		for _, name := range names {
			text := append([]byte(name), 0)
			if err := unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&text[0])), 0, 0, 0); err != nil {
				t.Error(err)
			}
			for range n {
				_, _ = unix.Seek(-1, 5, 3)
			}
		}
	}()
	<-done
	return tid
}

// What programs learn of their threads is the same by loads of the task and by helpers, in keys, in values and in comparisons: at the same
// time, of the same events.
func TestTheRunningThreadIsTheSameByAllWays(t *testing.T) {
	const text = `
type mixed struct {
	whence uint16
	comm   string
	uid    uint32
}
p := syscalls:sys_enter_lseek @pid == %d && ctx.fd == 1<<32-1 && ctx.offset == 5 {
	comms[comm]++
	pids[pid]++
	tids[tid]++
	uids[uid]++
	gids[gid]++
	mixes[mixed{uint16(ctx.whence), comm, uid}]++
	last[tid] = comm
	if comm == "short" {
		equal++
	}
	if strings.HasPrefix(comm, "a name of") {
		begins++
	}
}`
	ways := []struct {
		kernel *aged
		calls  []string
	}{
		{&aged{}, []string{"get_current_task_btf"}},
		{&aged{version: 5<<16 | 16<<8}, []string{"get_current_comm", "get_current_task_btf"}},
		{&aged{version: 5<<16 | 10<<8}, []string{"get_current_comm", "get_current_pid_tgid", "get_current_uid_gid"}},
		{&aged{untyped: true}, []string{"get_current_comm", "get_current_pid_tgid", "get_current_uid_gid"}},
	}
	var sessions []*session.Session
	for _, w := range ways {
		s := w.kernel.open(t)
		enter(t, s, fmt.Sprintf(text, os.Getpid()))
		sessions = append(sessions, s)
		if diff := cmp.Diff(w.calls, slices.Sorted(maps.Keys(w.kernel.calls))); diff != "" {
			t.Errorf("helpers of the kernel %s (-want +got):\n%s", universe.VersionText(w.kernel.version), diff)
		}
	}
	const n = 500
	first := asSomebody(t, []string{"a name of 15 byt", "short", ""}, 0, 0, n)
	second := asSomebody(t, []string{"short", "a name of 15 byt"}, 4_000_000_000, 77, n)
	third := asSomebody(t, []string{"12345678"}, 65534, 4_294_967_294, n)
	id := func(n int) string { return fmt.Sprint(n) }
	want := map[string]map[string]any{
		"comms":  {"a name of 15 by": uint64(2 * n), "short": uint64(2 * n), "": uint64(n), "12345678": uint64(n)},
		"pids":   {id(os.Getpid()): uint64(6 * n)},
		"tids":   {id(first): uint64(3 * n), id(second): uint64(2 * n), id(third): uint64(n)},
		"uids":   {"0": uint64(3 * n), "4000000000": uint64(2 * n), "65534": uint64(n)},
		"gids":   {"0": uint64(3 * n), "77": uint64(2 * n), "4294967294": uint64(n)},
		"last":   {id(first): "", id(second): "a name of 15 by", id(third): "12345678"},
		"equal":  {"": uint64(2 * n)},
		"begins": {"": uint64(2 * n)},
		"mixes": {
			"3 a name of 15 by 0": uint64(n), "3 short 0": uint64(n), "3  0": uint64(n), "3 12345678 65534": uint64(n),
			"3 short 4000000000": uint64(n), "3 a name of 15 by 4000000000": uint64(n),
		},
	}
	for i, s := range sessions {
		got := map[string]map[string]any{}
		for name := range want {
			got[name] = rowsByKey(t, s, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with %v (-want +got):\n%s", ways[i].calls, diff)
		}
	}
}

// Programs of every kind may read the task.
func TestTheRunningThreadIsReadInProgramsOfAllKinds(t *testing.T) {
	const work = " { comms[comm]++; pids[pid]++; tids[tid]++; uids[uid]++; gids[gid]++; if comm == \"x\" { equal++ }; printf(\"%s %d\", comm, uid) }"
	for _, hook := range []string{
		"syscalls:sys_enter_getppid", "raw_tp:sched_switch", "tp_btf:sched_switch", "kprobe:do_nanosleep", "kretprobe:do_nanosleep",
		"uprobe:/proc/self/exe:main.main", "profile:99hz", "interval:1s", "begin", "end",
	} {
		k := &aged{}
		cell := source.Cell{Name: "-e", Text: hook + work}
		if r := k.open(t).Verify(cell); !r.OK() {
			for _, d := range r.Diags {
				t.Error(source.Render(d, cell.Text))
			}
			t.Errorf("%s: %v", hook, r.Err)
		}
		if diff := cmp.Diff([]string{"get_current_task_btf"}, slices.Sorted(maps.Keys(k.calls))); diff != "" {
			t.Errorf("%s: helpers (-want +got):\n%s", hook, diff)
		}
	}
}
