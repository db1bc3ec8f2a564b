package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/rogpeppe/go-internal/testscript"
)

// bin is the folder with the binaries under test: go3sh and opener. These tests run them on the real kernel and need root.
var bin string

func TestMain(m *testing.M) {
	asProgram()
	os.Exit(func() int {
		var err error
		if bin, err = os.MkdirTemp("", "go3sh-test"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(bin)
		defer alone()()
		// A user without privileges must be able to run them.
		err = errors.Join(os.Chmod(bin, 0o755),
			build("go3sh", "go3s/cmd/go3sh"), build("opener", "-ldflags=-E=main.entry", "go3s/demo/opener"))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// alone waits until no other run of these tests counts on this kernel, because they would count each other's calls.
func alone() (done func()) {
	f, err := os.Open("/sys/kernel/btf/vmlinux")
	if err != nil {
		return func() {}
	}
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	return func() { _ = f.Close() }
}

func build(name string, args ...string) error {
	c := exec.Command("go", append([]string{"build", "-o", filepath.Join(bin, name)}, args...)...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return nil
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test attaches probes and needs root: sudo make test")
	}
}

// TestScripts runs the scripts in testdata with these commands of its own beside testscript's:
//
//	status N PROGRAM ARGS…    run a program, which must exit with status N
//	nobody N PROGRAM ARGS…    the same as a user without privileges
//	opened N ARGS…            run go3sh --json with ARGS, which log the names opener opens; each of its N names is logged, or said to be lost
//	traceless HOW ARGS…       run go3sh with ARGS, end it by HOW (int, term, kill, time), and find nothing of it in the kernel
//	sums N ARGS…              run go3sh --json --every 20ms --delta with ARGS; what the intervals have of its map adds up to N
func TestScripts(t *testing.T) {
	needRoot(t)
	testscript.RunT(serial{t}, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("BIN", bin)
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":    status,
			"nobody":    nobody,
			"opened":    opened,
			"traceless": traceless,
			"sums":      sums,
		},
	})
}

// serial runs scripts one after the other: each would count the others' calls.
type serial struct{ *testing.T }

func (s serial) Parallel() {}

func (s serial) Verbose() bool { return testing.Verbose() }

func (s serial) Run(name string, f func(testscript.T)) {
	s.T.Run(name, func(t *testing.T) { f(serial{t}) })
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	want, args := wanted(ts, neg, args)
	checkStatus(ts, ts.Exec(args[0], args[1:]...), want)
}

func nobody(ts *testscript.TestScript, neg bool, args []string) {
	want, args := wanted(ts, neg, args)
	c := exec.Command(filepath.Join(bin, args[0]), args[1:]...)
	c.Dir = bin
	c.Stdout, c.Stderr = ts.Stdout(), ts.Stderr()
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	checkStatus(ts, c.Run(), want)
}

func wanted(ts *testscript.TestScript, neg bool, args []string) (int, []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N PROGRAM ARGS…")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	return n, args[1:]
}

func checkStatus(ts *testscript.TestScript, err error, want int) {
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// object is what the tests look at of a line of --json.
type object struct {
	Type  string
	Text  string
	Count uint64
}

func opened(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: opened N ARGS…")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	c := exec.Command(filepath.Join(bin, "go3sh"), append([]string{"--json"}, args[1:]...)...)
	c.Env = append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	out, err := c.Output()
	ts.Check(err)
	missing := map[string]bool{}
	for i := range n {
		missing[fmt.Sprintf("/tmp/opener-%09d", i)] = true
	}
	lost := uint64(0)
	for line := range strings.Lines(string(out)) {
		var o object
		ts.Check(json.Unmarshal([]byte(line), &o))
		switch o.Type {
		case "printf":
			_, name, _ := strings.Cut(o.Text, " ")
			if !missing[name] {
				ts.Fatalf("the record %q names a file that was not opened, or was twice", o.Text)
			}
			delete(missing, name)
		case "lost":
			lost += o.Count
		}
	}
	if uint64(len(missing)) != lost {
		ts.Fatalf("%d of %d names are missing and %d records are said to be lost", len(missing), n, lost)
	}
	ts.Logf("%d of %d records were lost", lost, n)
}

func traceless(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: traceless int|term|kill|time ARGS…")
	}
	c := exec.Command(filepath.Join(bin, "go3sh"), args[1:]...)
	var stderr strings.Builder
	c.Stderr = &stderr
	ts.Check(c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	held, err := heldBy(c.Process.Pid)
	if err != nil || len(held.programs) == 0 || len(held.maps) == 0 {
		_ = c.Process.Kill()
		<-ended
		ts.Fatalf("go3sh attached nothing: %v\n%s", err, stderr.String())
	}
	if s, ok := map[string]syscall.Signal{"int": syscall.SIGINT, "term": syscall.SIGTERM, "kill": syscall.SIGKILL}[args[0]]; ok {
		ts.Check(c.Process.Signal(s))
	}
	err = <-ended
	if args[0] != "kill" && err != nil {
		ts.Fatalf("%v\n%s", err, stderr.String())
	}
	ts.Check(held.gone())
}

// interval is a map of one interval, of which each row is one number, or has the number of values.
type interval struct {
	Type string
	Rows []struct{ Value json.RawMessage }
}

func sums(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: sums N ARGS…")
	}
	c := exec.Command(filepath.Join(bin, "go3sh"), append([]string{"--json", "--every", "20ms", "--delta"}, args[1:]...)...)
	c.Env = append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	out, err := c.Output()
	ts.Check(err)
	total, intervals := uint64(0), 0
	for line := range strings.Lines(string(out)) {
		var i interval
		ts.Check(json.Unmarshal([]byte(line), &i))
		if i.Type != "map" {
			continue
		}
		intervals++
		for _, r := range i.Rows {
			var n uint64
			if json.Unmarshal(r.Value, &n) != nil {
				var many struct{ N uint64 }
				ts.Check(json.Unmarshal(r.Value, &many))
				n = many.N
			}
			total += n
		}
	}
	if got := strconv.FormatUint(total, 10); got != args[0] || intervals < 3 {
		ts.Fatalf("%d intervals add up to %s, want %s", intervals, got, args[0])
	}
}

// kernelObjects are the ids of what a process holds in the kernel.
type kernelObjects struct{ programs, maps, links []uint32 }

// heldBy waits until a process has attached something and returns what it holds.
func heldBy(pid int) (kernelObjects, error) {
	for range 500 {
		var o kernelObjects
		dir := fmt.Sprintf("/proc/%d/fdinfo", pid)
		entries, err := os.ReadDir(dir)
		if err != nil {
			return o, err
		}
		for _, e := range entries {
			text, _ := os.ReadFile(filepath.Join(dir, e.Name()))
			o.add(string(text))
		}
		// The link is the last that a probe gets: its descriptor names the program too.
		if len(o.programs) > 1 {
			time.Sleep(50 * time.Millisecond)
			return o, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return kernelObjects{}, errors.New("it took more than five seconds")
}

func (o *kernelObjects) add(fdinfo string) {
	for line := range strings.Lines(fdinfo) {
		key, value, _ := strings.Cut(line, ":")
		id, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
		if err != nil {
			continue
		}
		switch key {
		case "prog_id":
			o.programs = append(o.programs, uint32(id))
		case "map_id":
			o.maps = append(o.maps, uint32(id))
		case "link_id":
			o.links = append(o.links, uint32(id))
		}
	}
}

// gone waits until the kernel has none of the objects any more: it frees them a moment after their last use.
func (o kernelObjects) gone() error {
	var left string
	for range 500 {
		left = o.left()
		if left == "" {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("still in the kernel: " + left)
}

// left asks for ids and opens nothing: to open and close a program array while the kernel clears it makes Linux 6.18 lose count of its
// users (prog_array_map_clear takes a reference for work that is already under way) and keep it for ever.
func (o kernelObjects) left() string {
	var left []string
	note := func(what string, id, found uint32, err error) {
		if err == nil && found == id {
			left = append(left, fmt.Sprintf("%s %d", what, id))
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			left = append(left, fmt.Sprintf("%s %d (%v)", what, id, err))
		}
	}
	for _, id := range o.programs {
		found, err := ebpf.ProgramGetNextID(ebpf.ProgramID(id - 1))
		note("program", id, uint32(found), err)
	}
	for _, id := range o.maps {
		found, err := ebpf.MapGetNextID(ebpf.MapID(id - 1))
		note("map", id, uint32(found), err)
	}
	for _, id := range o.links {
		l, err := link.NewFromID(link.ID(id))
		if err == nil {
			_ = l.Close()
		}
		note("link", id, id, err)
	}
	return strings.Join(left, ", ")
}
