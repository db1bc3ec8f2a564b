package terminal

import (
	"bytes"
	"fmt"
	"os"
)

// Memory is what a process has of the machine's memory.
type Memory struct {
	RSS, Peak int // kB in memory now, and at most so far, what it shares with others included
	PSS       int // kB, what it shares with others in parts
}

// MemoryOf reads the memory of a process.
func MemoryOf(pid int) (m Memory, err error) {
	for _, f := range []struct {
		file, name string
		to         *int
	}{{"status", "VmRSS:", &m.RSS}, {"status", "VmHWM:", &m.Peak}, {"smaps_rollup", "Pss:", &m.PSS}} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, f.file))
		if err != nil {
			return m, err
		}
		for line := range bytes.Lines(text) {
			if bytes.HasPrefix(line, []byte(f.name)) {
				_, err = fmt.Sscan(string(line[len(f.name):]), f.to)
			}
		}
		if err != nil || *f.to == 0 {
			return m, fmt.Errorf("read %s of process %d: no number: %w", f.name, pid, err)
		}
	}
	return m, nil
}
