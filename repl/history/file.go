package history

import (
	"errors"
	"os"

	"go3s/private"
)

// fileBytes bounds what is read of a history file.
const fileBytes = 4 << 20

// openFile opens or creates the file below base.
func openFile(base, below string) (*History, error) {
	f, err := private.Open(base, below, os.O_RDWR|os.O_APPEND)
	if err != nil {
		return nil, err
	}
	h := &History{file: f}
	if err := h.read(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return h, nil
}

// read loads the last entries in the file.
func (h *History) read() error {
	st, err := h.file.Stat()
	if err != nil {
		return err
	}
	from := max(0, st.Size()-fileBytes)
	text := make([]byte, st.Size()-from)
	n, _ := h.file.ReadAt(text, from)
	if h.load(string(text[:n])) {
		return h.rewrite()
	}
	return nil
}
