package privilege

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const childVar = "GO3SH_TEST_PRIVILEGE"

// TestMain is also a process that gives capabilities up and tells those of all its threads.
func TestMain(m *testing.M) {
	if os.Getenv(childVar) == "" {
		os.Exit(m.Run())
	}
	if err := Keep(unix.CAP_BPF, unix.CAP_PERFMON); err != nil {
		fmt.Println(err)
	}
	threads, _ := filepath.Glob("/proc/self/task/*/status")
	for _, t := range threads {
		text, _ := os.ReadFile(t)
		for l := range strings.Lines(string(text)) {
			if strings.HasPrefix(l, "CapPrm") || strings.HasPrefix(l, "CapEff") || strings.HasPrefix(l, "CapInh") {
				fmt.Print(strings.Join(strings.Fields(l), " "), "\n")
			}
		}
	}
}

func TestKeepGivesUpAllOthersInAllThreads(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("this test gives up capabilities and needs root: sudo make test")
	}
	c := exec.Command(build(t))
	c.Env = append(os.Environ(), childVar+"=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := fmt.Sprintf("CapInh: %016x\nCapPrm: %016[2]x\nCapEff: %016[2]x\n", 0, uint64(1)<<unix.CAP_BPF|uint64(1)<<unix.CAP_PERFMON)
	if threads := strings.Count(string(out), want); threads < 3 || strings.Repeat(want, threads) != string(out) {
		t.Errorf("the threads have\n%s, want each\n%s", out, want)
	}
}

// build makes a test binary without cgo, as go3sh is built.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "privilege.test")
	c := exec.Command("go", "test", "-c", "-o", path, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
