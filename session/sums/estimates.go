// Package sums knows the numbers in maps that programs only add to: what came to them since they were last read, and what they stand for
// where programs have seen a sample of the events.
package sums

import (
	"encoding/binary"

	"go3s/attach"
)

// Estimates turn what the programs of a sampled probe have counted into what all events would have come to. Each change of the factor
// begins a new reckoning: what was counted until then keeps the weight that it had.
type Estimates struct {
	Factor int                  // of now; less than 2: each event stands for itself
	begun  map[string]reckoning // by key; nil: there never was a factor
}

// reckoning is the value of an entry when the factor changed: as programs had counted it, and what all events came to.
type reckoning struct{ counted, all []byte }

// Any reports whether what programs count is not all there is.
func (e *Estimates) Any() bool { return e.begun != nil }

// Clear forgets what was counted before, because it is not there any more.
func (e *Estimates) Clear() {
	if e.Any() {
		e.begun = make(map[string]reckoning)
	}
}

// Begin is a new reckoning with a factor, of entries as programs had counted them and as all events had come to.
func Begin(factor int, counted, all *attach.Rows) Estimates {
	e := Estimates{Factor: factor, begun: make(map[string]reckoning, all.N)}
	raw := make(map[string][]byte, counted.N)
	for i := range counted.N {
		key, values := counted.Entry(i)
		raw[string(key)] = append([]byte(nil), values...)
	}
	for i := range all.N {
		key, values := all.Entry(i)
		if was, ok := raw[string(key)]; ok {
			e.begun[string(key)] = reckoning{was, append([]byte(nil), values...)}
		}
	}
	return e
}

// Scale makes of what was counted what all events would have come to. It changes the parts of values that add up.
func (e *Estimates) Scale(rows *attach.Rows, parts []Part) {
	if !e.Any() {
		return
	}
	zero := make([]byte, rows.CPUs*rows.ValueSize)
	for i := range rows.N {
		key, value := rows.Entry(i)
		from, ok := e.begun[string(key)]
		if !ok || len(from.all) != len(value) {
			from = reckoning{zero, zero}
		}
		for cpu := range rows.CPUs {
			for _, p := range parts {
				at := cpu*rows.ValueSize + p.offset
				v := value[at : at+p.width]
				came := integer(v) - integer(from.counted[at:at+p.width])
				var word [8]byte
				binary.LittleEndian.PutUint64(word[:], integer(from.all[at:at+p.width])+came*uint64(max(e.Factor, 1)))
				copy(v, word[:])
			}
		}
	}
}
