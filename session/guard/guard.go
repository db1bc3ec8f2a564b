// Package guard decides what is done to probes that cost the machine more than they may, by the figures that it is given.
package guard

import (
	"slices"
	"time"
)

// MostSampled is the largest factor: where 1 of so many events is too much, probes are suspended.
const MostSampled = 1024

// So many windows in a row must be over the budget until something is done: Patience, or Haste where it is more than far times the budget.
const (
	Patience = 5
	Haste    = 2
	far      = 3
)

const (
	idle   = 4     // looks until one measures that had no reason to
	enough = 2_000 // events a second that are a reason
)

// Guard is what is remembered from one look to the next. It measures in short windows, more often while much happens. When the cost was above the
// budget for several windows in a row, the probes that cost most get 1 of N events from then on; when that does not help, or a sample would be
// wrong, they are suspended.
type Guard struct {
	events uint64 // of all probes, those that were passed over included
	looked time.Time
	idle   int // looks without a measurement
	over   int // windows in a row that were over the budget
}

// Worth reports whether so much happens that it is to be measured now: events is how many there were by now, attached whether there are
// probes at all. What happens behind predicates is not known, so now and then it is measured in any case.
func (g *Guard) Worth(now time.Time, events uint64, attached bool) bool {
	rate := float64(events-min(events, g.events)) / max(now.Sub(g.looked).Seconds(), 1e-3)
	g.events, g.looked = events, now
	if !attached {
		g.over, g.idle = 0, 0
		return false
	}
	if g.idle++; rate < enough && g.over == 0 && g.idle < idle {
		return false
	}
	g.idle = 0
	return true
}

// Exceeded reports whether it is time to act: share is what all probes took in a window, budget what they may, both in percent.
func (g *Guard) Exceeded(share, budget float64) bool {
	if share <= budget || budget == 0 {
		g.over = 0
		return false
	}
	if g.over++; g.over < Haste || g.over < Patience && share < far*budget {
		return false
	}
	g.over = 0
	return true
}

// Probe is a probe and what it cost in a window.
type Probe struct {
	Name, Group string
	Maps        []string // those of the user
	Factor      int      // 1 of so many events reaches it; 0 for 1
	Runs        uint64
	Time        time.Duration // that the runs took
	Over        time.Duration // how long was measured
}

// Bundle is probes that are sampled together, because they use the same maps or are of one group, and what they cost.
type Bundle struct {
	Groups, Probes, Maps []string
	Factor               int  // the largest
	Uneven               bool // not all of them have it
	Runs                 uint64
	Time                 time.Duration
	Over                 time.Duration
}

// Bundles puts probes together.
func Bundles(probes []Probe) []Bundle {
	var bundles []Bundle
	for _, p := range probes {
		u := Bundle{Groups: []string{p.Group}, Probes: []string{p.Name}, Maps: p.Maps, Factor: p.Factor, Runs: p.Runs, Time: p.Time, Over: p.Over}
		bundles = slices.DeleteFunc(bundles, func(o Bundle) bool {
			if !o.shares(u.Maps, u.Groups) {
				return false
			}
			u = Bundle{
				Groups: Union(o.Groups, u.Groups), Probes: append(o.Probes, u.Probes...), Maps: Union(o.Maps, u.Maps),
				Factor: max(u.Factor, o.Factor), Uneven: u.Uneven || o.Uneven || u.Factor != o.Factor,
				Runs: u.Runs + o.Runs, Time: u.Time + o.Time, Over: max(u.Over, o.Over),
			}
			return true
		})
		bundles = append(bundles, u)
	}
	return bundles
}

func (b *Bundle) shares(maps, groups []string) bool { return overlap(b.Maps, maps) || b.HasAny(groups) }

// HasAny reports whether one of the groups is in the bundle.
func (b *Bundle) HasAny(groups []string) bool { return overlap(b.Groups, groups) }

// Share is what the bundle took of so many CPUs, in percent.
func (b *Bundle) Share(cpus int) float64 {
	if b.Over <= 0 {
		return 0
	}
	return 100 * float64(b.Time) / float64(b.Over) / float64(cpus)
}

// Curb decides what is done to the bundle, on a machine with so many CPUs: others is what the other probes took, budget what all of them may,
// both in percent. why says why a sample of its events would be wrong rather than fewer; it is empty if that is not so.
func (b *Bundle) Curb(cpus int, others, budget float64, why string) Decision {
	d := Decision{Action: SuspendAction, Probes: b.Groups, Share: b.Share(cpus), Budget: budget, Factor: b.Factor, Why: why}
	if b.Runs > 0 {
		d.PerRun = b.Time / time.Duration(b.Runs)
	}
	d.Rate = float64(b.Runs) / b.Over.Seconds()
	if b.Factor < MostSampled && why == "" {
		// What is left for it, with some room; at least a factor of two at a time.
		left := max(budget-others, budget/4) * 0.75
		by := 2
		for float64(by) < d.Share/left {
			by *= 2
		}
		d.Action, d.Factor = SampleAction, min(max(b.Factor, 1)*by, MostSampled)
	}
	return d
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}

// Union is the names of a, and those of b behind them that a does not have.
func Union(a, b []string) []string {
	for _, name := range b {
		if !slices.Contains(a, name) {
			a = append(slices.Clip(a), name)
		}
	}
	return a
}
