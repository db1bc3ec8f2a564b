package session

import (
	"go3s/attach"
	"go3s/session/sums"
)

// weigh has what programs add to the map stand for n events each from now on.
func (m *liveMap) weigh(k Kernel, n int) error {
	m.reading.Lock()
	defer m.reading.Unlock()
	if err := k.ReadMap(m.id, &m.rows); err != nil {
		return err
	}
	counted := m.rows.Clone()
	m.estimate.Scale(&m.rows, sums.Parts(m.Map))
	m.estimate = sums.Begin(n, &counted, &m.rows)
	return nil
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
			if !m.estimate.Any() {
				m.estimate = sums.Begin(p.factor, &attach.Rows{}, &attach.Rows{})
			}
			m.reading.Unlock()
		}
	}
}
