// Package recall keeps what was found out about the running kernel from one start to the next, in private files: below /run of root's,
// where they last until the machine is started anew, and in XDG_RUNTIME_DIR of other users. In containers with users of their own it
// keeps nothing.
//
// A file says which build of the kernel it is about, and has a checksum. One that is about another build, that is damaged, or that others
// could have written to counts as none.
package recall

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"go3s/private"
)

// most bounds what is kept of one thing, in bytes.
const most = 1 << 20

// version begins each file; it changes with what the files mean.
const version = "go3sh knows, 1\n"

// Memory is what is kept about one build of the kernel. One whose folder can't be had, and the zero value, keeps nothing.
type Memory struct {
	base  string   // the folder that the system has for such things
	build [32]byte // of the kernel
}

// Open is the memory about the running kernel.
func Open() Memory {
	base := "/run"
	if os.Geteuid() != 0 {
		base = os.Getenv("XDG_RUNTIME_DIR")
	}
	build, err := kernelBuild()
	if err != nil || !filepath.IsAbs(base) || contained() {
		return Memory{}
	}
	return Memory{base, build}
}

// contained reports whether this process may be in a user namespace below the host's, where root is another one and who owns a file says
// little. There the kernel has to be asked anyway, because it may refuse all.
func contained() bool {
	users, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || strings.Join(strings.Fields(string(users)), " ") != "0 0 4294967295"
}

// kernelBuild identifies the kernel: by the notes in it, of which one is a number that is another for each build, and by its names.
func kernelBuild() (build [32]byte, err error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return build, err
	}
	notes, err := os.ReadFile("/sys/kernel/notes")
	if err != nil || len(notes) == 0 {
		return build, errors.Join(errors.New("the kernel has no notes"), err)
	}
	names := []string{unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Version[:]), unix.ByteSliceToString(u.Machine[:])}
	return sha256.Sum256([]byte(strings.Join(names, "\x00") + "\x00" + string(notes))), nil
}

// file is where a thing is kept.
func (Memory) file(what string) string { return filepath.Join("go3sh", what) }

// sum is what stands before the contents of a file: it is of them, of what they are, and of the kernel they are about.
func (m Memory) sum(what string, data []byte) []byte {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(version), m.build[:], {byte(len(what))}, []byte(what), data} {
		_, _ = h.Write(part)
	}
	return h.Sum(nil)
}

// Recall is what was last kept of a thing about this kernel, nil if there is nothing that can be believed.
func (m Memory) Recall(what string) []byte {
	if m.base == "" {
		return nil
	}
	text, err := private.Read(m.base, m.file(what), most+int64(len(version))+sha256.Size)
	if err != nil {
		return nil
	}
	rest, ok := strings.CutPrefix(string(text), version)
	if !ok || len(rest) < sha256.Size {
		return nil
	}
	data := []byte(rest[sha256.Size:])
	if rest[:sha256.Size] != string(m.sum(what, data)) {
		return nil
	}
	return data
}

// Keep keeps a thing about this kernel, in the place of what was kept of it. Where that can't be done there is none.
func (m Memory) Keep(what string, data []byte) error {
	if m.base == "" || len(data) > most {
		return nil
	}
	return private.Replace(m.base, m.file(what), append(append([]byte(version), m.sum(what, data)...), data...))
}
