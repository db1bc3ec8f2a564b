// Package private is files that only their user can read and change, and that are never reached through a symbolic link. go3sh runs as
// root in folders that may be other users'.
package private

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Open opens the file below base with flags such as os.O_APPEND, or creates it, and the folders on the way. base is taken as it is,
// and from there on no symbolic link is followed. The file has to be a plain one with one name, and it and its folder have to belong to
// who we are; both are closed to others.
func Open(base, below string, flags int) (*os.File, error) {
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, err
	}
	dir, err := folder(base, below, true)
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	return open(dir, base, below, flags|os.O_CREATE)
}

// Read is the contents of a file below base that is as Open leaves it. Of one that others could have changed, or that is longer than most
// bytes, nothing is read.
func Read(base, below string, most int64) ([]byte, error) {
	dir, err := folder(base, below, false)
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	f, err := open(dir, base, below, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s has more than %d bytes", f.Name(), most)
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

// Replace gives a file below base new contents in one step: who reads it finds the old ones or the new ones. The folders on the way are
// created, but not base.
func Replace(base, below string, data []byte) error {
	dir, err := folder(base, below, true)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	name := filepath.Base(below)
	next := fmt.Sprintf("%s.%d", name, os.Getpid())
	if err := unix.Unlinkat(dir, next, 0); err != nil && !errors.Is(err, unix.ENOENT) {
		return &os.PathError{Op: "remove", Path: filepath.Join(base, below), Err: err}
	}
	f, err := open(dir, base, filepath.Join(filepath.Dir(below), next), os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = unix.Renameat(dir, next, dir, name)
	}
	if err != nil {
		_ = unix.Unlinkat(dir, next, 0)
	}
	return err
}

// folder opens the folder of a file below base, and may create those on the way. The last one has to be ours.
func folder(base, below string, create bool) (int, error) {
	dir, err := unix.Open(base, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, &os.PathError{Op: "open", Path: base, Err: err}
	}
	for name := range strings.SplitSeq(filepath.Dir(below), string(filepath.Separator)) {
		next, err := openFolder(dir, name, create)
		_ = unix.Close(dir)
		if err != nil {
			return 0, fmt.Errorf("open the folder %s below %s: %w", name, base, err)
		}
		dir = next
	}
	if err := ownFolder(dir, create); err != nil {
		_ = unix.Close(dir)
		return 0, fmt.Errorf("the folder of %s: %w", filepath.Join(base, below), err)
	}
	return dir, nil
}

// openFolder opens a folder in another.
func openFolder(dir int, name string, create bool) (int, error) {
	if create {
		if err := unix.Mkdirat(dir, name, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
			return 0, err
		}
	}
	return unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
}

// ownFolder checks that a folder is ours, and that it is closed to others or may be closed.
func ownFolder(dir int, closing bool) error {
	var st unix.Stat_t
	if err := unix.Fstat(dir, &st); err != nil {
		return err
	}
	if int(st.Uid) != os.Geteuid() {
		return errors.New("it belongs to another user")
	}
	return closed(dir, st.Mode, 0o700, closing)
}

// closed sees to the mode of what is ours: if it is not to be changed it has to be right.
func closed(fd int, mode, want uint32, closing bool) error {
	switch {
	case mode&0o777 == want:
		return nil
	case !closing:
		return fmt.Errorf("its mode is %o", mode&0o777)
	}
	return unix.Fchmod(fd, want)
}

// open opens a file in a folder and checks it.
func open(dir int, base, below string, flags int) (*os.File, error) {
	path := filepath.Join(base, below)
	fd, err := unix.Openat(dir, filepath.Base(below), flags|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	if err == nil && (st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink != 1 || int(st.Uid) != os.Geteuid()) {
		err = fmt.Errorf("%s is not a plain file of this user", path)
	}
	if err == nil {
		err = closed(fd, st.Mode, 0o600, flags&(os.O_WRONLY|os.O_RDWR) != 0)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
