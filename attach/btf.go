package attach

import (
	"os"

	"golang.org/x/sys/unix"
)

// btfFile is where the kernel shows its BTF. Linux 5.4.
const btfFile = "/sys/kernel/btf/vmlinux"

// BTF is the kernel's BTF blob, which stays in memory. Without one, errors.Is(err, fs.ErrNotExist) holds.
func (k *Kernel) BTF() ([]byte, error) {
	k.btfMu.Lock()
	defer k.btfMu.Unlock()
	if k.btf != nil {
		return k.btf, nil
	}
	data, err := mapFile(btfFile)
	if err != nil {
		return nil, refine("", err)
	}
	k.btf = data
	return data, nil
}

// mapFile maps a file, or reads it where the kernel can't map it: BTF can be mapped since Linux 6.16, and of its 5 MB a program needs a
// few pages.
func mapFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return os.ReadFile(name)
	}
	return data, nil
}
