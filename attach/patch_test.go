package attach

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// loadAdder loads a program that adds one to the entry of key 7 of a map when this process runs it, as compiled programs do: without a
// lock if the map is per CPU.
func loadAdder(t *testing.T, k *Kernel, m MapID, locked bool) ProgramID {
	t.Helper()
	add := asm.Instructions{asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord), asm.Add.Imm(asm.R1, 1), asm.StoreMem(asm.R0, 0, asm.R1, asm.DWord)}
	if locked {
		add = asm.Instructions{asm.Mov.Imm(asm.R1, 1), asm.AddAtomic.Mem(asm.R0, asm.R1, asm.DWord, 0)}
	}
	insns := asm.Instructions{
		asm.FnGetCurrentPidTgid.Call(),
		asm.RSh.Imm(asm.R0, 32),
		asm.JNE.Imm(asm.R0, int32(os.Getpid()), "out"),
		asm.StoreImm(asm.RFP, -4, 7, asm.Word),
		asm.LoadMapPtr(asm.R1, 0).WithReference("m"),
		asm.Mov.Reg(asm.R2, asm.RFP), asm.Add.Imm(asm.R2, -4),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, "out"),
	}
	insns = append(insns, add...)
	insns = append(insns, asm.Mov.Imm(asm.R0, 0).WithSymbol("out"), asm.Return())
	return must[ProgramID](t)(k.Load(ProgramSpec{Name: unique("adder"), Type: Tracepoint, Maps: map[string]MapID{"m": m}, Insns: insns}))
}

// Patches and a program that adds at full speed on every CPU lose nothing of each other's.
func TestPatchIsExactBesideRunningPrograms(t *testing.T) {
	for kind, locked := range map[MapKind]bool{Hash: true, PerCPUHash: false} {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			k := open(t)
			m := must[MapID](t)(k.CreateMap(MapSpec{Name: unique("m"), Kind: kind, Key: 4, Value: 8, Entries: 16}))
			key := []byte{7, 0, 0, 0}
			if _, err := k.Patch(m, []Patch{{Key: key, Size: 8, By: 0}}); err != nil {
				t.Fatal(err)
			}
			l := must[LinkID](t)(k.Attach(getppid, unique("adder"), loadAdder(t, k, m, locked)))
			const calls, patches = 200_000, 2000
			var wg sync.WaitGroup
			for cpu := range runtime.NumCPU() {
				wg.Go(func() {
					runtime.LockOSThread()
					var set unix.CPUSet
					set.Set(cpu)
					if err := unix.SchedSetaffinity(0, &set); err != nil {
						t.Error(err)
					}
					for range calls {
						unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
					}
				})
			}
			sum := uint64(0)
			for i := range uint64(patches) {
				var ps []Patch
				for cpu := range runtime.NumCPU() {
					ps = append(ps, Patch{Key: key, CPU: cpu, Size: 8, By: i})
					sum += i
				}
				if left, err := k.Patch(m, ps); left != 0 || err != nil {
					t.Fatal(left, err)
				}
			}
			wg.Wait()
			if err := k.Settle(); err != nil {
				t.Fatal(err)
			}
			var rows Rows
			if err := k.ReadMap(m, &rows); err != nil {
				t.Fatal(err)
			}
			got := uint64(0)
			for i := 0; i < len(rows.Values); i += 8 {
				got += binary.NativeEndian.Uint64(rows.Values[i:])
			}
			if want := sum + calls*uint64(runtime.NumCPU()); got != want {
				t.Errorf("the sum is %d, want %d", got, want)
			}
			if err := <-k.Detach(l); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPatchRaisesMakesEntriesAndTellsOfNoRoom(t *testing.T) {
	k := open(t)
	m := must[MapID](t)(k.CreateMap(MapSpec{Name: unique("m"), Kind: Hash, Key: 4, Value: 16, Entries: 2}))
	entry := func(n byte) []byte { return []byte{n, 0, 0, 0} }
	left, err := k.Patch(m, []Patch{
		{Key: entry(1), Offset: 8, Size: 8, Raise: true, By: 5},
		{Key: entry(1), Offset: 8, Size: 8, Raise: true, By: 3},
		{Key: entry(2), Offset: 4, Size: 4, By: 9},
		{Key: entry(2), Offset: 9, Size: 1, By: 200},
		{Key: entry(2), Offset: 9, Size: 1, By: 100},
		{Key: entry(2), Offset: 12, Size: 2, By: 1<<16 - 1},
		{Key: entry(3), Size: 8, By: 9},
	})
	if left != 1 || err != nil {
		t.Fatal(left, err)
	}
	value := func(n byte) string {
		b, err := k.maps.rows[int(m)].object.m.LookupBytes(entry(n))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(b)
	}
	if got, want := value(1), "[0 0 0 0 0 0 0 0 5 0 0 0 0 0 0 0]"; got != want {
		t.Errorf("raised: %s, want %s", got, want)
	}
	if got, want := value(2), "[0 0 0 0 9 0 0 0 0 44 0 0 255 255 0 0]"; got != want {
		t.Errorf("added: %s, want %s", got, want)
	}
	next := make([]byte, 16)
	next[0] = 1
	for _, c := range []struct {
		key       byte
		old, next []byte
		want      bool
	}{
		{1, nil, next, false}, {1, next, nil, false}, {2, []byte{4: 9, 9: 44, 12: 255, 13: 255, 15: 0}, next, true}, {2, next, nil, true}, {2, next, nil, false}, {9, nil, next, true},
	} {
		if got, err := k.Exchange(m, entry(c.key), c.old, c.next); got != c.want || err != nil {
			t.Errorf("exchange of %v for %v in %d: %v %v", c.next, c.old, c.key, got, err)
		}
	}
}
