package history

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// fileBytes bounds what is read of a history file.
const fileBytes = 4 << 20

// openFile opens or creates the file below base, and the folders on the way. It runs as root in a folder of a user's: base is taken as
// the environment has it, and from there on no symbolic link is followed. The file has to be a plain one with one name, and it
// and its folder have to belong to who we are.
func openFile(base, below string) (*History, error) {
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, err
	}
	dir, err := unix.Open(base, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: base, Err: err}
	}
	folders := strings.Split(filepath.Dir(below), string(filepath.Separator))
	for _, name := range folders {
		next, err := openFolder(dir, name)
		_ = unix.Close(dir)
		if err != nil {
			return nil, fmt.Errorf("open the folder %s of the history: %w", name, err)
		}
		dir = next
	}
	defer unix.Close(dir)
	if err := ownFolder(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(base, below)
	fd, err := unix.Openat(dir, filepath.Base(below), unix.O_RDWR|unix.O_CREAT|unix.O_APPEND|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	h := &History{file: os.NewFile(uintptr(fd), path)}
	if err := h.read(); err != nil {
		return nil, errors.Join(err, h.file.Close())
	}
	return h, nil
}

// openFolder opens or creates a folder in another.
func openFolder(dir int, name string) (int, error) {
	if err := unix.Mkdirat(dir, name, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
		return 0, err
	}
	return unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
}

// ownFolder checks that a folder is ours, and closes it to others.
func ownFolder(dir int) error {
	var st unix.Stat_t
	if err := unix.Fstat(dir, &st); err != nil {
		return err
	}
	if int(st.Uid) != os.Geteuid() {
		return errors.New("the folder of the history belongs to another user")
	}
	if st.Mode&0o777 != 0o700 {
		return unix.Fchmod(dir, 0o700)
	}
	return nil
}

// read checks the file and loads the last entries in it.
func (h *History) read() error {
	var st unix.Stat_t
	if err := unix.Fstat(int(h.file.Fd()), &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink != 1 || int(st.Uid) != os.Geteuid() {
		return errors.New("the history is not a plain file of this user")
	}
	if err := h.file.Chmod(0o600); err != nil {
		return err
	}
	from := max(0, st.Size-fileBytes)
	text := make([]byte, st.Size-from)
	n, _ := h.file.ReadAt(text, from)
	if h.load(string(text[:n])) {
		return h.rewrite()
	}
	return nil
}
