package ring

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"go3s/internal/leaks"
)

// The tests of this package need root: they fill real ring buffers.

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// producer is a program that emits one record a run. Record number i, from 0 on, is the 64-bit number i followed by i%32 bytes of
// the value 7; every n-th is reserved and discarded instead, if n is not 0.
type producer struct {
	ring, state *ebpf.Map
	prog        *ebpf.Program
}

// The words of a producer's state.
const (
	stateNext = iota // number of the next record
	stateLost
	stateWords
)

func newProducer(t testing.TB, size int, discardEvery int32, flags int32) *producer {
	t.Helper()
	p := &producer{
		ring:  newMap(t, &ebpf.MapSpec{Name: "ringtest", Type: ebpf.RingBuf, MaxEntries: uint32(size)}),
		state: newMap(t, &ebpf.MapSpec{Name: "ringtest", Type: ebpf.Array, KeySize: 4, ValueSize: 8 * stateWords, MaxEntries: 1}),
	}
	insns := asm.Instructions{
		asm.LoadMapValue(asm.R7, p.state.FD(), 0),
		asm.LoadMem(asm.R6, asm.R7, 8*stateNext, asm.DWord),
		asm.Mov.Reg(asm.R1, asm.R6),
		asm.Add.Imm(asm.R1, 1),
		asm.StoreMem(asm.R7, 8*stateNext, asm.R1, asm.DWord),
		asm.LoadImm(asm.R2, 0x0707070707070707, asm.DWord),
	}
	for off := int16(-64); off < 0; off += 8 {
		insns = append(insns, asm.StoreMem(asm.RFP, off, asm.R2, asm.DWord))
	}
	insns = append(insns, asm.StoreMem(asm.RFP, -64, asm.R6, asm.DWord))
	if discardEvery != 0 {
		insns = append(insns,
			asm.Mov.Reg(asm.R1, asm.R6),
			asm.Mod.Imm(asm.R1, discardEvery),
			asm.JNE.Imm(asm.R1, 0, "emit"),
			asm.LoadMapPtr(asm.R1, p.ring.FD()),
			asm.Mov.Imm(asm.R2, 24),
			asm.Mov.Imm(asm.R3, 0),
			asm.FnRingbufReserve.Call(),
			asm.JEq.Imm(asm.R0, 0, "lost"),
			asm.Mov.Reg(asm.R1, asm.R0),
			asm.Mov.Imm(asm.R2, flags),
			asm.FnRingbufDiscard.Call(),
			asm.Ja.Label("exit"),
		)
	}
	insns = append(insns,
		asm.Mov.Reg(asm.R3, asm.R6).WithSymbol("emit"),
		asm.And.Imm(asm.R3, 31),
		asm.Add.Imm(asm.R3, 8),
		asm.LoadMapPtr(asm.R1, p.ring.FD()),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, -64),
		asm.Mov.Imm(asm.R4, flags),
		asm.FnRingbufOutput.Call(),
		asm.JEq.Imm(asm.R0, 0, "exit"),
		asm.LoadMem(asm.R1, asm.R7, 8*stateLost, asm.DWord).WithSymbol("lost"),
		asm.Add.Imm(asm.R1, 1),
		asm.StoreMem(asm.R7, 8*stateLost, asm.R1, asm.DWord),
		asm.Mov.Imm(asm.R0, 0).WithSymbol("exit"),
		asm.Return(),
	)
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "ringtest", Type: ebpf.SocketFilter, Instructions: insns, License: "Dual MIT/GPL",
	})
	if err != nil {
		t.Fatalf("load: %+v", err)
	}
	t.Cleanup(func() { prog.Close() })
	p.prog = prog
	return p
}

const noWakeup = 1 // BPF_RB_NO_WAKEUP

func newMap(t testing.TB, spec *ebpf.MapSpec) *ebpf.Map {
	t.Helper()
	m, err := ebpf.NewMap(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// run runs the program n times, or more: a run that a signal interrupts is repeated.
func (p *producer) run(t testing.TB, n int) {
	t.Helper()
	if _, err := p.prog.Run(&ebpf.RunOptions{Data: make([]byte, 64), Repeat: uint32(n)}); err != nil {
		t.Fatal(err)
	}
}

func (p *producer) count(t testing.TB, word int) int {
	t.Helper()
	var state [stateWords]uint64
	if err := p.state.Lookup(uint32(0), &state); err != nil {
		t.Fatal(err)
	}
	return int(state[word])
}

func openRing(t testing.TB, m *ebpf.Map) *Ring {
	t.Helper()
	r, err := Open(m.FD(), int(m.MaxEntries()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// number returns the number of a record, -1 if the record is not what the producer wrote.
func number(data []byte) int {
	if len(data) < 8 {
		return -1
	}
	n := int(binary.NativeEndian.Uint64(data))
	want := append(binary.NativeEndian.AppendUint64(nil, uint64(n)), slices.Repeat([]byte{7}, n%32)...)
	if !slices.Equal(data, want) {
		return -1
	}
	return n
}

func TestReadKeepsOrderAcrossWraps(t *testing.T) {
	p := newProducer(t, os.Getpagesize(), 0, noWakeup)
	r := openRing(t, p.ring)
	next, batches := 0, 0
	for next < 5000 {
		p.run(t, 1+next%40)
		filled := r.Fill()
		freed := r.Read(func(data []byte) {
			if n := number(data); n != next {
				t.Fatalf("record %d is %d: % x", next, n, data)
			}
			next++
		})
		if freed != filled || r.Fill() != 0 {
			t.Fatalf("ring held %d bytes, read %d, left %d", filled, freed, r.Fill())
		}
		batches++
	}
	if got := p.count(t, stateNext); got != next {
		t.Errorf("read %d records of %d", next, got)
	}
	if wraps := 5000 * 31 / r.Size(); wraps < 10 || batches < 10 {
		t.Errorf("%d wraps in %d batches are too few to mean anything", wraps, batches)
	}
}

func TestFullRingLosesTheNewest(t *testing.T) {
	p := newProducer(t, os.Getpagesize(), 0, noWakeup)
	r := openRing(t, p.ring)
	p.run(t, 500)
	if fill := r.Fill(); fill > r.Size() || fill < r.Size()-64-headerSize {
		t.Errorf("a full ring of %d bytes holds %d", r.Size(), fill)
	}
	var got []int
	r.Read(func(data []byte) { got = append(got, number(data)) })
	lost, total := p.count(t, stateLost), p.count(t, stateNext)
	if lost == 0 || len(got)+lost != total {
		t.Fatalf("%d read + %d lost of %d", len(got), lost, total)
	}
	for i, n := range got {
		// Small records may still have found room where a large one did not.
		if n < i || i > 0 && n <= got[i-1] {
			t.Fatalf("out of order: %v", got)
		}
	}

	p.run(t, 10)
	got = nil
	r.Read(func(data []byte) { got = append(got, number(data)) })
	var want []int
	for i := total; i < p.count(t, stateNext); i++ {
		want = append(want, i)
	}
	if !slices.Equal(got, want) {
		t.Errorf("after making room: %v, want %v", got, want)
	}
}

func TestDiscardedRecordsArePassedOver(t *testing.T) {
	p := newProducer(t, os.Getpagesize(), 3, noWakeup)
	r := openRing(t, p.ring)
	var got []int
	for range 100 {
		p.run(t, 10)
		r.Read(func(data []byte) { got = append(got, number(data)) })
	}
	var want []int
	for i := range p.count(t, stateNext) {
		if i%3 != 0 {
			want = append(want, i)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if r.Fill() != 0 {
		t.Errorf("%d bytes are left", r.Fill())
	}
}

// TestReadStopsAtABusyRecord uses plain memory, because a program cannot leave a record reserved.
func TestReadStopsAtABusyRecord(t *testing.T) {
	words := make([]uint64, 16)
	var consumer, prod uintptr
	r := &Ring{consumer: &consumer, producer: &prod, data: unsafe.Pointer(&words[0]), size: 64, mask: 63, quantum: 8}
	head := func(i int) *uint32 { return (*uint32)(unsafe.Pointer(&words[i])) }
	*head(0), words[1] = 8, 100
	*head(2), words[3] = 8|busy, 200
	*head(4), words[5] = 3, 0x030201
	prod = 6 * 8

	var got [][]byte
	collect := func(data []byte) { got = append(got, slices.Clone(data)) }
	if n := r.Read(collect); n != 16 || consumer != 16 {
		t.Fatalf("read %d bytes, consumer at %d", n, consumer)
	}
	if n := r.Read(collect); n != 0 {
		t.Fatalf("read %d bytes from a busy record on", n)
	}
	atomic.StoreUint32(head(2), 8)
	if n := r.Read(collect); n != 32 || r.Fill() != 0 {
		t.Fatalf("read %d bytes, %d left", n, r.Fill())
	}
	want := "[[100 0 0 0 0 0 0 0] [200 0 0 0 0 0 0 0] [1 2 3]]"
	if s := fmt.Sprint(got); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
}

// TestReadSurvivesNonsense fills plain memory with headers that the kernel does not write: nothing outside the ring is read, and Read comes to
// an end.
func TestReadSurvivesNonsense(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		words := make([]uint64, 16)
		for i := range words {
			words[i] = rnd.Uint64()
			if rnd.IntN(3) > 0 {
				words[i] = rnd.Uint64N(100)
			}
		}
		consumer := uintptr(rnd.Uint64()) &^ 7
		prod := consumer + 8*uintptr(rnd.IntN(17))
		r := &Ring{consumer: &consumer, producer: &prod, data: unsafe.Pointer(&words[0]), size: 128, mask: 127, quantum: 8, pos: consumer}
		total := 0
		for range 17 {
			r.Read(func(data []byte) {
				total += headerSize + len(data)
				for i := range data {
					data[i]++ // faults, or spoils other tests, where the memory is not the ring's
				}
			})
		}
		if total > 128 || r.pos > prod {
			t.Fatalf("%d bytes of records in a ring of 128, read to %d of %d", total, r.pos, prod)
		}
	}
}

// follow starts to follow the ring. The result ends that and returns how many records were read.
func follow(t *testing.T, r *Ring) (end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var read, last int
	done := make(chan error)
	go func() {
		done <- r.Follow(ctx, func(data []byte) {
			n := number(data)
			if n < last {
				t.Errorf("record %d after %d", n, last)
			}
			last = n
			read++
		})
	}()
	return func() int {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		return read
	}
}

func TestFollowSeesEveryRecordAndDrains(t *testing.T) {
	for name, flags := range map[string]int32{"waking": 0, "silent": noWakeup} {
		t.Run(name, func(t *testing.T) {
			p := newProducer(t, 1<<16, 0, flags)
			r := openRing(t, p.ring)
			end := follow(t, r)
			for range 400 {
				p.run(t, 500)
			}
			read := end()
			lost, total := p.count(t, stateLost), p.count(t, stateNext)
			if read+lost != total || read < total/100 {
				t.Errorf("%d read + %d lost of %d", read, lost, total)
			}
			if r.Fill() != 0 {
				t.Errorf("%d bytes are left", r.Fill())
			}
		})
	}
}

// TestFollowLosesNothingBetweenIdleAndBusy lets the reader fall asleep between records. The ring is so small that only a reader who
// is woken gets them all.
func TestFollowLosesNothingBetweenIdleAndBusy(t *testing.T) {
	for name, flags := range map[string]int32{"waking": 0, "silent": noWakeup} {
		t.Run(name, func(t *testing.T) {
			p := newProducer(t, os.Getpagesize(), 0, flags)
			r := openRing(t, p.ring)
			end := follow(t, r)
			for i := range 100 {
				p.run(t, 1+i%3)
				time.Sleep(time.Duration(i%10) * time.Millisecond)
			}
			read, lost, total := end(), p.count(t, stateLost), p.count(t, stateNext)
			if read+lost != total || flags == 0 && lost > 0 {
				t.Errorf("%d read + %d lost of %d", read, lost, total)
			}
		})
	}
}

func TestBellRings(t *testing.T) {
	const long = 10 * time.Second
	ctx, cancel := context.WithCancel(t.Context())
	waking, silent := newProducer(t, 1<<16, 0, 0), newProducer(t, 1<<16, 0, noWakeup)
	for _, test := range []struct {
		name    string
		ring    *ebpf.Map
		timeout time.Duration
		event   func()
		want    bool
	}{
		{"nothing happens", waking.ring, 20 * time.Millisecond, func() {}, false},
		{"a silent record", silent.ring, 200 * time.Millisecond, func() { silent.run(t, 1) }, false},
		{"a record", waking.ring, long, func() { waking.run(t, 1) }, true},
		{"the context ends", newProducer(t, 1<<16, 0, 0).ring, long, cancel, true},
	} {
		b, err := newBell(ctx, test.ring.FD())
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			time.Sleep(20 * time.Millisecond)
			test.event()
		}()
		if got := b.wait(test.timeout, func() bool { return false }); got != test.want {
			t.Errorf("%s: the bell rings: %v", test.name, got)
		}
		<-done
		if err := b.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestPaceFollowsTheFillLevel(t *testing.T) {
	const size = 1 << 20
	p := newPace(size)
	const us = time.Microsecond
	var got []time.Duration
	look := func(found int) {
		if p.idle(found) {
			got = append(got, -us)
			return
		}
		got = append(got, p.pause)
		p.waited = max(p.pause, 100*time.Microsecond)
	}
	for range 6 {
		look(0) // longer and longer, then to sleep
	}
	p.wake(time.Second)
	look(64) // a lone record: sleep on
	p.wake(p.longest)
	look(0) // nothing: sleep on
	p.wake(time.Millisecond)
	for range 2 {
		look(size * 3 / 4) // nearly full: at once
	}
	look(size / 8) // an eighth in 100 µs: often
	look(size / 16)
	for range 4 {
		look(64) // a trickle
	}
	look(0)
	p.wake(time.Second)
	look(size / 32) // many at once after a silence are not a lone one
	want := []time.Duration{
		800 * us, 3200 * us, 5242 * us, -us, -us, -us,
		-us,
		-us,
		0, 0,
		200 * us, 400 * us,
		1600 * us, 5242 * us, 5242 * us, 5242 * us,
		-us,
		800 * us,
	}
	for i := range got {
		got[i] = got[i].Truncate(us)
	}
	if !slices.Equal(got, want) {
		t.Errorf("pauses\n%v, want\n%v", got, want)
	}
	if got := newPace(os.Getpagesize()).longest; got != time.Millisecond {
		t.Errorf("a ring of one page is left alone for %v", got)
	}
}

func TestOpenRefusesOddSizes(t *testing.T) {
	for _, size := range []int{0, -4096, 4095, 3 * os.Getpagesize()} {
		if r, err := Open(-1, size); err == nil {
			_ = r.Close()
			t.Errorf("a ring of %d bytes is opened", size)
		}
	}
}

// BenchmarkRead measures the reading of records of 8 to 39 bytes, without their making.
func BenchmarkRead(b *testing.B) {
	p := newProducer(b, 1<<20, 0, noWakeup)
	r := openRing(b, p.ring)
	var sum, records int
	var spent time.Duration
	for b.Loop() {
		p.run(b, 10_000)
		start := time.Now()
		r.Read(func(data []byte) {
			sum += int(data[0])
			records++
		})
		spent += time.Since(start)
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(records), "ns/record")
	b.ReportMetric(0, "ns/op")
}
