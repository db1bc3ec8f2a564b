package attach

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/features"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// What a map of the kind TaskStorage has at a thread: its number as 32 bits, 0 for no value, and the value. User space comes to it by
// programs that the kernel runs for each thread, as it can't ask for one by its number.
const (
	stateHead  = 8
	stateSize  = 16
	statesFrom = 5<<16 | 13<<8 // Linux
	// rootPIDs is the number of the first namespace of processes: the kernel goes over the threads of one's own.
	rootPIDs = "pid:[4026531836]"
)

// KeepsStates reports whether maps of the kind TaskStorage are to be had, and can be read.
func (k *Kernel) KeepsStates() bool {
	if k.opts.NoStates {
		return false
	}
	if ns, err := os.Readlink("/proc/self/ns/pid"); err != nil || ns != rootPIDs {
		return false
	}
	if _, err := os.Stat(btfFile); err != nil {
		return false
	}
	version, err := kernelVersion()
	return err == nil && version >= statesFrom || features.HaveProgramHelper(ebpf.RawTracepoint, asm.FnTaskStorageGet) == nil
}

// stateSpec completes the spec of a map of states: the kernel wants to know its types.
func stateSpec(ms *ebpf.MapSpec, spec MapSpec) error {
	if spec.Key != 4 || spec.Value < 1 || spec.Value > stateSize-stateHead {
		return fmt.Errorf("keys of %d bytes and values of %d can't be kept with threads", spec.Key, spec.Value)
	}
	word := &btf.Int{Name: "u64", Size: 8}
	number := &btf.Int{Name: "u32", Size: 4}
	ms.Key, ms.Value = number, &btf.Array{Index: number, Type: word, Nelems: stateSize / 8}
	ms.ValueSize, ms.MaxEntries, ms.Flags = stateSize, 0, unix.BPF_F_NO_PREALLOC
	return nil
}

// eachThread is a program that runs for each thread; body has the thread in R7, and goes to "next" when it is done with it.
func (k *Kernel) eachThread(name string, body asm.Instructions) (*link.Iter, error) {
	insns := asm.Instructions{
		asm.Mov.Reg(asm.R6, asm.R1),
		asm.LoadMem(asm.R7, asm.R6, 8, asm.DWord),
		asm.JEq.Imm(asm.R7, 0, "next"), // behind the last
	}
	insns = append(append(insns, body...), asm.Mov.Imm(asm.R0, 0).WithSymbol("next"), asm.Return())
	prog, err := k.tryProgram(&ebpf.ProgramSpec{
		Name: name, Type: ebpf.Tracing, AttachType: ebpf.AttachTraceIter, AttachTo: "task", Instructions: insns, License: license,
	}, ebpf.ProgramOptions{})
	if err != nil {
		return nil, err
	}
	it, err := link.AttachIter(link.IterOptions{Program: prog})
	return it, errors.Join(err, prog.Close())
}

// over runs a program for each thread and returns what it has written.
func over(it *link.Iter, buf []byte) (_ []byte, err error) {
	r, err := it.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, make([]byte, max(len(buf), pageSize))...)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil && !errors.Is(err, unix.EAGAIN) {
			return nil, err
		}
	}
}

// once runs a program for each thread, which writes nothing.
func (k *Kernel) once(name string, body asm.Instructions) error {
	it, err := k.eachThread(name, body)
	if err != nil {
		return err
	}
	_, err = over(it, nil)
	return errors.Join(err, it.Close())
}

// find has what the map has at the thread in R0, and goes to "next" if there is nothing.
func (m *bpfMap) find(flags int32) asm.Instructions {
	return asm.Instructions{
		asm.LoadMapPtr(asm.R1, m.m.FD()),
		asm.Mov.Reg(asm.R2, asm.R7),
		asm.Mov.Imm(asm.R3, 0),
		asm.Mov.Imm(asm.R4, flags),
		asm.FnTaskStorageGet.Call(),
		asm.JEq.Imm(asm.R0, 0, "next"),
	}
}

// readStates reads the values of all threads that have one. 2,000 threads take 1.3 ms.
func (k *Kernel) readStates(m *bpfMap, rows *Rows) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.states == nil {
		it, err := k.eachThread("go3s_states", append(m.find(0),
			asm.LoadMem(asm.R1, asm.R0, 0, asm.Word),
			asm.JEq.Imm(asm.R1, 0, "next"),
			asm.LoadMem(asm.R1, asm.R6, 0, asm.DWord), // struct bpf_iter_meta
			asm.LoadMem(asm.R1, asm.R1, 0, asm.DWord), // its seq_file
			asm.Mov.Reg(asm.R2, asm.R0),
			asm.Mov.Imm(asm.R3, stateSize),
			asm.FnSeqWrite.Call(),
		))
		if err != nil {
			return err
		}
		m.states = it
	}
	all, err := over(m.states, m.scratch.Values[:0])
	if err != nil {
		return err
	}
	m.scratch.Values = all
	rows.reset(m)
	for ; len(all) >= stateSize; all = all[stateSize:] {
		if binary.NativeEndian.Uint32(all) == 0 {
			continue // it has gone while it was written
		}
		rows.N++
		rows.Keys = append(rows.Keys, all[:m.spec.Key]...)
		rows.Values = append(rows.Values, all[stateHead:stateHead+m.spec.Value]...)
	}
	return nil
}

// clearStates takes away the values of all threads.
func (k *Kernel) clearStates(m *bpfMap) error {
	return k.once("go3s_clear", append(m.find(0), asm.Mov.Imm(asm.R1, 0), asm.StoreMem(asm.R0, 0, asm.R1, asm.Word)))
}

// stateChange gives a thread the value next if its value is old; nil stands for none.
type stateChange struct{ key, old, next []byte }

// fillings are changes that give the threads of rows their values.
func fillings(rows *Rows) []stateChange {
	changes := make([]stateChange, rows.N)
	for i := range changes {
		changes[i] = stateChange{
			key: rows.Keys[i*rows.KeySize : (i+1)*rows.KeySize], next: rows.Values[i*rows.ValueSize : (i+1)*rows.ValueSize],
		}
	}
	return changes
}

// A change as the program has it: whether there has to be a value, whether there is to be one, whether it was made; and both values.
const (
	changeOld, changeNext, changeMade = 0, 8, 16
	changeValues                      = 24
	changeSize                        = 40
)

// changer makes changes: a list of them, and the program that makes them.
type changer struct {
	list *bpfMap
	it   *link.Iter
}

// changesAtOnce is how many changes are made on one way over the threads.
const changesAtOnce = 1024

func (c *changer) close() error { return errors.Join(c.it.Close(), c.list.close()) }

func (k *Kernel) newChanger(m *bpfMap) (*changer, error) {
	pid, err := k.pidOffset()
	if err != nil {
		return nil, err
	}
	list, err := newMap(MapSpec{Name: "go3s_changes", Kind: Hash, Key: 4, Value: changeSize, Entries: changesAtOnce})
	if err != nil {
		return nil, err
	}
	it, err := k.eachThread("go3s_change", m.changeInsns(list, pid))
	if err != nil {
		return nil, errors.Join(err, list.close())
	}
	return &changer{list, it}, nil
}

// changeStates makes changes, each of another thread, and returns how many it has made. A thread that is gone needs none.
func (k *Kernel) changeStates(m *bpfMap, changes []stateChange) (made int, err error) {
	if len(changes) == 0 {
		return 0, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changer == nil {
		if m.changer, err = k.newChanger(m); err != nil {
			return 0, err
		}
	}
	for some := range slices.Chunk(changes, changesAtOnce) {
		n, err := m.changer.run(some)
		if made += n; err != nil {
			return made, err
		}
	}
	return made, nil
}

func (c *changer) run(changes []stateChange) (made int, err error) {
	for _, change := range changes {
		value := make([]byte, changeSize)
		for at, v := range map[int][]byte{changeOld: change.old, changeNext: change.next} {
			if v != nil {
				value[at] = 1
			}
			copy(value[changeValues+at:], v)
		}
		if err := c.list.elem(unix.BPF_MAP_UPDATE_ELEM, change.key, value); err != nil {
			return 0, err
		}
	}
	defer func() { err = errors.Join(err, c.list.clear()) }()
	if _, err := over(c.it, nil); err != nil {
		return 0, err
	}
	var rows Rows
	if err := c.list.read(&rows); err != nil {
		return 0, err
	}
	for i := range rows.N {
		made += int(rows.Values[i*changeSize+changeMade])
	}
	return made, nil
}

// changeInsns makes the change that the list has for a thread, if any.
func (m *bpfMap) changeInsns(list *bpfMap, pid int16) asm.Instructions {
	insns := asm.Instructions{
		asm.LoadMem(asm.R8, asm.R7, pid, asm.Word),
		asm.StoreMem(asm.R10, -4, asm.R8, asm.Word),
		asm.LoadMapPtr(asm.R1, list.m.FD()),
		asm.Mov.Reg(asm.R2, asm.R10),
		asm.Add.Imm(asm.R2, -4),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, "next"),
		asm.Mov.Reg(asm.R9, asm.R0),
	}
	insns = append(insns, m.find(1)...) // BPF_LOCAL_STORAGE_GET_F_CREATE
	return append(insns,
		asm.LoadMem(asm.R1, asm.R9, changeOld, asm.DWord),
		asm.LoadMem(asm.R2, asm.R0, 0, asm.Word),
		asm.JEq.Imm(asm.R1, 0, "none"),
		asm.JNE.Reg(asm.R2, asm.R8, "next"),
		asm.LoadMem(asm.R1, asm.R9, changeValues+changeOld, asm.DWord),
		asm.LoadMem(asm.R2, asm.R0, stateHead, asm.DWord),
		asm.JNE.Reg(asm.R1, asm.R2, "next"),
		asm.Ja.Label("change"),
		asm.JEq.Reg(asm.R2, asm.R8, "next").WithSymbol("none"),
		asm.LoadMem(asm.R1, asm.R9, changeNext, asm.DWord).WithSymbol("change"),
		asm.JNE.Imm(asm.R1, 0, "set"),
		asm.Mov.Imm(asm.R8, 0),
		asm.LoadMem(asm.R1, asm.R9, changeValues+changeNext, asm.DWord).WithSymbol("set"),
		asm.StoreMem(asm.R0, stateHead, asm.R1, asm.DWord),
		asm.StoreMem(asm.R0, 0, asm.R8, asm.Word),
		asm.Mov.Imm(asm.R1, 1),
		asm.StoreMem(asm.R9, changeMade, asm.R1, asm.DWord),
	)
}

// pidOffset is where a task has its number.
func (k *Kernel) pidOffset() (int16, error) {
	spec, err := k.types.Kernel()
	if err != nil {
		return 0, err
	}
	var task *btf.Struct
	if err := spec.TypeByName("task_struct", &task); err != nil {
		return 0, err
	}
	for _, f := range task.Members {
		if f.Name == "pid" {
			return int16(f.Offset.Bytes()), nil
		}
	}
	return 0, errors.New("the kernel's tasks have no number")
}
