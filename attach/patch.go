package attach

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// Patch is a change of one number in a map, which is exact while programs change it, too.
type Patch struct {
	Key []byte // an entry that is not there is made, all zero
	// CPU is whose value it is, in a map that keeps one for each. The numbers of a CPU that does not run now go to another one.
	CPU    int
	Offset int // in the value; of Counters, in the CPU's line
	Size   int // 1, 2, 4 or 8 bytes; what has less than 4 is added to as programs do it, without an atomic instruction
	Raise  bool
	By     uint64 // added, or with Raise what the number is raised to if it is less, both unsigned
}

// FillMap writes entries, with the keys that they have in rows, into a map that no program uses yet. Counters have one entry without key.
func (k *Kernel) FillMap(id MapID, rows *Rows) error {
	m, release, err := k.maps.use(int(id))
	if err != nil {
		return fmt.Errorf("fill map: %w", err)
	}
	defer release()
	if m.spec.Kind == Counters {
		for i := 0; i+8 <= min(len(rows.Values), len(m.lines)); i += 8 {
			atomic.StoreUint64((*uint64)(unsafe.Pointer(&m.lines[i])), binary.NativeEndian.Uint64(rows.Values[i:]))
		}
		return nil
	}
	if m.spec.Kind == TaskStorage {
		_, err := k.changeStates(m, fillings(rows))
		return refine("fill map "+m.spec.Name, err)
	}
	value := make([]byte, m.cpus*m.stride)
	for i := range rows.N {
		for cpu := range m.cpus {
			at := (i*rows.CPUs + cpu) * rows.ValueSize
			copy(value[cpu*m.stride:], rows.Values[at:at+rows.ValueSize])
		}
		if err := m.elem(unix.BPF_MAP_UPDATE_ELEM, rows.Keys[i*rows.KeySize:(i+1)*rows.KeySize], value); err != nil {
			return refine("fill map "+m.spec.Name, err)
		}
	}
	return nil
}

// Exchange makes next the value of a key of a map with one value an entry if its value is old, and reports whether it was: a nil old
// stands for an entry that is not there, a nil next removes the entry. A change by a program in the very moment between the look and the
// write is lost, unless old is nil.
func (k *Kernel) Exchange(id MapID, key, old, next []byte) (bool, error) {
	m, release, err := k.maps.use(int(id))
	if err != nil {
		return false, fmt.Errorf("exchange: map: %w", err)
	}
	defer release()
	op := "change map " + m.spec.Name
	if m.cpus > 1 {
		return false, fmt.Errorf("%s: it has a value for each CPU", op)
	}
	if m.spec.Kind == TaskStorage {
		n, err := k.changeStates(m, []stateChange{{key, old, next}})
		return n == 1, refine(op, err)
	}
	if old == nil {
		err := m.update(key, next, unix.BPF_NOEXIST)
		if errors.Is(err, unix.EEXIST) {
			return false, nil
		}
		return err == nil, refine(op, err)
	}
	value := make([]byte, m.stride)
	if err := m.elem(unix.BPF_MAP_LOOKUP_ELEM, key, value); err != nil || !bytes.Equal(value, old) {
		if errors.Is(err, unix.ENOENT) {
			err = nil
		}
		return false, refine(op, err)
	}
	if next == nil {
		err = m.elem(unix.BPF_MAP_DELETE_ELEM, key, nil)
	} else {
		err = m.elem(unix.BPF_MAP_UPDATE_ELEM, key, next)
	}
	return err == nil, refine(op, err)
}

// Patch changes numbers in a map that programs may use. It is done by a program of its own, which changes each number by one atomic
// instruction, and on the number's own CPU: programs add to the values of their CPU without a lock, and none of them can be in the
// middle of that while a thread runs there. Numbers for which a full map has no room are left; how many is the result.
func (k *Kernel) Patch(id MapID, patches []Patch) (left int, err error) {
	m, release, err := k.maps.use(int(id))
	if err != nil {
		return 0, fmt.Errorf("patch map: %w", err)
	}
	defer release()
	done := make(chan struct{})
	go func() {
		// The thread is bound to one CPU after the other and ends with the goroutine.
		runtime.LockOSThread()
		defer close(done)
		left, err = k.patch(m, patches)
	}()
	<-done
	return left, refine("patch map "+m.spec.Name, err)
}

func (k *Kernel) patch(m *bpfMap, patches []Patch) (left int, err error) {
	type shape struct {
		offset, size int
		raise        bool
	}
	patchers := make(map[shape]*patcher)
	defer func() {
		for _, p := range patchers {
			err = errors.Join(err, p.close())
		}
	}()
	cpu := -1
	for _, p := range patches {
		if m.cpus > 1 && p.CPU != cpu {
			cpu = p.CPU
			var set unix.CPUSet
			set.Set(cpu)
			_ = unix.SchedSetaffinity(0, &set) // of a CPU that does not run, the sum is what counts
		}
		s := shape{p.Offset, p.Size, p.Raise}
		if m.spec.Kind == Counters {
			s.offset += p.CPU * counterLine
		}
		by := patchers[s]
		if by == nil {
			if by, err = k.newPatcher(m, s.offset, s.size, s.raise); err != nil {
				return left, err
			}
			patchers[s] = by
		}
		ok, err := by.run(p)
		if err != nil {
			return left, err
		}
		if !ok {
			left++
		}
	}
	return left, nil
}

// patcher is a program that changes the number at one place of a map's entries, as its operands say.
type patcher struct {
	operands *bpfMap // an array of one: the number, the key padded to 8 bytes, zeros as many as a value has
	prog     *ebpf.Program
	key      int
	buf      []byte
}

func (k *Kernel) newPatcher(m *bpfMap, offset, size int, raise bool) (*patcher, error) {
	key := (m.spec.Key + 7) &^ 7
	operands, err := newMap(MapSpec{Name: "go3s_operands", Kind: Array, Key: 4, Value: 8 + key + m.stride, Entries: 1})
	if err != nil {
		return nil, err
	}
	p := &patcher{operands: operands, key: m.spec.Key, buf: make([]byte, 8+key+m.stride)}
	insns := patchInsns(m.m, operands.m, int32(key), int16(offset), size, raise)
	if p.prog, err = k.loadProgram("go3s_patch", binding{typ: RawTracepoint}, insns); err != nil {
		return nil, errors.Join(err, operands.close())
	}
	return p, nil
}

// patchInsns is a patcher's program. It returns 1 if there is no room for the entry.
func patchInsns(m, operands *ebpf.Map, key int32, offset int16, size int, raise bool) asm.Instructions {
	width := map[int]asm.Size{1: asm.Byte, 2: asm.Half, 4: asm.Word, 8: asm.DWord}[size]
	find := func(otherwise string) asm.Instructions {
		return asm.Instructions{
			asm.LoadMapPtr(asm.R1, m.FD()),
			asm.Mov.Reg(asm.R2, asm.R6),
			asm.Add.Imm(asm.R2, 8),
			asm.FnMapLookupElem.Call(),
			asm.JNE.Imm(asm.R0, 0, otherwise),
		}
	}
	insns := asm.Instructions{asm.LoadMapValue(asm.R6, operands.FD(), 0), asm.LoadMem(asm.R7, asm.R6, 0, asm.DWord)}
	insns = append(insns, find("there")...)
	insns = append(insns,
		asm.LoadMapPtr(asm.R1, m.FD()),
		asm.Mov.Reg(asm.R2, asm.R6),
		asm.Add.Imm(asm.R2, 8),
		asm.Mov.Reg(asm.R3, asm.R6),
		asm.Add.Imm(asm.R3, 8+key),
		asm.Mov.Imm(asm.R4, unix.BPF_NOEXIST), // another one may have made it meanwhile
		asm.FnMapUpdateElem.Call(),
	)
	insns = append(insns, find("there")...)
	insns = append(insns, asm.Mov.Imm(asm.R0, 1), asm.Return())
	switch {
	case raise:
	case size < 4: // no instruction adds to these in one step
		return append(insns,
			asm.LoadMem(asm.R1, asm.R0, offset, width).WithSymbol("there"),
			asm.Add.Reg(asm.R1, asm.R7),
			asm.StoreMem(asm.R0, offset, asm.R1, width),
			asm.Mov.Imm(asm.R0, 0),
			asm.Return(),
		)
	default:
		add := asm.AddAtomic.Mem(asm.R0, asm.R7, width, offset).WithSymbol("there")
		return append(insns, add, asm.Mov.Imm(asm.R0, 0), asm.Return())
	}
	insns = append(insns, asm.Mov.Reg(asm.R8, asm.R0).WithSymbol("there"))
	for range 8 { // only an interrupt of this CPU can come in between
		insns = append(insns,
			asm.LoadMem(asm.R0, asm.R8, offset, width),
			asm.JGE.Reg(asm.R0, asm.R7, "done"),
			asm.CmpXchg.Mem(asm.R8, asm.R7, width, offset),
		)
	}
	return append(insns, asm.Mov.Imm(asm.R0, 0).WithSymbol("done"), asm.Return())
}

// run makes one change and reports whether there was room for it.
func (p *patcher) run(patch Patch) (bool, error) {
	binary.NativeEndian.PutUint64(p.buf, patch.By)
	copy(p.buf[8:8+p.key], patch.Key)
	if err := p.operands.elem(unix.BPF_MAP_UPDATE_ELEM, make([]byte, 4), p.buf); err != nil {
		return false, err
	}
	result, err := p.prog.Run(&ebpf.RunOptions{Context: make([]uint64, maxRawArgs)})
	return result == 0, err
}

func (p *patcher) close() error { return errors.Join(p.prog.Close(), p.operands.close()) }

// Settle returns when all runs of programs that had begun are over: who swapped programs knows then that no old one is running. An update
// of a map of maps promises that (maybe_wait_bpf_programs in kernel/bpf/syscall.c); it waits as synchronize_rcu does, some milliseconds.
func (k *Kernel) Settle() error {
	inner, err := ebpf.NewMap(&ebpf.MapSpec{Name: "go3s_settle", Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err != nil {
		return refine("wait for programs", err)
	}
	defer inner.Close()
	outer, err := ebpf.NewMap(&ebpf.MapSpec{
		Name: "go3s_settle", Type: ebpf.ArrayOfMaps, KeySize: 4, ValueSize: 4, MaxEntries: 1,
		InnerMap: &ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1},
	})
	if err != nil {
		return refine("wait for programs", err)
	}
	defer outer.Close()
	return refine("wait for programs", outer.Put(uint32(0), inner))
}
