package attach

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// gates decide whether events go on from dispatchers to their programs: each dispatcher has one, a word that it loads and that is zero as
// long as all events may pass. User space has a gate let 1 of N through (Kernel.Sample). A program of the kernel's own clock, which runs
// whatever becomes of this process, shuts all gates when no sign of life has come for a while (Kernel.Beat), and opens them when one has.
// What does not pass is counted, each event once.
//
// The memory is an array's only value: a line of the clock's, then for each gate a line with its word and a line for each CPU.
type gates struct {
	cpus  int
	m     *bpfMap
	watch *ebpf.Program

	mu    sync.Mutex
	clock *clock // nil: nothing was started yet, or the kernel gives none, see deaf
	deaf  error  // why nobody watches for signs of life
	used  [gatesEach]bool
}

const (
	gatesEach = 64 // gates that share a map and a clock
	// watchEvery is the clock's period. The kernel leaves out a tick that comes amid another program's run on that CPU, and where events come at
	// full speed most do: so there are many, and they look at the time instead of counting themselves.
	watchEvery = 100 * time.Millisecond
	// patience is how long there may be no sign of life before the gates are shut.
	patience = 3 * time.Second

	// The words of the clock's line, by offset.
	beatWord  = 0  // changed by each sign of life
	seenWord  = 8  // what it was at the last tick
	sinceWord = 16 // when a tick first saw it so, by the kernel's monotonic clock
	closeWord = 24 // whether the gates are shut

	// The halves of a gate's word: of 2³² events so many pass, 0 for all; and whether it is shut.
	limitHalf = 0
	shutHalf  = 4

	// The words of a CPU's line.
	turnWord    = 0  // events that were looked at while 1 of N passed
	sampledWord = 8  // those of them that did not pass
	quietWord   = 16 // events that found the gate shut
	ranWord     = 24 // of a clock: ticks that came
	lastWord    = 32 // and when the last one did
)

// gate is the gate of one dispatcher.
type gate struct {
	of *gates
	at int // offset of its line
	n  int // its number
}

func newGates(k *Kernel) (*gates, error) {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return nil, fmt.Errorf("count possible CPUs: %w", err)
	}
	g := &gates{cpus: cpus}
	if g.m, err = newMap(MapSpec{Name: "go3s_gates", Kind: Counters, Value: counterLine * (1 + gatesEach*(1+cpus))}); err != nil {
		return nil, fmt.Errorf("create gates: %w", err)
	}
	if g.watch, err = k.loadProgram("go3s_watch", binding{typ: PerfEvent}, g.watchInsns()); err != nil {
		return nil, errors.Join(err, g.m.close())
	}
	return g, nil
}

// start has the clock look for signs of life, from when the first dispatcher is at a hook.
func (g *gates) start() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.clock == nil && g.deaf == nil {
		g.clock, g.deaf = linkClock(Hook{Type: PerfEvent, Kind: "interval", Nanoseconds: int64(watchEvery)}, g.watch)
	}
}

// why is why nobody looks for signs of life.
func (g *gates) why() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.deaf
}

// offset is where a gate's line begins.
func (g *gates) offset(n int) int { return counterLine * (1 + n*(1+g.cpus)) }

// watchInsns is the clock's program: it shuts or opens all gates.
func (g *gates) watchInsns() asm.Instructions {
	insns := asm.Instructions{
		asm.FnKtimeGetNs.Call(),
		asm.LoadMapValue(asm.R6, g.m.m.FD(), 0),
		asm.LoadMem(asm.R1, asm.R6, beatWord, asm.DWord),
		asm.LoadMem(asm.R2, asm.R6, seenWord, asm.DWord),
		asm.Mov.Imm(asm.R4, 0),         // whether it has been too long
		asm.JEq.Imm(asm.R1, 0, "tell"), // there never was a sign
		asm.JEq.Reg(asm.R1, asm.R2, "same"),
		asm.StoreMem(asm.R6, seenWord, asm.R1, asm.DWord),
		asm.StoreMem(asm.R6, sinceWord, asm.R0, asm.DWord),
		asm.LoadMem(asm.R2, asm.R6, sinceWord, asm.DWord).WithSymbol("same"),
		asm.Sub.Reg(asm.R0, asm.R2),
		asm.LoadImm(asm.R2, int64(patience), asm.DWord),
		asm.JLT.Reg(asm.R0, asm.R2, "tell"),
		asm.Mov.Imm(asm.R4, 1),
		asm.StoreMem(asm.R6, closeWord, asm.R4, asm.DWord).WithSymbol("tell"),
		asm.Add.Imm(asm.R6, int32(g.offset(0))),
	}
	for range gatesEach {
		insns = append(insns, asm.StoreMem(asm.R6, shutHalf, asm.R4, asm.Word), asm.Add.Imm(asm.R6, int32(g.offset(1)-g.offset(0))))
	}
	return append(insns, asm.Mov.Imm(asm.R0, 0), asm.Return())
}

// take is a gate that is open, nil if all are in use.
func (g *gates) take() *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	for n, used := range g.used {
		if used {
			continue
		}
		g.used[n] = true
		at := g.offset(n)
		for i := at; i < g.offset(n+1); i += 8 {
			g.word(i).Store(0)
		}
		return &gate{of: g, at: at, n: n}
	}
	return nil
}

// word is 64 bits of the memory, which programs change too.
func (g *gates) word(offset int) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Pointer(&g.m.lines[offset]))
}

// beat is a sign of life. It reports whether the gates are shut.
func (g *gates) beat() (shut bool) {
	shut = g.word(closeWord).Load() != 0 // before the sign, which a tick may see at once
	g.word(beatWord).Add(1)
	return shut
}

func (g *gates) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var err error
	if g.clock != nil {
		err = g.clock.Close()
	}
	return errors.Join(err, g.watch.Close(), g.m.close())
}

// takeGate is a gate for a new dispatcher.
func (k *Kernel) takeGate() (*gate, error) {
	k.gatesMu.Lock()
	defer k.gatesMu.Unlock()
	if k.gatesShut {
		return nil, os.ErrClosed
	}
	for _, g := range k.gates {
		if gate := g.take(); gate != nil {
			return gate, nil
		}
	}
	g, err := newGates(k)
	if err != nil {
		return nil, err
	}
	k.gates = append(k.gates, g)
	return g.take(), nil
}

// free gives the gate to the next dispatcher. No run of its own one is under way any more.
func (g *gate) free() {
	if g == nil {
		return
	}
	g.of.mu.Lock()
	defer g.of.mu.Unlock()
	g.of.used[g.n] = false
}

// let has 1 of n events pass; all if n is less than 2.
func (g *gate) let(n int) {
	limit := uint32(0)
	if n > 1 {
		limit = uint32(1 << 32 / uint64(n))
	}
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&g.of.m.lines[g.at+limitHalf])), limit)
}

// limits reports whether less than all events pass.
func (g *gate) limits() bool {
	return g != nil && atomic.LoadUint32((*uint32)(unsafe.Pointer(&g.of.m.lines[g.at+limitHalf]))) != 0
}

// held are the events that did not pass, because others stood for them, or because the gate was shut.
func (g *gate) held() (sampled, quiet uint64) {
	for cpu := range g.of.cpus {
		line := g.at + counterLine*(1+cpu)
		sampled += g.of.word(line + sampledWord).Load()
		quiet += g.of.word(line + quietWord).Load()
	}
	return sampled, quiet
}

// insns are what stands before a dispatcher's tail call, with the context in R1, where they leave it. Open, a gate is a load and a jump;
// what the rest needs lies on the stack, because registers that outlive calls are saved and restored at every event.
//
// Which events pass follows from their number on their CPU, multiplied by 2³² over the golden ratio: it is 1 of N, very evenly, and no
// rhythm in the events can keep step with it, as it could with each Nth. The number may be taken twice when an interrupt comes between;
// the counts are exact. What passes and finds no program in the slot, because the probe is suspended, is counted with what did not pass.
func (g *gate) insns(typ ProgramType, slots *ebpf.Map) (before, after asm.Instructions) {
	golden := uint32(0x9E3779B1)
	const context, line, word = -8, -16, -24 // on the stack
	leave := asm.Instructions{asm.Mov.Imm(asm.R0, verdict(typ)), asm.Return()}
	before = asm.Instructions{
		asm.LoadMapValue(asm.R2, g.of.m.m.FD(), uint32(g.at)),
		asm.LoadMem(asm.R3, asm.R2, 0, asm.DWord),
		asm.JEq.Imm(asm.R3, 0, "pass"),
		asm.StoreMem(asm.RFP, context, asm.R1, asm.DWord),
		asm.StoreMem(asm.RFP, line, asm.R2, asm.DWord),
		asm.StoreMem(asm.RFP, word, asm.R3, asm.DWord),
		asm.FnGetSmpProcessorId.Call(),
		asm.JGE.Imm(asm.R0, int32(g.of.cpus), "out"),
		asm.LSh.Imm(asm.R0, 6),
		asm.LoadMem(asm.R4, asm.RFP, line, asm.DWord),
		asm.Add.Reg(asm.R4, asm.R0),
		asm.LoadMem(asm.R5, asm.RFP, word, asm.DWord),
		asm.Mov.Imm(asm.R1, 1),
		asm.LoadMem(asm.R2, asm.R4, counterLine+turnWord, asm.DWord),
		asm.Mov.Reg(asm.R3, asm.R5),
		asm.RSh.Imm(asm.R3, 32),
		asm.JNE.Imm(asm.R3, 0, "shut"),
		asm.Add.Imm(asm.R2, 1),
		asm.StoreMem(asm.R4, counterLine+turnWord, asm.R2, asm.DWord),
		asm.Mul.Imm32(asm.R2, int32(golden)),
		asm.Mov.Reg32(asm.R3, asm.R5),
		asm.JGE.Reg(asm.R2, asm.R3, "sampled"),
		asm.StoreMem(asm.RFP, line, asm.R4, asm.DWord),
		asm.LoadMem(asm.R1, asm.RFP, context, asm.DWord),
		asm.LoadMapPtr(asm.R2, slots.FD()),
		asm.Mov.Imm(asm.R3, 0),
		asm.FnTailCall.Call(),
		asm.LoadMem(asm.R4, asm.RFP, line, asm.DWord),
		asm.Mov.Imm(asm.R1, 1),
		asm.Ja.Label("sampled"),
	}
	after = append(asm.Instructions{asm.AddAtomic.Mem(asm.R4, asm.R1, asm.DWord, counterLine+quietWord).WithSymbol("shut")}, leave...)
	after = append(after, asm.AddAtomic.Mem(asm.R4, asm.R1, asm.DWord, counterLine+sampledWord).WithSymbol("sampled"))
	return before, append(after, leave...)
}

// Sample has the link's program run for 1 of n events, spread evenly, from now on; for all if n is less than 2. The others are counted:
// ProgramStats.Sampled.
func (k *Kernel) Sample(id LinkID, n int) error {
	l, release, err := k.links.use(int(id))
	if err != nil {
		return fmt.Errorf("sample: link: %w", err)
	}
	defer release()
	if l.gate != nil {
		l.gate.let(n)
	}
	return nil
}

// Beat is a sign of life from user space. When none has come for about three seconds after the first, the kernel lets no event through to any program of
// a link, until the next sign and about a tenth of a second longer; what it holds back is counted: ProgramStats.Quiet. Beat reports whether that is
// so now. The error says why nobody watches for signs of life, in which case probes never go quiet.
func (k *Kernel) Beat() (quiet bool, err error) {
	k.gatesMu.Lock()
	defer k.gatesMu.Unlock()
	for _, g := range k.gates {
		quiet = g.beat() || quiet
		if why := g.why(); err == nil && why != nil {
			err = refine("watch over the probes", why)
		}
	}
	return quiet, err
}
