package log

import "go3s/session"

// keep is the number of records the pane keeps at hand.
const keep = 4096

// page is a run of records with their sequence numbers.
type page struct {
	at      uint64 // of the first record
	records []session.Record
}

// end is the sequence number after the last record.
func (p *page) end() uint64 { return p.at + uint64(len(p.records)) }

// has reports whether record seq is in the page.
func (p *page) has(seq uint64) bool { return seq >= p.at && seq < p.end() }

// get is record seq, which the page must have.
func (p *page) get(seq uint64) *session.Record { return &p.records[seq-p.at] }

// join adds records that start at sequence number at. Where they touch what is there they lengthen it, up to max records, the
// old going first; otherwise they take its place.
func (p *page) join(at uint64, records []session.Record, max int) {
	if len(records) == 0 {
		return
	}
	end := at + uint64(len(records))
	switch {
	case len(p.records) == 0 || at > p.end() || end < p.at || at <= p.at && end >= p.end():
		p.at, p.records = at, append([]session.Record(nil), records...)
	case at >= p.at:
		if end > p.end() {
			p.records = append(p.records, records[p.end()-at:]...)
		}
	default:
		p.records = append(records[:p.at-at:p.at-at], p.records...)
		p.at = at
		if len(p.records) > max {
			p.records = p.records[:max]
		}
		return
	}
	if drop := len(p.records) - max; drop > 0 {
		p.records = append([]session.Record(nil), p.records[drop:]...)
		p.at += uint64(drop)
	}
}
