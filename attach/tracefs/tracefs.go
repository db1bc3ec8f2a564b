// Package tracefs reads the kernel's catalogue of tracepoints: their names and the format files that describe their records.
//
// The layout of the file system is Documentation/trace/events.rst in the kernel's source.
package tracefs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// FS is a mounted tracefs. It may be used by any number of goroutines at once.
type FS struct {
	root string

	mu     sync.Mutex
	events []string
	read   time.Time // when events was read
}

// MountPoint is where tracefs is mounted when it is mounted nowhere.
const MountPoint = "/sys/kernel/tracing"

// fresh is how long a list of events is believed. Loading a kernel module adds tracepoints.
const fresh = 30 * time.Second

// AccessError says that tracefs is there or could be mounted, but not by this process. errors.Is(err, fs.ErrPermission) holds.
type AccessError struct {
	Op   string // "mount", "read"
	Path string
	Err  error
}

func (e *AccessError) Error() string { return fmt.Sprintf("%s tracefs at %s: %v", e.Op, e.Path, e.Err) }

func (e *AccessError) Unwrap() error { return e.Err }

// New is the tracefs whose root is the given folder.
func New(root string) *FS { return &FS{root: root} }

// Find returns the tracefs of this system. It looks at MountPoint, then at all mounts, then below debugfs, which mounts tracefs
// at the first access. If there is none, Find mounts it at MountPoint, which needs CAP_SYS_ADMIN; it stays mounted, as it is on
// most systems from boot on.
func Find() (*FS, error) {
	if isTracefs(MountPoint) {
		return New(MountPoint), nil
	}
	if root := findMount("/proc/self/mounts"); root != "" && isTracefs(root) {
		return New(root), nil
	}
	if root := "/sys/kernel/debug/tracing"; isTracefs(root) {
		return New(root), nil
	}

	err := unix.Mount("tracefs", MountPoint, "tracefs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	switch {
	case err == nil || isTracefs(MountPoint): // another process may have been faster
		return New(MountPoint), nil
	case errors.Is(err, fs.ErrPermission):
		return nil, &AccessError{"mount", MountPoint, err}
	case errors.Is(err, unix.ENODEV) || errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("mount tracefs at %s: this kernel has no tracefs (CONFIG_EVENT_TRACING): %w", MountPoint, err)
	}
	return nil, fmt.Errorf("mount tracefs at %s: %w", MountPoint, err)
}

func isTracefs(root string) bool {
	var st unix.Statfs_t
	return unix.Statfs(root, &st) == nil && st.Type == unix.TRACEFS_MAGIC
}

// findMount returns the first mount point of a tracefs in a mount table, "" if there is none.
func findMount(table string) string {
	data, err := os.ReadFile(table)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) >= 3 && f[2] == "tracefs" {
			return unescape.Replace(f[1])
		}
	}
	return ""
}

// unescape undoes the octal escapes of a mount table.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// Root is the folder at which the file system is mounted.
func (t *FS) Root() string { return t.root }

// Events lists all events as "category:name", sorted. The caller must not change the list. It is read anew when it is older
// than half a minute.
func (t *FS) Events() ([]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.events != nil && time.Since(t.read) < fresh {
		return t.events, nil
	}

	data, err := t.readFile("available_events")
	if err != nil {
		return nil, fmt.Errorf("list tracepoints: %w", err)
	}
	events := make([]string, 0, bytes.Count(data, []byte{'\n'}))
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			events = append(events, line)
		}
	}
	slices.Sort(events)
	t.events, t.read = events, time.Now()
	return events, nil
}

// Format returns the text of the format file of category:name. If the kernel has no event of that name, which includes every
// name that is no file name, errors.Is(err, fs.ErrNotExist) holds.
func (t *FS) Format(category, name string) (string, error) {
	if !validName(category) || !validName(name) {
		return "", fmt.Errorf("tracepoint %q: %w", category+":"+name, fs.ErrNotExist)
	}
	data, err := t.readFile(filepath.Join("events", category, name, "format"))
	if errors.Is(err, unix.ENOTDIR) {
		err = fs.ErrNotExist // events/enable and other files are no categories
	}
	if err != nil {
		return "", fmt.Errorf("tracepoint %s:%s: %w", category, name, err)
	}
	return string(data), nil
}

// Defined lists the events that users have defined while the kernel runs, as "category:name".
func (t *FS) Defined() ([]string, error) {
	data, err := t.readFile("dynamic_events")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a kernel in which none can be
	}
	if err != nil {
		return nil, fmt.Errorf("list dynamic events: %w", err)
	}
	return definedIn(string(data)), nil
}

// definedIn reads lines such as "p:kprobes/myopen do_sys_openat2 flags=%dx", whose first letter says what they are made of.
func definedIn(text string) (events []string) {
	for line := range strings.Lines(text) {
		_, rest, _ := strings.Cut(line, ":")
		if f := strings.Fields(rest); len(f) > 0 {
			events = append(events, strings.Replace(f[0], "/", ":", 1))
		}
	}
	return events
}

// Number is the number of the event category:name, by which perf knows it. It is read anew each time: when a module goes, another one's
// events may get its numbers. It takes three system calls.
func (t *FS) Number(category, name string) (uint64, error) {
	if !validName(category) || !validName(name) {
		return 0, fmt.Errorf("tracepoint %q: %w", category+":"+name, fs.ErrNotExist)
	}
	fd, err := unix.Open(t.root+"/events/"+category+"/"+name+"/id", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("tracepoint %s:%s: %w", category, name, err)
	}
	defer unix.Close(fd)
	var digits [24]byte
	n, err := unix.Read(fd, digits[:])
	if err != nil {
		return 0, fmt.Errorf("tracepoint %s:%s: %w", category, name, err)
	}
	return strconv.ParseUint(string(bytes.TrimSpace(digits[:n])), 10, 64)
}

// validName reports whether s can be the name of one folder, so that no path leaves the file system.
func validName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, "/\x00")
}

// readFile reads a file of tracefs. These files say that their size is 0 and hand out a page at a time.
func (t *FS) readFile(name string) ([]byte, error) {
	path := filepath.Join(t.root, name)
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		b := bytes.NewBuffer(make([]byte, 0, 8<<10))
		if _, err = io.Copy(b, onlyReader{f}); err == nil {
			return b.Bytes(), nil
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, &AccessError{"read", path, errors.Unwrap(err)}
	}
	return nil, err
}

// onlyReader hides File.WriteTo, which would try splice and sendfile first.
type onlyReader struct{ io.Reader }
