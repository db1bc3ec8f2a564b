package sheet

import "time"

const (
	window = time.Second // how far back a rate looks
	many   = 50_000      // rows from which on only the last table is remembered, not a whole window of them
)

// meter turns successive totals into rates a second. A rate spans the last second where there have been tables that long, and
// at least two tables.
type meter struct {
	past []then // oldest first
}

// then is what a table held at one time.
type then struct {
	time   time.Time
	totals map[string]uint64
}

// measure sets the rates of rows at time now. Numbers are bits of int64 where signed. The first table has no rates.
func (m *meter) measure(now time.Time, rows []Row) {
	if n := len(m.past); n > 0 && !now.After(m.past[n-1].time) {
		m.past = nil
	}
	for len(m.past) > 1 && (now.Sub(m.past[1].time) >= window || len(rows) > many) {
		m.past = m.past[1:]
	}
	totals := make(map[string]uint64, len(rows))
	for i := range rows {
		r := &rows[i]
		if !r.Number {
			continue
		}
		totals[r.ID] = r.Bits
		if len(m.past) > 0 {
			r.Rate = float64(r.since(m.past[0].totals[r.ID])) / now.Sub(m.past[0].time).Seconds()
			r.Rated = true
		}
	}
	m.past = append(m.past, then{now, totals})
}

// since is how far the row's total is beyond what it was. An unsigned total that has become smaller was removed or cleared in
// between, and has counted from zero.
func (r *Row) since(then uint64) int64 {
	if !r.Signed && r.Bits < then {
		return int64(r.Bits)
	}
	return int64(r.Bits - then)
}
