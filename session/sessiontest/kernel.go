// Package sessiontest has a kernel for tests of what stands on package session: it keeps maps, programs and links in memory, needs no
// privilege, and does what the test tells it to. It runs no program: the test puts counts into maps and records into the ring.
package sessiontest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"sync"

	"go3s/attach"
	"go3s/incremental/abi"
	"go3s/incremental/universe/universetest"
)

// Kernel is a session.Kernel in memory. All methods may be called at once from any goroutine.
type Kernel struct {
	// Texts are the format files by "category:name", at first those of package universetest.
	Texts map[string]string
	// Machine is what Features returns; at first instruction set v4, two CPUs, Linux 6.18.
	Machine attach.Features
	// Types is the BTF of the kernel; without it, as at first, the kernel does not describe its types.
	Types []byte
	// States has values kept with threads.
	States bool

	mu       sync.Mutex
	arrived  sync.Cond // records, or the end of a reader's context
	last     int       // the last handle given out; no two objects share one
	maps     map[attach.MapID]*Map
	programs map[attach.ProgramID]*Program
	links    map[attach.LinkID]*link
	records  [][]byte
	failures map[string][]failure
	calls    []string
	held     []func() // detaches that wait for ReleaseDetach
	holding  bool
	onAttach func()
	onRun    func(Program, map[string]*Map)
	onSettle func()
	counting int // EnableStats that are not closed yet
	errs     []error
	closed   bool
	quiet    bool
	memory   map[string][]byte // see Recall
}

// Map is a map of the fake kernel. Values holds one value a CPU, or one, by key.
type Map struct {
	attach.MapSpec
	Values map[string][][]byte
}

// Program is a loaded program.
type Program struct {
	attach.ProgramSpec
	ID attach.ProgramID
}

type link struct {
	hook      attach.Hook
	name      string
	program   attach.ProgramID
	detaching bool
	stats     attach.ProgramStats
	step      attach.ProgramStats
}

type failure struct {
	after int // calls that still work
	err   error
}

// NewKernel returns a kernel with the tracepoints of package universetest.
func NewKernel() *Kernel {
	k := &Kernel{
		Texts:    universetest.Texts(),
		Machine:  attach.Features{ISA: 4, CPUs: 2, Version: 6<<16 | 18<<8},
		maps:     make(map[attach.MapID]*Map),
		programs: make(map[attach.ProgramID]*Program),
		links:    make(map[attach.LinkID]*link),
		failures: make(map[string][]failure),
	}
	k.arrived.L = &k.mu
	return k
}

// call notes a call and returns the error that the test has asked for. The caller holds mu.
func (k *Kernel) call(method, what string) error {
	k.calls = append(k.calls, strings.TrimSpace(method+" "+what))
	if k.closed {
		return k.wrong("%s %s after Close", method, what)
	}
	queue := k.failures[method]
	if len(queue) == 0 {
		return nil
	}
	if queue[0].after > 0 {
		queue[0].after--
		return nil
	}
	k.failures[method] = queue[1:]
	return queue[0].err
}

// wrong notes a call that a kernel would refuse as a mistake of the caller; Check reports it. The caller holds mu.
func (k *Kernel) wrong(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	k.errs = append(k.errs, err)
	return err
}

func (k *Kernel) handle() int {
	k.last++
	return k.last
}

// TracepointFormat implements session.Kernel.
func (k *Kernel) TracepointFormat(category, name string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.call("TracepointFormat", category+":"+name); err != nil {
		return "", err
	}
	text, ok := k.Texts[category+":"+name]
	if !ok {
		return "", fmt.Errorf("read format of %s:%s: %w", category, name, fs.ErrNotExist)
	}
	return text, nil
}

// Tracepoints implements session.Kernel.
func (k *Kernel) Tracepoints() ([]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.call("Tracepoints", ""); err != nil {
		return nil, err
	}
	var names []string
	for name := range k.Texts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// Features implements session.Kernel.
func (k *Kernel) Features() (attach.Features, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.Machine, k.call("Features", "")
}

// KeepsStates implements session.Kernel.
func (k *Kernel) KeepsStates() bool { return k.States }

// BTF implements session.Kernel.
func (k *Kernel) BTF() ([]byte, error) {
	if k.Types == nil {
		return nil, fs.ErrNotExist
	}
	return k.Types, nil
}

// CreateMap implements session.Kernel.
func (k *Kernel) CreateMap(spec attach.MapSpec) (attach.MapID, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.call("CreateMap", spec.Name); err != nil {
		return 0, err
	}
	id := attach.MapID(k.handle())
	m := &Map{MapSpec: spec, Values: make(map[string][][]byte)}
	k.maps[id] = m
	k.fill(m)
	return id, nil
}

// fill gives a map whose entries are fixed its zero entries. The caller holds mu.
func (k *Kernel) fill(m *Map) {
	clear(m.Values)
	switch m.Kind {
	case attach.Counters:
		m.Values[""] = m.zero(k.Machine.CPUs)
	case attach.Array, attach.PerCPUArray:
		for i := range m.Entries {
			m.Values[string([]byte{byte(i), byte(i >> 8), byte(i >> 16), byte(i >> 24)})] = m.zero(k.Machine.CPUs)
		}
	}
}

// keySize is the size of a key as ReadMap gives it.
func (m *Map) keySize() int {
	if m.Kind == attach.Counters {
		return 0
	}
	return m.Key
}

// valueSize is the size of one CPU's value as ReadMap gives it.
func (m *Map) valueSize() int {
	if m.Kind == attach.Counters {
		return abi.CounterLine
	}
	return m.Value
}

func (m *Map) perCPU() bool {
	switch m.Kind {
	case attach.PerCPUHash, attach.PerCPUArray, attach.PerCPULRU, attach.Counters:
		return true
	}
	return false
}

// zero is an entry of zeros.
func (m *Map) zero(cpus int) [][]byte {
	if !m.perCPU() {
		cpus = 1
	}
	entry := make([][]byte, cpus)
	for cpu := range entry {
		entry[cpu] = make([]byte, m.valueSize())
	}
	return entry
}

// ReadMap implements session.Kernel. Entries come in the order of their keys' bytes.
func (k *Kernel) ReadMap(id attach.MapID, rows *attach.Rows) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.maps[id]
	if m == nil {
		return fmt.Errorf("read map %d: %w", id, errNoObject)
	}
	if m.Kind == attach.Ring {
		return k.wrong("read of ring %s", m.Name)
	}
	if err := k.call("ReadMap", m.Name); err != nil {
		return err
	}
	keys := make([]string, 0, len(m.Values))
	for key := range m.Values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	*rows = attach.Rows{
		Keys: rows.Keys[:0], Values: rows.Values[:0],
		N: len(keys), CPUs: len(m.zero(k.Machine.CPUs)), KeySize: m.keySize(), ValueSize: m.valueSize(),
	}
	for _, key := range keys {
		rows.Keys = append(rows.Keys, key...)
		for _, v := range m.Values[key] {
			rows.Values = append(rows.Values, v...)
		}
	}
	return nil
}

var errNoObject = errors.New("there is no such object")

// ClearMap implements session.Kernel.
func (k *Kernel) ClearMap(id attach.MapID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.maps[id]
	if m == nil {
		return k.wrong("clear of map %d: %w", id, errNoObject)
	}
	if err := k.call("ClearMap", m.Name); err != nil {
		return err
	}
	k.fill(m)
	return nil
}

// FreeMap implements session.Kernel.
func (k *Kernel) FreeMap(id attach.MapID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.maps[id]
	if m == nil {
		return k.wrong("free of map %d: %w", id, errNoObject)
	}
	if err := k.call("FreeMap", m.Name); err != nil {
		return err
	}
	delete(k.maps, id)
	return nil
}

// ReturnMap implements session.Kernel: a map that something was put into is no new one.
func (k *Kernel) ReturnMap(id attach.MapID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.maps[id]
	if m == nil {
		return k.wrong("return of map %d: %w", id, errNoObject)
	}
	if err := k.call("ReturnMap", m.Name); err != nil {
		return err
	}
	fresh := &Map{MapSpec: m.MapSpec, Values: make(map[string][][]byte)}
	k.fill(fresh)
	if !reflect.DeepEqual(m, fresh) {
		return k.wrong("return of map %s, which is in use", m.Name)
	}
	delete(k.maps, id)
	return nil
}

// Load implements session.Kernel. It refuses a program that names a map which it is not given, and one whose map is gone, as may be that of a
// program that is loaded ahead while the session is changed.
func (k *Kernel) Load(spec attach.ProgramSpec) (attach.ProgramID, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.call("Load", spec.Name); err != nil {
		return 0, err
	}
	for _, ins := range spec.Insns {
		if name := ins.Reference(); name != "" && ins.IsLoadFromMap() && spec.Maps[name] == 0 {
			return 0, k.wrong("load of %s: map %s is not given", spec.Name, name)
		}
	}
	for name, id := range spec.Maps {
		if id == 0 || id > attach.MapID(k.last) {
			return 0, k.wrong("load of %s: map %s has no handle", spec.Name, name)
		}
		if k.maps[id] == nil {
			return 0, fmt.Errorf("load of %s: map %s: %w", spec.Name, name, errNoObject)
		}
	}
	id := attach.ProgramID(k.handle())
	k.programs[id] = &Program{ProgramSpec: spec, ID: id}
	return id, nil
}

// FreeProgram implements session.Kernel. A program in a link's slot must not be freed.
func (k *Kernel) FreeProgram(id attach.ProgramID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.programs[id]
	if p == nil {
		return k.wrong("free of program %d: %w", id, errNoObject)
	}
	if err := k.call("FreeProgram", p.Name); err != nil {
		return err
	}
	for _, l := range k.links {
		if l.program == id && !l.detaching {
			return k.wrong("free of program %s, which is in the slot of %s", p.Name, l.name)
		}
	}
	delete(k.programs, id)
	return nil
}

// Attach implements session.Kernel.
func (k *Kernel) Attach(hook attach.Hook, name string, p attach.ProgramID) (attach.LinkID, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.call("Attach", name+" "+hook.Category+":"+hook.Name); err != nil {
		return 0, err
	}
	if k.programs[p] == nil {
		return 0, k.wrong("attach of %s: program %d: %w", name, p, errNoObject)
	}
	id := attach.LinkID(k.handle())
	l := &link{hook: hook, name: name, program: p}
	if hook.Idle {
		l.program = 0
	}
	k.links[id] = l
	if fn := k.onAttach; fn != nil {
		k.onAttach = nil
		k.mu.Unlock()
		fn()
		k.mu.Lock()
	}
	return id, nil
}

// Swap implements session.Kernel.
func (k *Kernel) Swap(id attach.LinkID, p attach.ProgramID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.links[id]
	if l == nil || l.detaching || k.programs[p] == nil {
		return k.wrong("swap of link %d to program %d: %w", id, p, errNoObject)
	}
	if err := k.call("Swap", l.name); err != nil {
		return err
	}
	l.program = p
	return nil
}

// Empty implements session.Kernel.
func (k *Kernel) Empty(id attach.LinkID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.links[id]
	if l == nil || l.detaching {
		return k.wrong("emptying the slot of link %d: %w", id, errNoObject)
	}
	if err := k.call("Empty", l.name); err != nil {
		return err
	}
	l.program = 0
	return nil
}

// Detach implements session.Kernel.
func (k *Kernel) Detach(id attach.LinkID) <-chan error {
	done := make(chan error, 1)
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.links[id]
	if l == nil || l.detaching {
		done <- k.wrong("detach of link %d: %w", id, errNoObject)
		return done
	}
	err := k.call("Detach", l.name)
	l.detaching = true
	finish := func() {
		delete(k.links, id)
		done <- err
	}
	if k.holding {
		k.held = append(k.held, finish)
	} else {
		finish()
	}
	return done
}

// Stats implements session.Kernel.
func (k *Kernel) Stats(id attach.LinkID) (attach.ProgramStats, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.links[id]
	if l == nil {
		return attach.ProgramStats{}, fmt.Errorf("statistics of link %d: %w", id, errNoObject)
	}
	return l.stats, nil
}

// Sample implements session.Kernel.
func (k *Kernel) Sample(id attach.LinkID, n int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.links[id]
	if l == nil {
		return fmt.Errorf("sample link %d: %w", id, errNoObject)
	}
	return k.call("Sample", fmt.Sprintf("%s %d", l.name, n))
}

// Beat implements session.Kernel.
func (k *Kernel) Beat() (quiet bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.quiet, nil
}

// ReadRing implements session.Kernel.
func (k *Kernel) ReadRing(ctx context.Context, id attach.MapID, fn func(attach.Record)) error {
	defer context.AfterFunc(ctx, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.arrived.Broadcast()
	})()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.maps[id] == nil {
		return k.wrong("read of ring %d: %w", id, errNoObject)
	}
	if err := k.call("ReadRing", k.maps[id].Name); err != nil {
		return err
	}
	for {
		for len(k.records) > 0 {
			r := k.records[0]
			k.records = k.records[1:]
			k.mu.Unlock()
			fn(attach.Record{Data: r})
			// The kernel's memory is used again at once; who kept the slice shall see that.
			clear(r)
			k.mu.Lock()
		}
		if ctx.Err() != nil {
			return nil
		}
		k.arrived.Wait()
	}
}

// Close implements session.Kernel.
func (k *Kernel) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.call("Close", ""); err != nil {
		return err
	}
	if k.counting != 0 {
		return k.wrong("close while %d users count runs", k.counting)
	}
	k.closed = true
	return nil
}
