package attach

import (
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

func TestVerifierErrorHasReasonAndLog(t *testing.T) {
	k := open(t)
	_, err := k.Load(ProgramSpec{Name: "bad", Insns: asm.Instructions{
		asm.LoadMem(asm.R0, asm.R5, 0, asm.DWord),
		asm.Return(),
	}})
	refusal, ok := errors.AsType[*VerifierError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if got, want := err.Error(), "load program bad: the verifier refuses it: R5 !read_ok"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if refusal.Program != "bad" || len(refusal.Log) < 2 || !strings.Contains(strings.Join(refusal.Log, "\n"), "r0 = *(u64 *)(r5 +0)") {
		t.Errorf("log of %s: %q", refusal.Program, refusal.Log)
	}
	if errors.Is(err, fs.ErrPermission) && refusal.Err == nil {
		t.Error("the error number is lost")
	}
}

func TestLoadNamesTheMapItMisses(t *testing.T) {
	k := open(t)
	_, err := k.Load(ProgramSpec{Name: "bad", Insns: asm.Instructions{
		asm.LoadMapPtr(asm.R1, 0).WithReference("opens"),
		asm.Mov.Imm(asm.R0, 0),
		asm.Return(),
	}})
	want := `load program bad: instruction 0 names the map "opens", which is not among its maps`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// refusedAs runs the refused child with the given attributes and returns what it says.
func refusedAs(t *testing.T, attr *syscall.SysProcAttr) string {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{childVar + "=refused"}
	cmd.Dir = "/"
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestMissingPrivilegeIsOneSentence(t *testing.T) {
	k := open(t)
	if _, err := k.Tracepoints(); err != nil { // mounts tracefs
		t.Fatal(err)
	}
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	const none = "open: *attach.PermissionError tracing needs root, or CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN); run it with sudo\n"
	const contained = "this process has its capabilities in a user namespace only, as in a container without privileges; " +
		"run it with sudo on the host, or in a container that may trace the host\n"
	for _, test := range []struct {
		name string
		attr *syscall.SysProcAttr
		want string
	}{
		{"no capability", &syscall.SysProcAttr{Credential: nobody}, none},
		{
			"CAP_BPF alone",
			&syscall.SysProcAttr{Credential: nobody, AmbientCaps: []uintptr{unix.CAP_BPF}},
			"open: *attach.PermissionError tracing needs root, or CAP_PERFMON beside CAP_BPF (or CAP_SYS_ADMIN); run it with sudo\n",
		},
		{
			"tracefs not readable",
			&syscall.SysProcAttr{Credential: nobody, AmbientCaps: []uintptr{unix.CAP_BPF, unix.CAP_PERFMON}},
			"open: <nil> <nil>\n" +
				"format: *attach.PermissionError reading " + k.tracefs.Root() + "/events/sched/sched_switch/format needs root or CAP_DAC_READ_SEARCH; run it with sudo\n" +
				"map: <nil> <nil>\nfeatures: <nil> <nil>\nload: <nil> <nil>\n",
		},
		{
			"root of a user namespace",
			&syscall.SysProcAttr{
				Cloneflags:  syscall.CLONE_NEWUSER,
				UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}},
			},
			"open: <nil> <nil>\nformat: <nil> <nil>\n" +
				"map: *attach.PermissionError create map m: " + contained +
				"features: *attach.PermissionError probe the instruction set: " + contained +
				"load: *attach.PermissionError load program prog: " + contained,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := refusedAs(t, test.attr); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}
