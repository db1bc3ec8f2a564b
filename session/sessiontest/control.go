package sessiontest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go3s/attach"
	"go3s/incremental/abi"
)

// Fail has the nth call of a method from now on, counted from 1, return err. Failures of one method are used up in the order of Fail, each
// counted from the one before.
func (k *Kernel) Fail(method string, nth int, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failures[method] = append(k.failures[method], failure{after: nth - 1, err: err})
}

// Heal takes back all that Fail has asked for and has not happened yet, and returns how much that was.
func (k *Kernel) Heal() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for _, queue := range k.failures {
		n += len(queue)
	}
	clear(k.failures)
	return n
}

// Calls returns the calls since the last Calls that change the kernel, as "Attach opens syscalls:sys_enter_openat".
func (k *Kernel) Calls() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var calls []string
	for _, c := range k.calls {
		method, _, _ := strings.Cut(c, " ")
		switch method {
		case "TracepointFormat", "Tracepoints", "Features", "ReadMap", "ReadRing":
		default:
			calls = append(calls, c)
		}
	}
	k.calls = nil
	return calls
}

// OnAttach has fn called by the next Attach once the program is in its slot, before Attach returns.
func (k *Kernel) OnAttach(fn func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.onAttach = fn
}

// HoldDetach lets links go only after ReleaseDetach.
func (k *Kernel) HoldDetach() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.holding = true
}

// ReleaseDetach lets the held links go.
func (k *Kernel) ReleaseDetach() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.holding = false
	for _, finish := range k.held {
		finish()
	}
	k.held = nil
}

// Emit puts a record into the ring: the header with the schema's number, the CPU and the time, then the packed arguments.
func (k *Kernel) Emit(schema uint32, cpu int, mono uint64, args ...byte) {
	r := make([]byte, abi.EventHeader, abi.EventHeader+len(args))
	binary.LittleEndian.PutUint32(r, schema)
	binary.LittleEndian.PutUint32(r[4:], uint32(cpu))
	binary.LittleEndian.PutUint64(r[8:], mono)
	k.EmitRaw(append(r, args...))
}

// EmitRaw puts any bytes into the ring as a record. The bytes belong to the kernel from then on.
func (k *Kernel) EmitRaw(record []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.records = append(k.records, record)
	k.arrived.Broadcast()
}

// SetCounter sets a word of a Counters map for one CPU: SetCounter("opens.stats", abi.StatLost, 0, 7).
func (k *Kernel) SetCounter(name string, word, cpu int, value uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	binary.LittleEndian.PutUint64(k.named(name).Values[""][cpu][8*word:], value)
}

// Set sets the entry of a map: one value a CPU, the low bytes of the words; one value for a map that is not per CPU.
func (k *Kernel) Set(name string, key []byte, values ...uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.named(name)
	entry := m.zero(k.Machine.CPUs)
	for cpu, v := range values {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], v)
		copy(entry[cpu], word[:min(8, m.Value)])
	}
	padded := make([]byte, m.keySize())
	copy(padded, key)
	m.Values[string(padded)] = entry
}

// SetMissed sets the number of events that the kernel did not hand to a probe.
func (k *Kernel) SetMissed(probe string, n uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range k.links {
		if l.name == probe {
			l.stats.Missed = n
		}
	}
}

// SetPassedOver sets the numbers of events that a probe's link has passed over.
func (k *Kernel) SetPassedOver(probe string, sampled, quiet uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range k.links {
		if l.name == probe {
			l.stats.Sampled, l.stats.Quiet = sampled, quiet
		}
	}
}

// SetQuiet says what Beat reports.
func (k *Kernel) SetQuiet(on bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.quiet = on
}

// named is the newest map of that name. The caller holds mu.
func (k *Kernel) named(name string) *Map {
	var newest attach.MapID
	for id, m := range k.maps {
		if m.Name == name {
			newest = max(newest, id)
		}
	}
	if newest == 0 {
		panic(fmt.Sprintf("the fake kernel has no map %q", name))
	}
	return k.maps[newest]
}

// Map returns the newest map of that name as it was created; it panics without one.
func (k *Kernel) Map(name string) attach.MapSpec {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.named(name).MapSpec
}

// Links returns what is attached, sorted, as "opens syscalls:sys_enter_openat".
func (k *Kernel) Links() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	links := []string{}
	for _, l := range k.links {
		if !l.detaching {
			links = append(links, l.name+" "+l.hook.Category+":"+l.hook.Name)
		}
	}
	slices.Sort(links)
	return links
}

// Running returns the program in the slot of a probe; nil if it is not attached, or the slot is empty.
func (k *Kernel) Running(probe string) *Program {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range k.links {
		if l.name == probe && !l.detaching {
			return k.programs[l.program]
		}
	}
	return nil
}

// Objects counts what is in the kernel, as "2 maps, 1 programs, 0 links".
func (k *Kernel) Objects() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return fmt.Sprintf("%d maps, %d programs, %d links", len(k.maps), len(k.programs), len(k.links))
}

// Check fails the test if the kernel is not closed, if anything is left in it, or if it was called in a way that a kernel refuses.
func (k *Kernel) Check(t testing.TB) {
	t.Helper()
	if got, want := k.Objects(), "0 maps, 0 programs, 0 links"; got != want {
		t.Errorf("left in the kernel: %s", got)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		t.Error("the kernel was not closed")
	}
	for _, err := range k.errs {
		t.Error(err)
	}
}
