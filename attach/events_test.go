package attach

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/cilium/ebpf/asm"
)

// attachEmitter makes every getppid of this process a record of 16 bytes, the second word of which is 42.
func attachEmitter(t testing.TB, k *Kernel, ring MapID) {
	t.Helper()
	p := must[ProgramID](t)(k.Load(ProgramSpec{
		Name: unique("emit"),
		Insns: asm.Instructions{
			asm.FnGetCurrentPidTgid.Call(),
			asm.RSh.Imm(asm.R0, 32),
			asm.JNE.Imm(asm.R0, int32(os.Getpid()), "exit"),
			asm.Mov.Imm(asm.R1, 42),
			asm.StoreMem(asm.RFP, -16, asm.R1, asm.DWord),
			asm.StoreMem(asm.RFP, -8, asm.R1, asm.DWord),
			asm.LoadMapPtr(asm.R1, 0).WithReference("events"),
			asm.Mov.Reg(asm.R2, asm.RFP),
			asm.Add.Imm(asm.R2, -16),
			asm.Mov.Imm(asm.R3, 16),
			asm.Mov.Imm(asm.R4, 0),
			asm.FnRingbufOutput.Call(),
			asm.Mov.Imm(asm.R0, 0).WithSymbol("exit"),
			asm.Return(),
		},
		Maps: map[string]MapID{"events": ring},
	}))
	must[LinkID](t)(k.Attach(getppid, unique("emit"), p))
}

func TestReadRingHandsOutEveryRecord(t *testing.T) {
	k := open(t)
	ring := must[MapID](t)(k.CreateMap(MapSpec{Name: unique("ring"), Kind: Ring, Entries: 1 << 20}))
	attachEmitter(t, k, ring)

	callGetppid(1000) // before anybody reads
	ctx, cancel := context.WithCancel(t.Context())
	records, wrong := 0, 0
	done := make(chan error)
	go func() {
		done <- k.ReadRing(ctx, ring, func(rec Record) {
			records++
			if w := words(rec.Data); len(w) != 2 || w[1] != 42 {
				wrong++
			}
		})
	}()
	for range 20 {
		callGetppid(500)
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if records != 11000 || wrong != 0 {
		t.Errorf("%d records of 11000, %d of them wrong", records, wrong)
	}
}

func TestReadRingEndsWithItsRing(t *testing.T) {
	k := open(t)
	ring := must[MapID](t)(k.CreateMap(MapSpec{Name: unique("ring"), Kind: Ring, Entries: 1 << 16}))
	attachEmitter(t, k, ring)
	callGetppid(1)
	first := make(chan struct{}, 1)
	done := make(chan error)
	go func() {
		done <- k.ReadRing(t.Context(), ring, func(Record) { first <- struct{}{} })
	}()
	<-first
	if err := k.ReadRing(t.Context(), ring, func(Record) {}); err == nil {
		t.Error("a ring has two readers")
	}
	if err := k.FreeMap(ring); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := k.ReadRing(t.Context(), ring, func(Record) {}); err == nil {
		t.Error("a freed ring is read")
	}
	hash := must[MapID](t)(k.CreateMap(MapSpec{Name: unique("hash"), Kind: Hash, Key: 4, Value: 4, Entries: 1}))
	if err := k.ReadRing(t.Context(), hash, func(Record) {}); err == nil {
		t.Error("a hash map is read as a ring")
	}
}
