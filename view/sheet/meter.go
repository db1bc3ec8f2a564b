package sheet

import (
	"time"

	"go3s/session/table"
)

const (
	window = time.Second // how far back a rate looks
	many   = 50_000      // rows from which on only the last contents are remembered, not a whole window of them
)

// meter turns successive totals into rates a second. A rate spans the last second where there have been contents that long, and
// at least two of them. Rates are made for the rows that are asked for.
type meter struct {
	past  []*table.Contents // oldest first; the last is that of now
	shift int               // how much further up the row that was found last was in the oldest
	rates []float64         // of all rows of now; nil until they are needed
}

// take makes contents those of now. The first have no rates.
func (m *meter) take(c *table.Contents) {
	if n := len(m.past); n > 0 && (!c.Time.After(m.past[n-1].Time) || c.Map.Key != m.past[n-1].Map.Key) {
		m.past = nil
	}
	m.past = append(m.past, c)
	for len(m.past) > 2 && (c.Time.Sub(m.past[1].Time) >= window || c.Len() > many) {
		m.past = m.past[1:]
	}
	m.shift, m.rates = 0, nil
}

// rate is that of row i, if it has one.
func (m *meter) rate(i int) (a float64, ok bool) {
	now, then := m.past[len(m.past)-1], m.past[0]
	bits, signed, ok := now.Number(i)
	if !ok || now == then {
		return 0, false
	}
	var before uint64
	if at := then.Find(now.ID(i), i-m.shift); at >= 0 {
		before, _, _ = then.Number(at)
		m.shift = i - at
	}
	return float64(since(before, bits, signed)) / now.Time.Sub(then.Time).Seconds(), true
}

// all makes the rates of all rows.
func (m *meter) all() {
	if m.rates != nil {
		return
	}
	m.rates = make([]float64, m.past[len(m.past)-1].Len())
	for i := range m.rates {
		m.rates[i], _ = m.rate(i)
	}
}

// since is how far a total is beyond what it was. An unsigned total that has become smaller was removed or cleared in between, and has
// counted from zero.
func since(before, now uint64, signed bool) int64 {
	if !signed && now < before {
		return int64(now)
	}
	return int64(now - before)
}
