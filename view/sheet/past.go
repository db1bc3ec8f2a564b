package sheet

import (
	"time"

	"go3s/session"
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
	rates []float64
	seen  int // the step at which it was on the screen last
}

// distributions are the totals of rows at one time.
type distributions struct {
	time   time.Time
	totals map[string]any
}

// take remembers the rows once a step.
func (p *past) take(m session.Table, rows []Row) {
	if m.Time.Sub(p.mark) < step-step/20 {
		return
	}
	p.mark = m.Time
	p.steps++
	if len(p.trends) > 0 {
		for i := range rows {
			if c := p.trends[rows[i].ID]; c != nil && rows[i].Rated {
				c.rates = append(c.rates, rows[i].Rate)
				c.rates = c.rates[max(len(c.rates)-trend, 0):]
			}
		}
		for id, c := range p.trends {
			if p.steps-c.seen > forget {
				delete(p.trends, id)
			}
		}
	}
	if !Distribution(m.Map) {
		return
	}
	d := distributions{m.Time, make(map[string]any, min(len(rows), kept))}
	for _, r := range rows[max(len(rows)-kept, 0):] { // by ascending number of values
		d.totals[r.ID] = r.Total
	}
	p.then = append(p.then, d)
	p.then = p.then[max(len(p.then)-moments, 0):]
}

// trend is that of a row, which is on the screen now.
func (p *past) trend(r *Row) []float64 {
	if !r.Number {
		return nil
	}
	if p.trends == nil {
		p.trends = make(map[string]*course)
	}
	c := p.trends[r.ID]
	if c == nil {
		c = &course{}
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
