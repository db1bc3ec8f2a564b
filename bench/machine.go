package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"go3s/bench/peer"
)

// peers are the programs that ours is compared with.
var peers = []string{peer.Name, "clang-19"}

// machine says what is measured on, and how busy it is.
func machine() []string {
	cpus, _ := os.ReadFile("/proc/cpuinfo")
	load, _ := os.ReadFile("/proc/loadavg")
	about := []string{
		fmt.Sprintf("CPU: %s, %d cores", cpuModel(string(cpus)), runtime.NumCPU()),
		"kernel: " + kernelVersion(),
		"Go: " + strings.TrimPrefix(runtime.Version(), "go"),
	}
	for _, p := range peers {
		about = append(about, "peer: "+peer.Version(p))
	}
	return append(about,
		"date: "+time.Now().UTC().Format("2006-01-02 15:04")+" UTC",
		"load average at the start: "+firstFields(string(load), 3))
}

// cpuModel is the name of the first CPU in /proc/cpuinfo.
func cpuModel(text string) string {
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// firstFields are the first n words of a text.
func firstFields(text string, n int) string {
	fields := strings.Fields(text)
	return strings.Join(fields[:min(n, len(fields))], " ")
}

// kernelVersion is the kernel's, without what who built it has added.
func kernelVersion() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "not known"
	}
	version, _, _ := strings.Cut(unix.ByteSliceToString(u.Release[:]), "-")
	return "Linux " + version + " " + runtime.GOARCH
}
