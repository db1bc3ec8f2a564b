package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// guest is the first process of a machine: it makes it one that programs can run in, runs the checks, and switches the machine off.
func guest() {
	defer func() {
		if p := recover(); p != nil {
			fmt.Println("kernels: panic:", p)
		}
		unix.Sync()
		_ = unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
	}()
	for _, m := range []struct{ kind, at string }{
		{"proc", "/proc"},
		{"sysfs", "/sys"},
		{"devtmpfs", "/dev"},
		{"tmpfs", "/tmp"},
		{"tracefs", "/sys/kernel/tracing"},
		{"bpf", "/sys/fs/bpf"},
		{"cgroup2", "/sys/fs/cgroup"},
		{"securityfs", "/sys/kernel/security"},
		{"devpts", "/dev/pts"},
	} {
		_ = os.MkdirAll(m.at, 0o755)
		if err := unix.Mount(m.kind, m.at, m.kind, 0, ""); err != nil {
			fmt.Println("kernels: mount", m.at, err)
		}
	}
	raiseLoopback()
	_ = os.Setenv("PATH", "/")
	_ = os.Setenv("HOME", "/tmp")
	_ = os.WriteFile("/proc/sys/kernel/printk", []byte("3"), 0)
	port, err := os.OpenFile("/dev/ttyS1", os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	tell := json.NewEncoder(port)
	tell.SetEscapeHTML(false)
	version, pattern := parameter("go3sh.version"), parameter("go3sh.run")
	done, _ := strconv.Atoi(parameter("go3sh.done"))
	for _, c := range checks {
		if !strings.Contains(c.name, pattern) {
			continue
		}
		if done--; done < 0 {
			_ = tell.Encode(c.run(number(version)))
		}
	}
	for _, t := range tested {
		folder := filepath.Join("/tests", t.name())
		if _, err := os.Stat(folder); err != nil || !strings.Contains(t.folder, pattern) {
			continue
		}
		if done--; done < 0 {
			_ = tell.Encode(t.runAll(folder))
		}
	}
	fmt.Fprintln(port, goneMark)
	_ = port.Close()
	time.Sleep(100 * time.Millisecond)
}

// raiseLoopback switches the loopback device on, as no one else does here.
func raiseLoopback() {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return
	}
	defer unix.Close(s)
	up, err := unix.NewIfreq("lo")
	if err == nil {
		up.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		err = unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, up)
	}
	if err != nil {
		fmt.Println("kernels: raise lo:", err)
	}
}

// parameter is a word of the kernel's command line.
func parameter(name string) string {
	text, _ := os.ReadFile("/proc/cmdline")
	for _, w := range strings.Fields(string(text)) {
		if value, ok := strings.CutPrefix(w, name+"="); ok {
			return value
		}
	}
	return ""
}

// number is a version as one number, 1000 times its first part and its second.
func number(version string) int {
	var major, minor int
	_, _ = fmt.Sscanf(version, "%d.%d", &major, &minor)
	return major*1000 + minor
}

// traced is a go3sh that runs, and what it has written.
type traced struct {
	*exec.Cmd
	stderr   bytes.Buffer
	attached chan struct{} // closed when it has attached so many probes as are awaited, or ends
	done     chan struct{}

	mu      sync.Mutex
	objects []map[string]any
}

// trace starts go3sh and returns when its probes are attached, or it has ended.
func trace(probes int, args ...string) (*traced, error) {
	t := &traced{Cmd: exec.Command("/go3sh", append([]string{"--json", "--no-journal", "--budget", "off"}, args...)...), attached: make(chan struct{}), done: make(chan struct{})}
	t.Stderr = &t.stderr
	stdout, err := t.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := t.Start(); err != nil {
		return nil, err
	}
	go t.read(bufio.NewReaderSize(stdout, 1<<20), probes)
	select {
	case <-t.attached:
	case <-time.After(2 * time.Minute):
		_ = t.Process.Kill()
		return nil, fmt.Errorf("its probes are not attached after two minutes\n%s", &t.stderr)
	}
	return t, nil
}

func (t *traced) read(r *bufio.Reader, probes int) {
	defer close(t.done)
	var once sync.Once
	ready := func() { once.Do(func() { close(t.attached) }) }
	defer ready()
	for n := 0; ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		var o map[string]any
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		_ = d.Decode(&o)
		t.mu.Lock()
		t.objects = append(t.objects, o)
		t.mu.Unlock()
		if o["type"] == "attached" {
			if n++; n == probes {
				ready()
			}
		}
	}
}

// finish ends go3sh as Ctrl-C does, and waits for it.
func (t *traced) finish() error {
	_ = t.Process.Signal(unix.SIGINT)
	timer := time.AfterFunc(time.Minute, func() { _ = t.Process.Kill() })
	defer timer.Stop()
	<-t.done
	if err := t.Wait(); err != nil {
		return fmt.Errorf("go3sh ends with %w\n%s", err, &t.stderr)
	}
	return nil
}

// counted is what maps hold and what probes were told, one "name[key]=value" each; of aggregates the number of values.
func (t *traced) counted() map[string]string {
	got := map[string]string{}
	for _, o := range t.objects {
		switch o["type"] {
		case "map":
			for _, row := range o["rows"].([]any) {
				r := row.(map[string]any)
				name := fmt.Sprint(o["map"])
				if key, ok := r["key"].(map[string]any); ok {
					for _, v := range key {
						name += fmt.Sprintf("[%v]", v)
					}
				}
				value := r["value"]
				if many, ok := value.(map[string]any); ok {
					value = many["n"]
				}
				got[name] = fmt.Sprint(value)
			}
		case "probe":
			for _, member := range []string{"lost", "map_full", "read", "fault", "missed", "cut"} {
				if n := fmt.Sprint(o[member]); n != "0" {
					got[fmt.Sprintf("%s.%s", o["probe"], member)] = n
				}
			}
		}
	}
	return got
}
