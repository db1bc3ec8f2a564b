package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// mostLinks is how many symbolic links a path may lead through, as for the kernel.
const mostLinks = 40

// openFolder opens a folder for what is to be made in it; the file has no use but as a place. A symbolic link on the way is followed only
// if it is root's or this user's, or if it lies where others can't write: in a folder such as /tmp anybody may have made it, and change it
// at any moment.
func openFolder(path string) (*os.File, error) {
	dir, err := openPlace(unix.AT_FDCWD, ".")
	if err != nil {
		return nil, err
	}
	links := 0
	for rest := path; rest != ""; {
		if strings.HasPrefix(rest, "/") {
			_ = unix.Close(dir)
			if dir, err = openPlace(unix.AT_FDCWD, "/"); err != nil {
				return nil, err
			}
		}
		var name string
		name, rest, _ = strings.Cut(strings.TrimLeft(rest, "/"), "/")
		if name == "" {
			continue
		}
		next, target, err := enterFolder(dir, name)
		if links++; target == "" {
			links--
		}
		if err == nil && links > mostLinks {
			err = unix.ELOOP
		}
		if err != nil {
			_ = unix.Close(dir)
			return nil, err
		}
		if target != "" {
			rest = target + "/" + rest
			continue
		}
		_ = unix.Close(dir)
		dir = next
	}
	return os.NewFile(uintptr(dir), path), nil
}

// enterFolder opens what a name in a folder stands for, or tells where the link of that name leads.
func enterFolder(dir int, name string) (next int, target string, err error) {
	next, err = openPlace(dir, name)
	if err != nil {
		return -1, "", err
	}
	var link, folder unix.Stat_t
	if err := errors.Join(unix.Fstat(next, &link), unix.Fstat(dir, &folder)); err != nil {
		_ = unix.Close(next)
		return -1, "", err
	}
	switch link.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return next, "", nil
	case unix.S_IFLNK:
		defer unix.Close(next)
		trusted := link.Uid == 0 || int(link.Uid) == os.Geteuid()
		if folder.Mode&0o022 != 0 && !trusted {
			return -1, "", fmt.Errorf("%s is a symbolic link of another user's, in a folder that others write to", name)
		}
		buf := make([]byte, unix.PathMax)
		n, err := unix.Readlinkat(next, "", buf)
		if err == nil && n == 0 {
			err = unix.ENOENT
		}
		return -1, string(buf[:max(n, 0)]), err
	}
	_ = unix.Close(next)
	return -1, "", unix.ENOTDIR
}

// openPlace opens what a name stands for, as a place and without following it.
func openPlace(dir int, name string) (int, error) {
	return unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
}

// within is the path of a name in an open folder, whatever becomes of the folder's own path.
func within(folder *os.File, name string) string {
	return filepath.Join("/proc/self/fd", fmt.Sprint(folder.Fd()), name)
}
