package attach

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// Translated are the instructions that the kernel's verifier has made of a program: what runs, or what is handed to the JIT compiler.
// Each knows its line of source where the program came with lines, and maps have their names. The kernel shows them to privileged processes only.
func (k *Kernel) Translated(id ProgramID) (asm.Instructions, error) {
	p, release, err := k.programs.use(int(id))
	if err != nil {
		return nil, fmt.Errorf("translated program: %w", err)
	}
	defer release()
	op := "translated program " + p.name
	info, err := p.prog.Info()
	if err != nil {
		return nil, refine(op, err)
	}
	insns, err := info.Instructions()
	if err != nil {
		return nil, refine(op, err)
	}
	names := k.mapNames()
	for i := range insns {
		if name := names[uint32(insns[i].Constant)]; name != "" && insns[i].IsLoadFromMap() {
			insns[i] = insns[i].WithReference(name)
		}
	}
	return insns, nil
}

// mapNames are the names of all maps by the numbers that the kernel gives them.
func (k *Kernel) mapNames() map[uint32]string {
	k.maps.mu.Lock()
	defer k.maps.mu.Unlock()
	names := make(map[uint32]string, len(k.maps.rows))
	for _, e := range k.maps.rows {
		info, err := e.object.m.Info()
		if err != nil {
			continue
		}
		if id, ok := info.ID(); ok {
			names[uint32(id)] = e.object.spec.Name
		}
	}
	return names
}

// initialProcesses is the inode of the namespace of processes that the machine starts with (PROC_PID_INIT_INO).
const initialProcesses = 0xEFFFFFFC

// TaskName is the name (comm) of a running process or thread, by the number that programs see. It is empty when there is none any more, and
// where /proc numbers processes in another way than the kernel does, as in a container.
func (k *Kernel) TaskName(pid uint64) string {
	if !allProcesses() {
		return ""
	}
	text, err := os.ReadFile("/proc/" + strconv.FormatUint(pid, 10) + "/comm")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

// allProcesses reports whether /proc shows the processes of the whole machine.
var allProcesses = sync.OnceValue(func() bool {
	var st unix.Stat_t
	return unix.Stat("/proc/self/ns/pid", &st) == nil && st.Ino == initialProcesses
})
