package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go3s/incremental/check"
	"go3s/session/harmless"
)

// The guard keeps what all probes together cost within the budget. It measures in short windows, more often while much happens. When the
// cost was above the budget for several windows in a row, the probes that cost most get 1 of N events from then on; when 1 of mostSampled
// is too much, or a sample would be wrong, they are suspended. It takes nothing back by itself: that is for Resume.
const (
	guardEvery  = 500 * time.Millisecond
	guardWindow = 20 * time.Millisecond
	guardIdle   = 4     // looks until one measures that had no reason to
	guardRate   = 2_000 // events a second that are a reason
	mostSampled = 1024

	// So many windows in a row must be over the budget, or over guardFar times the budget.
	guardPatience = 5
	guardHaste    = 2
	guardFar      = 3
)

// guard is what the guard remembers from one look to the next.
type guard struct {
	events uint64 // of all probes, those that were passed over included
	looked time.Time
	idle   int // looks without a measurement
	over   int // windows in a row that were over the budget
}

// Action is what a Decision does to probes.
type Action uint8

// The actions of a Decision.
const (
	SampleAction  Action = iota // 1 of Factor events reaches them from now on
	SuspendAction               // no event reaches them any more
	LiftAction                  // all events reach them again: they are not sampled any more
	QuietAction                 // no event has reached them for a while, because user space stood still
)

// String is the action in one lower-case word.
func (a Action) String() string { return [...]string{"sample", "suspend", "lift", "quiet"}[a] }

// Decision is what has been done to keep the machine from harm, and the figures that it was done for.
type Decision struct {
	Action Action
	Probes []string // names as in the user's text, those whose maps are shared together
	Factor int      // SampleAction: 1 of so many events passes; SuspendAction: what it was
	Why    string   // SuspendAction: why they can't be sampled; empty if they were
	Share  float64  // percent of the machine's CPU that they took
	Budget float64  // percent that all probes may take
	Rate   float64  // times a second that their hooks were reached
	PerRun time.Duration
	For    time.Duration // QuietAction: how long
	Passed uint64        // QuietAction: events that were passed over
}

// String is the decision in one line, without the names of the probes.
func (d Decision) String() string {
	figures := fmt.Sprintf("%.1f%% of the machine's CPU, above the budget of %g%% (%.0f times a second %d ns)",
		d.Share, d.Budget, d.Rate, d.PerRun.Nanoseconds())
	back := "; :resume " + strings.Join(d.Probes, " ")
	switch d.Action {
	case SampleAction:
		return fmt.Sprintf("sampled, 1 of %d events: took %s%s takes all again", d.Factor, figures, back)
	case SuspendAction:
		sampled := fmt.Sprintf("with 1 of %d events ", d.Factor)
		if d.Factor < 2 {
			sampled = ""
		}
		if d.Why != "" {
			sampled = "can't be sampled, because " + d.Why + "; "
		}
		return fmt.Sprintf("suspended: %stook %s%s brings it back", sampled, figures, back)
	case LiftAction:
		return "not sampled any more"
	}
	return fmt.Sprintf("quiet for %v, because go3sh stood still: %d events were passed over", d.For.Round(100*time.Millisecond), d.Passed)
}

// Line is the decision in one line, harmless for a terminal.
func (d Decision) Line() string {
	return harmless.Text(strings.Join(d.Probes, ", ") + ": " + d.String())
}

// bundle is probes that are sampled together, because they use the same maps, and what they cost.
type bundle struct {
	groups []string
	probes []*probe
	maps   []string
	factor int
	runs   uint64
	time   time.Duration
	over   time.Duration
}

// keep looks after the budget until ctx ends.
func (s *Session) keep(ctx context.Context) error {
	ticker := time.NewTicker(guardEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			if s.budget() == 0 || !s.worthMeasuring(now) {
				continue
			}
			if err := s.watch(ctx); err != nil && ctx.Err() == nil {
				s.told(fmt.Errorf("the budget is not kept: %w", err))
				return nil
			}
		}
	}
}

// budget is the setting in percent; 0 for none.
func (s *Session) budget() float64 {
	percent, _ := strconv.ParseFloat(strings.TrimSuffix(s.Value("budget"), "%"), 64)
	return percent
}

// worthMeasuring reports whether so much happens that it is to be measured now. What happens behind predicates is not known, so now and
// then it is measured in any case, while probes are attached.
func (s *Session) worthMeasuring(now time.Time) bool {
	events, attached := uint64(0), false
	s.mu.Lock()
	for _, p := range s.probes {
		events += p.stats.Events + p.stats.Skipped + p.stats.Sampled
		attached = attached || p.state == Attached
	}
	s.mu.Unlock()
	g := &s.guard
	rate := float64(events-min(events, g.events)) / max(now.Sub(g.looked).Seconds(), 1e-3)
	g.events, g.looked = events, now
	if !attached {
		g.over, g.idle = 0, 0
		return false
	}
	if g.idle++; rate < guardRate && g.over == 0 && g.idle < guardIdle {
		return false
	}
	g.idle = 0
	return true
}

// watch measures once, and acts if it is time to.
func (s *Session) watch(ctx context.Context) error {
	costs, err := s.Cost(ctx, guardWindow)
	if err != nil {
		if errors.Is(err, ErrClosed) {
			return nil
		}
		return err
	}
	s.changing.Look()
	defer s.changing.Unlock()
	if s.stopped {
		return nil
	}
	bundles, budget := s.bundles(costs), s.budget()
	var total float64
	for _, u := range bundles {
		if err := s.level(u); err != nil {
			return err
		}
		total += s.share(u)
	}
	if total <= budget || budget == 0 {
		s.guard.over = 0
		return nil
	}
	if s.guard.over++; s.guard.over < guardHaste || s.guard.over < guardPatience && total < guardFar*budget {
		return nil
	}
	s.guard.over = 0
	s.changing.forget() // which may have been made for a probe that is not suspended
	slices.SortFunc(bundles, func(a, b bundle) int { return cmp.Compare(b.time, a.time) })
	return s.curb(bundles[0], total-s.share(bundles[0]), budget)
}

// share is what a bundle took of the machine's CPUs, in percent.
func (s *Session) share(u bundle) float64 {
	if u.over <= 0 {
		return 0
	}
	f, _ := s.kernel.Features()
	cpus := max(cmp.Or(f.Online, f.CPUs), 1)
	return 100 * float64(u.time) / float64(u.over) / float64(cpus)
}

// bundles are the attached probes, together where they use the same maps or are of one group.
func (s *Session) bundles(costs []Cost) []bundle {
	s.mu.Lock()
	defer s.mu.Unlock()
	var bundles []bundle
	for _, p := range s.probes {
		if p.state != Attached {
			continue
		}
		u := bundle{groups: []string{p.group}, probes: []*probe{p}, factor: p.factor}
		for _, name := range p.maps {
			if m := s.live(name); m != nil && !m.own() {
				u.maps = append(u.maps, name)
			}
		}
		for _, c := range costs {
			if c.Probe == p.name {
				u.runs, u.time, u.over = c.Runs, c.Time, c.Over
			}
		}
		bundles = slices.DeleteFunc(bundles, func(o bundle) bool {
			if !overlap(u.maps, o.maps) && !overlap(u.groups, o.groups) {
				return false
			}
			u = bundle{
				union(o.groups, u.groups), append(o.probes, u.probes...), union(o.maps, u.maps),
				max(u.factor, o.factor), u.runs + o.runs, u.time + o.time, max(u.over, o.over),
			}
			return true
		})
		bundles = append(bundles, u)
	}
	return bundles
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}

func union(a, b []string) []string {
	for _, name := range b {
		if !slices.Contains(a, name) {
			a = append(slices.Clip(a), name)
		}
	}
	return a
}

// curb samples a bundle, or suspends it. others is what the others took. The caller holds changing.
func (s *Session) curb(u bundle, others, budget float64) error {
	d := Decision{Probes: u.groups, Share: s.share(u), Budget: budget, Factor: u.factor, Why: s.unsampled(u)}
	if u.runs > 0 {
		d.PerRun = u.time / time.Duration(u.runs)
	}
	d.Rate = float64(u.runs) / u.over.Seconds()
	if u.factor < mostSampled && d.Why == "" {
		// What is left for it, with some room; at least a factor of two at a time.
		left := max(budget-others, budget/4) * 0.75
		by := 2
		for float64(by) < d.Share/left {
			by *= 2
		}
		d.Action, d.Factor = SampleAction, min(max(u.factor, 1)*by, mostSampled)
		if err := s.sample(u, d.Factor); err != nil {
			return err
		}
	} else {
		d.Action = SuspendAction
		if _, err := s.put("suspend", Suspended, u.groups); err != nil {
			return err
		}
	}
	s.decided(u.probes, d)
	return nil
}

// unsampled says why a sample of a bundle's events would be wrong rather than fewer; it is empty if that is not so.
func (s *Session) unsampled(u bundle) string {
	for _, name := range u.maps {
		if s.program.Use(name)&(check.Reads|check.Deletes) != 0 {
			return fmt.Sprintf("it goes by what it has stored in %s", name)
		}
	}
	return ""
}

// sample has 1 of n events reach the bundle. What its maps count stands for n from now on. The caller holds changing.
func (s *Session) sample(u bundle, n int) error {
	for _, name := range u.maps {
		s.mu.Lock()
		m := s.live(name)
		s.mu.Unlock()
		if err := m.weigh(s.kernel, n); err != nil {
			return fmt.Errorf("sample %s: %w", name, err)
		}
	}
	for _, p := range u.probes {
		if err := s.kernel.Sample(p.link, n); err != nil {
			return fmt.Errorf("sample %s: %w", p.name, err)
		}
		s.mu.Lock()
		p.factor = n
		s.mu.Unlock()
	}
	return nil
}

// level has all of a bundle sampled alike that a change of the program has put together. The caller holds changing.
func (s *Session) level(u bundle) error {
	if u.factor < 2 || !slices.ContainsFunc(u.probes, func(p *probe) bool { return p.factor != u.factor }) {
		return nil
	}
	if err := s.sample(u, u.factor); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range u.probes {
		p.guard = cmp.Or(p.guard, fmt.Sprintf("sampled, 1 of %d events, as the others that use its maps", u.factor))
	}
	return nil
}

// lift takes back the sampling of groups, and of what is sampled with them. The caller holds changing.
func (s *Session) lift(groups []string) error {
	for _, u := range s.bundles(nil) {
		if !overlap(u.groups, groups) {
			continue
		}
		if u.factor > 1 {
			if err := s.sample(u, 1); err != nil {
				return err
			}
			s.decided(u.probes, Decision{Action: LiftAction, Probes: u.groups, Budget: s.budget()})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.probes {
		if slices.Contains(groups, p.group) {
			p.guard = ""
		}
	}
	return nil
}

// decided notes a decision and tells it.
func (s *Session) decided(probes []*probe, d Decision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range probes {
		p.guard = d.String()
		if d.Action == LiftAction {
			p.guard = ""
		}
	}
	s.events.Tell(Event{Kind: GuardEvent, Decision: &d})
}
