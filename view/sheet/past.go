package sheet

import (
	"time"

	"go3s/session/table"
)

const (
	step    = time.Second // between two values of a trend, and two moments of a distribution
	trend   = 60          // values that a trend keeps
	forget  = 30          // steps after which a row that is not on the screen has no trend any more
	moments = 300         // moments that a distribution keeps
	kept    = 64          // distributions of a map that are kept, those with the most values
)

// past is what is remembered of a map: the rates of rows that have been on the screen, and the distributions of some keys.
type past struct {
	mark   time.Time // of the last step
	steps  int
	trends map[string]*course
	then   []distributions // oldest first
}

// course is the trend of a row.
type course struct {
	id    []byte
	at    int // where it was last
	rates []float64
	seen  int // the step at which it was on the screen last
}

// distributions are the totals of rows at one time.
type distributions struct {
	time   time.Time
	totals map[string]any
}

// take remembers the rows once a step.
func (p *past) take(c *table.Contents, m *meter) {
	if c.Time.Sub(p.mark) < step-step/20 {
		return
	}
	p.mark = c.Time
	p.steps++
	for id, t := range p.trends {
		if p.steps-t.seen > forget {
			delete(p.trends, id)
			continue
		}
		at := c.Find(t.id, t.at)
		if at < 0 {
			continue
		}
		t.at = at
		if rate, ok := m.rate(at); ok {
			t.rates = append(t.rates, rate)
			t.rates = t.rates[max(len(t.rates)-trend, 0):]
		}
	}
	if !Distribution(c.Map) {
		return
	}
	n := c.Len()
	d := distributions{c.Time, make(map[string]any, min(n, kept))}
	for i := max(n-kept, 0); i < n; i++ { // by ascending number of values
		d.totals[string(c.ID(i))] = c.Row(i).Total
	}
	p.then = append(p.then, d)
	p.then = p.then[max(len(p.then)-moments, 0):]
}

// trend is that of a row, which is on the screen now, and at that place.
func (p *past) trend(r *Row, at int) []float64 {
	if !r.Number {
		return nil
	}
	if p.trends == nil {
		p.trends = make(map[string]*course)
	}
	c := p.trends[r.ID]
	if c == nil {
		c = &course{id: []byte(r.ID), at: at}
		if r.Rated {
			c.rates = []float64{r.Rate}
		}
		p.trends[r.ID] = c
	}
	c.seen = p.steps
	return c.rates
}

// of is the distribution of a key over time.
func (p *past) of(id string) []Moment {
	var out []Moment
	for _, d := range p.then {
		if total, ok := d.totals[id]; ok {
			out = append(out, Moment{d.time, total})
		}
	}
	return out
}
