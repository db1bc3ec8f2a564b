package session

import (
	"encoding/binary"
	"fmt"

	"go3s/attach"
)

// estimates turn what the programs of a sampled probe have counted into what all events would have come to. Each change of the factor
// begins a new reckoning: what was counted until then keeps the weight that it had.
type estimates struct {
	factor int                  // of now; less than 2: each event stands for itself
	begun  map[string]reckoning // by key; nil: there never was a factor
}

// reckoning is the value of an entry when the factor changed: as programs had counted it, and what all events came to.
type reckoning struct{ counted, all []byte }

// Estimated reports whether the numbers of the table are estimates: its map is that of sampled probes, now or earlier.
func (t Table) Estimated() bool { return t.Factor > 0 }

// any reports whether what programs count is not all there is.
func (e *estimates) any() bool { return e.begun != nil }

// weigh has what programs add to the map stand for n events each from now on.
func (m *liveMap) weigh(k Kernel, n int) error {
	m.reading.Lock()
	defer m.reading.Unlock()
	if err := k.ReadMap(m.id, &m.rows); err != nil {
		return err
	}
	counted := cloneRows(&m.rows)
	m.estimate.scale(&m.rows, m.addends())
	m.estimate = begin(n, &counted, &m.rows)
	return nil
}

// begin is a new reckoning with a factor, of entries as programs had counted them and as all events had come to.
func begin(factor int, counted, all *attach.Rows) estimates {
	e := estimates{factor: factor, begun: make(map[string]reckoning, all.N)}
	raw := make(map[string][]byte, counted.N)
	for i := range counted.N {
		key, values := entryOf(counted, i)
		raw[string(key)] = append([]byte(nil), values...)
	}
	for i := range all.N {
		key, values := entryOf(all, i)
		if was, ok := raw[string(key)]; ok {
			e.begun[string(key)] = reckoning{was, append([]byte(nil), values...)}
		}
	}
	return e
}

// sampleCreated has maps that a change has made count for as many events as the probes that use them let by. The caller holds changing.
func (c *change) sampleCreated() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, p := range c.s.probes {
		for _, name := range p.maps {
			m := c.created[name]
			if p.factor < 2 || m == nil || m.own() {
				continue
			}
			m.reading.Lock()
			if !m.estimate.any() {
				m.estimate = estimates{factor: p.factor, begun: make(map[string]reckoning)}
			}
			m.reading.Unlock()
		}
	}
}

func cloneRows(r *attach.Rows) attach.Rows {
	c := *r
	c.Keys, c.Values = append([]byte(nil), r.Keys...), append([]byte(nil), r.Values...)
	return c
}

// entryOf is the key and the values of all CPUs of an entry.
func entryOf(r *attach.Rows, i int) (key, values []byte) {
	size := r.CPUs * r.ValueSize
	return r.Keys[i*r.KeySize : (i+1)*r.KeySize], r.Values[i*size : (i+1)*size]
}

// scale makes of what was counted what all events would have come to. It changes the parts of values that add up.
func (e *estimates) scale(rows *attach.Rows, parts []addend) {
	if !e.any() {
		return
	}
	zero := make([]byte, rows.CPUs*rows.ValueSize)
	for i := range rows.N {
		key, value := entryOf(rows, i)
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
				binary.LittleEndian.PutUint64(word[:], integer(from.all[at:at+p.width])+came*uint64(max(e.factor, 1)))
				copy(v, word[:])
			}
		}
	}
}

// withCounted notes in the rows of a table of estimates what the programs have counted.
func (t *Table) withCounted(counted []Row) {
	byKey := make(map[string]any, len(counted))
	for _, r := range counted {
		byKey[fmt.Sprintf("%q", r.Key)] = r.Total
	}
	for i := range t.Rows {
		t.Rows[i].Counted = byKey[fmt.Sprintf("%q", t.Rows[i].Key)]
	}
}
