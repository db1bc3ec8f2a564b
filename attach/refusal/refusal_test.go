package refusal

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

var update = flag.Bool("update", false, "write testdata/refusal.md")

// The capabilities of processes in the tests.
const (
	none  = uint64(0)
	root  = ^uint64(0)
	trace = uint64(1)<<unix.CAP_BPF | uint64(1)<<unix.CAP_PERFMON
)

// host is a machine with the given files, on which all else is as usual.
func host(capabilities uint64, version uint32, files ...string) *Host {
	fsys := fstest.MapFS{
		"proc/self/uid_map":     {Data: []byte("         0          0 4294967295\n")},
		"sys/class/net/lo/mtu":  {Data: []byte("65536\n")},
		"sys/class/net/eth0/up": {Data: []byte("1\n")},
	}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return &Host{Root: fsys, Version: version, Release: "6.1.0-test", Capabilities: capabilities, Files: 1024, Memlock: 64 << 10}
}

const now = 6<<16 | 18<<8

// cases are requests that fail, each on a host that is the reason for it.
var cases = []struct {
	where   string
	host    *Host
	request Request
	err     unix.Errno
}{
	{"as nobody", host(none, now), Request{Action: Load, Kind: "tracepoint"}, unix.EPERM},
	{"as nobody, unprivileged BPF disabled", host(none, now, "proc/sys/kernel/unprivileged_bpf_disabled", "2\n"), Request{Action: Create, Name: "m"}, unix.EPERM},
	{"with CAP_BPF alone", host(1<<unix.CAP_BPF, now), Request{Action: Load, Kind: "tracepoint"}, unix.EPERM},
	{"with CAP_BPF alone, paranoid", host(1<<unix.CAP_BPF, now, "proc/sys/kernel/perf_event_paranoid", "3\n"), Request{Action: Attach, Kind: "profile"}, unix.EACCES},
	{"without CAP_NET_ADMIN", host(trace, now), Request{Action: Load, Kind: "xdp"}, unix.EPERM},
	{"without CAP_SYS_ADMIN", host(trace, now), Request{Action: Measure}, unix.EPERM},
	{"before CAP_BPF was there", host(trace, 5<<16|4<<8), Request{Action: Load, Kind: "kprobe"}, unix.EPERM},
	{"before CAP_BPF was there", host(none, 5<<16|4<<8), Request{Action: Load, Kind: "tc"}, unix.EPERM},
	{"locked down for confidentiality", host(root, now, "sys/kernel/security/lockdown", "none integrity [confidentiality]\n"), Request{Action: Load, Kind: "kprobe"}, unix.EPERM},
	{"locked down for integrity", host(root, now, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n"), Request{Action: Load, Kind: "kprobe"}, unix.EPERM},
	{"in a container", host(root, now, "proc/self/uid_map", "         0     100000      65536\n"), Request{Action: Create, Name: "m"}, unix.EPERM},
	{"little memory may be locked", host(root, 5<<16|10<<8), Request{Action: Create, Name: "m"}, unix.EPERM},
	{"programs at functions are forbidden", host(root, now), Request{Action: Load, Kind: "fentry", Name: "vfs_read"}, unix.EPERM},
	{"all should be well", host(root, now), Request{Action: Load, Kind: "tracepoint"}, unix.EACCES},

	{"built without kprobes", host(root, now, "boot/config-6.1.0-test", "\n# CONFIG_KPROBES is not set\n"), Request{Action: Attach, Kind: "kprobe", Name: "vfs_read"}, unix.ENOENT},
	{"built without uprobes", host(root, now, "lib/modules/6.1.0-test/config", "\n# CONFIG_UPROBE_EVENTS is not set\n"), Request{Action: Attach, Kind: "uprobe", Name: "/bin/sh:main"}, unix.ENOENT},
	{"built without tracepoints of system calls", host(root, now, "proc/config.gz", packed("\nCONFIG_BPF_EVENTS=y\n# CONFIG_FTRACE_SYSCALLS is not set\n")), Request{Action: Attach, Kind: "tracepoint", Name: "syscalls:sys_enter_openat"}, unix.ENOENT},
	{"built without programs at events", host(root, now, "boot/config-6.1.0-test", "\n# CONFIG_BPF_EVENTS is not set\n"), Request{Action: Load, Kind: "raw_tp"}, unix.EINVAL},
	{"built without BTF", host(root, now, "boot/config-6.1.0-test", "\n# CONFIG_DEBUG_INFO_BTF is not set\n"), Request{Action: Load, Kind: "tp_btf", Name: "sched_switch"}, unix.ENOENT},
	{"built without trampolines", host(root, now, "boot/config-6.1.0-test", "\n# CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS is not set\n"), Request{Action: Attach, Kind: "fexit", Name: "vfs_read"}, notSupported},
	{"built without perf events", host(root, now, "boot/config-6.1.0-test", "\n# CONFIG_PERF_EVENTS is not set\n"), Request{Action: Attach, Kind: "profile"}, unix.ENOSYS},
	{"built without BPF", host(root, now, "boot/config-6.1.0-test", "\n# CONFIG_BPF_SYSCALL is not set\n"), Request{Action: Create, Name: "m"}, unix.ENOSYS},
}

func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err1 := w.Write([]byte(text))
	if err := w.Close(); err != nil || err1 != nil {
		panic(err)
	}
	return b.String()
}

// names of the actions in the table.
var actions = map[Action]string{Other: "anything", Load: "load", Create: "create a map", Attach: "attach", Measure: "measure"}

// TestWhatIsSaid compares what is said of each case, and of each row of the table on a usual host, with the table that docs/ERRORS.md has.
func TestWhatIsSaid(t *testing.T) {
	var b strings.Builder
	b.WriteString("| where | what | the kernel says | that is | what to do |\n|---|---|---|---|---|\n")
	line := func(where string, h *Host, r Request, errno unix.Errno) {
		a, ok := h.Explain(r, fmt.Errorf("attach it: %w", errno))
		if !ok || a.Reason == "" || strings.Contains(a.Reason+a.Remedy, "%!") {
			t.Errorf("%s: %+v: %v is explained as %+v", where, r, errno, a)
		}
		what := strings.TrimSpace(actions[r.Action] + " " + r.Kind)
		name := unix.ErrnoName(errno)
		if errno == notSupported {
			name = "ENOTSUPP"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", where, what, name, a.Reason, a.Remedy)
	}
	for _, c := range cases {
		line(c.where, c.host, c.request, c.err)
	}
	seen := make(map[string]bool)
	for _, row := range table {
		r := Request{Action: row.action, Name: "NAME"}
		if row.kinds != nil {
			r.Kind = row.kinds[0]
		}
		if row.action == Create {
			r.Bytes = 3 << 30
		}
		key := fmt.Sprint(r.Action, r.Kind, row.errno)
		if seen[key] {
			t.Errorf("a second row for %s", key)
		}
		seen[key] = true
		line("", host(root, now), r, row.errno)
	}
	name := filepath.Join("testdata", "refusal.md")
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("testdata/refusal.md is not fresh (-file +now):\n%s", diff)
	}
}

func TestUnknownErrorsAreLeftAlone(t *testing.T) {
	if a, ok := host(root, now).Explain(Request{Action: Load}, unix.EXDEV); ok {
		t.Errorf("EXDEV is explained as %+v", a)
	}
}

func TestPrivilegeIsNoMatterOfTheText(t *testing.T) {
	for errno, want := range map[unix.Errno]bool{unix.EPERM: true, unix.EACCES: true, unix.EBUSY: false, unix.EMFILE: false} {
		if a, ok := host(root, now).Explain(Request{Action: Attach, Kind: "xdp", Name: "eth0"}, errno); !ok || a.Privilege != want {
			t.Errorf("%v: %+v", errno, a)
		}
	}
}

func TestTheRunningHostIsRead(t *testing.T) {
	h := This(now)
	if h.Release == "" || h.Files == 0 || h.Capabilities == 0 {
		t.Errorf("%+v", h)
	}
	if set, known := h.config("CONFIG_BPF_SYSCALL"); known && !set {
		t.Error("this kernel has no BPF")
	}
}
