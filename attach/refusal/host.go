package refusal

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Host is what a machine says of itself and of this process. Files are read when they are asked for, which is after something failed.
type Host struct {
	Root         fs.FS  // of the file system
	Version      uint32 // of the kernel, major<<16 | minor<<8 | patch
	Release      string // its name, as uname has it
	Capabilities uint64 // of this process, one bit each
	Files        uint64 // RLIMIT_NOFILE
	Memlock      uint64 // RLIMIT_MEMLOCK in bytes
}

// This is the running host.
func This(version uint32) *Host {
	h := &Host{Root: os.DirFS("/"), Version: version, Capabilities: Effective()}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		h.Release = unix.ByteSliceToString(u.Release[:])
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		h.Files = limit.Cur
	}
	if unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit) == nil {
		h.Memlock = limit.Cur
	}
	return h
}

// Effective are the capabilities that this process may use now, one bit each; all if they can't be read, so that the kernel decides.
func Effective() uint64 {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return ^uint64(0)
	}
	return uint64(data[0].Effective) | uint64(data[1].Effective)<<32
}

// config reports whether the kernel was built with an option, if that can be found out.
func (h *Host) config(option string) (set, known bool) {
	text := h.configText()
	if text == nil {
		return false, false
	}
	for _, value := range []string{"=y\n", "=m\n"} {
		if bytes.Contains(text, []byte("\n"+option+value)) {
			return true, true
		}
	}
	// An option that the kernel does not know at all was called otherwise when it was built.
	return false, bytes.Contains(text, []byte("\n# "+option+" is not set\n"))
}

// configText is the configuration that the kernel was built with, nil if it is nowhere.
func (h *Host) configText() []byte {
	if packed, err := fs.ReadFile(h.Root, "proc/config.gz"); err == nil {
		if r, err := gzip.NewReader(bytes.NewReader(packed)); err == nil {
			if text, err := io.ReadAll(r); err == nil {
				return text
			}
		}
	}
	for _, name := range []string{"boot/config-" + h.Release, "lib/modules/" + h.Release + "/config"} {
		if text, err := fs.ReadFile(h.Root, name); err == nil {
			return text
		}
	}
	return nil
}

// lockdown is the mode in effect, which the file has in brackets: "none [integrity] confidentiality". It is "" without lockdown.
func (h *Host) lockdown() string {
	data, err := fs.ReadFile(h.Root, "sys/kernel/security/lockdown")
	if err != nil {
		return ""
	}
	_, mode, _ := strings.Cut(string(data), "[")
	mode, _, _ = strings.Cut(mode, "]")
	if mode == "none" {
		return ""
	}
	return mode
}

// contained reports whether this process is in a user namespace below the host's.
func (h *Host) contained() bool {
	data, err := fs.ReadFile(h.Root, "proc/self/uid_map")
	f := strings.Fields(string(data))
	return err == nil && len(f) == 3 && (f[0] != "0" || f[1] != "0" || f[2] != "4294967295")
}

// number is a file with a number in it.
func (h *Host) number(name string) (n int, ok bool) {
	data, err := fs.ReadFile(h.Root, name)
	if err != nil {
		return 0, false
	}
	n, err = strconv.Atoi(strings.TrimSpace(string(data)))
	return n, err == nil
}

// size is a number of bytes, as text.
func size(n uint64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d kB", (n+1023)>>10)
}

// devices are the names of the network devices.
func (h *Host) devices() []string {
	entries, err := fs.ReadDir(h.Root, "sys/class/net")
	if err != nil || len(entries) > 10 {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
