package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"go3s/bench/stats"
	"go3s/bench/traced"
)

// piece is a step that programs of ours are made of, by itself in a program of its own.
type piece struct {
	name   string
	insns  asm.Instructions
	behind []asm.Instructions // dispatchers in front of it: see dispatched
}

const (
	// pieceCalls are the system calls of a run: few, so that the least of many runs is one that nothing came between.
	pieceCalls = 2000
	// pieceRuns is how often they are made in one round.
	pieceRuns = 50
)

// measurePieces prints what each piece adds to an empty program. Its own thread makes the calls.
func measurePieces(w io.Writer, rounds int) error {
	runtime.LockOSThread()
	var last unix.CPUSet
	last.Set(runtime.NumCPU() - 1)
	if err := unix.SchedSetaffinity(0, &last); err != nil {
		return fmt.Errorf("pin the thread: %w", err)
	}
	m, err := newPieceMaps()
	if err != nil {
		return err
	}
	defer m.close()
	pieces := m.pieces()
	times := make([]stats.Sample, len(pieces))
	for range rounds {
		for i, p := range pieces {
			if err := p.run(&times[i]); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	fmt.Fprintf(w, "Nanoseconds that a step adds to an empty program at a tracepoint: the least of %d runs of %d calls each, in alternation\n\n", rounds*pieceRuns, pieceCalls)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, p := range pieces {
		fmt.Fprintf(t, "%s\t%+.0f\n", p.name, times[i].Least()-times[0].Least())
	}
	return t.Flush()
}

func (p piece) run(to *stats.Sample) (err error) {
	prog, err := loadPiece(p.insns)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, prog.Close()) }()
	for _, insns := range p.behind {
		slots, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.ProgramArray, KeySize: 4, ValueSize: 4, MaxEntries: 1})
		if err != nil {
			return err
		}
		defer func() { _ = slots.Close() }()
		if err := slots.Put(uint32(0), prog); err != nil {
			return err
		}
		if prog, err = loadPiece(dispatched(insns, slots)); err != nil {
			return err
		}
		defer func() { _ = prog.Close() }()
	}
	return traced.Program(prog, []string{enter}, func() error {
		for range pieceRuns {
			start := time.Now()
			for range pieceCalls {
				_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
			}
			*to = append(*to, float64(time.Since(start).Nanoseconds())/pieceCalls)
		}
		return nil
	})
}

func loadPiece(insns asm.Instructions) (*ebpf.Program, error) {
	return ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.TracePoint, License: "GPL", Instructions: insns})
}

// nothing ends a program.
var nothing = asm.Instructions{asm.Mov.Imm(asm.R0, 0).WithSymbol("end"), asm.Return()}

// dispatched is a program that goes on to the one in the slot, as those of package attach do.
func dispatched(before asm.Instructions, slots *ebpf.Map) asm.Instructions {
	return slices.Concat(before, asm.Instructions{asm.LoadMapPtr(asm.R2, slots.FD()), asm.Mov.Imm(asm.R3, 0), asm.FnTailCall.Call()}, nothing)
}

// pieceMaps are what the pieces count in.
type pieceMaps struct{ lines, hash4, hash16, shared, array *ebpf.Map }

func newPieceMaps() (m *pieceMaps, err error) {
	m = &pieceMaps{}
	for _, x := range []struct {
		to               **ebpf.Map
		typ              ebpf.MapType
		key, value, most uint32
	}{
		{&m.lines, ebpf.Array, 4, 1 << 16, 1},
		{&m.hash4, ebpf.PerCPUHash, 4, 8, 10240},
		{&m.hash16, ebpf.PerCPUHash, 16, 8, 10240},
		{&m.shared, ebpf.Hash, 4, 8, 10240},
		{&m.array, ebpf.PerCPUArray, 4, 8, 64},
	} {
		if *x.to, err = ebpf.NewMap(&ebpf.MapSpec{Type: x.typ, KeySize: x.key, ValueSize: x.value, MaxEntries: x.most}); err != nil {
			return nil, err
		}
		if x.typ != ebpf.Array && x.typ != ebpf.PerCPUArray {
			if err := (*x.to).Put(make([]byte, x.key), make([]uint64, possible(x.typ))); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// possible is how many values an entry has in a map of the kind.
func possible(typ ebpf.MapType) int {
	if typ == ebpf.PerCPUHash {
		return ebpf.MustPossibleCPU()
	}
	return 1
}

func (m *pieceMaps) close() {
	for _, x := range []*ebpf.Map{m.lines, m.hash4, m.hash16, m.shared, m.array} {
		_ = x.Close()
	}
}

func (m *pieceMaps) pieces() []piece {
	call := func(f asm.BuiltinFunc) asm.Instructions { return append(asm.Instructions{f.Call()}, nothing...) }
	gate := asm.Instructions{asm.LoadMapValue(asm.R2, m.lines.FD(), 0), asm.LoadMem(asm.R3, asm.R2, 0, asm.DWord), asm.JNE.Imm(asm.R3, 0, "end")}
	add := asm.Instructions{asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord), asm.Add.Imm(asm.R1, 1), asm.StoreMem(asm.R0, 0, asm.R1, asm.DWord)}
	line := slices.Concat(asm.Instructions{
		asm.FnGetSmpProcessorId.Call(), asm.And.Imm(asm.R0, 255), asm.LSh.Imm(asm.R0, 6), asm.LoadMapValue(asm.R2, m.lines.FD(), 1<<15),
		asm.Add.Reg(asm.R0, asm.R2),
	}, add, nothing)
	comm := asm.Instructions{asm.Mov.Reg(asm.R1, asm.RFP), asm.Add.Imm(asm.R1, -16), asm.Mov.Imm(asm.R2, 16), asm.FnGetCurrentComm.Call()}
	find := func(of *ebpf.Map, then asm.Instructions) asm.Instructions {
		return slices.Concat(asm.Instructions{
			asm.Mov.Imm(asm.R1, 0), asm.StoreMem(asm.RFP, -16, asm.R1, asm.DWord), asm.StoreMem(asm.RFP, -8, asm.R1, asm.DWord),
			asm.LoadMapPtr(asm.R1, of.FD()), asm.Mov.Reg(asm.R2, asm.RFP), asm.Add.Imm(asm.R2, -16), asm.FnMapLookupElem.Call(),
			asm.JEq.Imm(asm.R0, 0, "end"),
		}, then, nothing)
	}
	atomic := asm.Instructions{asm.Mov.Imm(asm.R1, 1), asm.AddAtomic.Mem(asm.R0, asm.R1, asm.DWord, 0)}
	return []piece{
		{name: "an empty program", insns: nothing},
		{name: "a tail call to it", insns: nothing, behind: []asm.Instructions{nil}},
		{name: "a gate and a tail call to it", insns: nothing, behind: []asm.Instructions{gate}},
		{name: "one count in the line of the CPU", insns: line},
		{name: "get_current_task_btf: a call of the kernel", insns: call(asm.FnGetCurrentTaskBtf)},
		{name: "get_current_pid_tgid", insns: call(asm.FnGetCurrentPidTgid)},
		{name: "get_current_uid_gid", insns: call(asm.FnGetCurrentUidGid)},
		{name: "get_current_comm", insns: slices.Concat(comm, nothing)},
		{name: "ktime_get_ns", insns: call(asm.FnKtimeGetNs)},
		{name: "an entry of a per-CPU array found and added to", insns: find(m.array, add)},
		{name: "an entry of a per-CPU hash, key of 4 bytes", insns: find(m.hash4, add)},
		{name: "an entry of a per-CPU hash, key of 16 bytes", insns: find(m.hash16, add)},
		{name: "an entry of a shared hash, atomically", insns: find(m.shared, atomic)},
	}
}
