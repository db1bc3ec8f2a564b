package session

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/abi"
)

// Probe is what a session says of one probe at one moment.
type Probe struct {
	Name    string
	Group   string // the name in the user's text; that of all probes that a list or pattern of hooks made
	Hook    incremental.Hook
	State   State
	Tag     string // of its program, by which bpftool and audit records know it; empty if it is not known
	Version int    // of Versions: 1 when first entered, one more with each swap
	Source  string // as the user wrote it
	Err     error  // Failed: why
	Since   time.Time
	Stats   Stats
	Faults  []Fault // the lines of this version whose runs ended by a fault
	Factor  int     // more than 1: the guard lets 1 of so many events through
	Guard   string  // why the guard samples it, or has suspended it; empty if it has not
}

// Stats are the counts of one probe since it was first entered, over all versions.
type Stats struct {
	Events  uint64 // runs that passed the predicates
	Lost    uint64 // records that found the ring full
	MapFull uint64 // map updates that found no room
	Cut     uint64 // strings cut to their place
	Read    uint64 // failed reads of memory
	Fault   uint64 // runs ended by a fault
	Skipped uint64 // runs that passed the predicates and were more than the probe's rate allows; not among Events
	Missed  uint64 // events that the kernel did not hand to the probe because a program was already running on that CPU
	// Sampled and Quiet are events at the hook that were passed over, before the predicates: those for which others stand, because the
	// guard samples the probe, and those that came while user space stood still.
	Sampled, Quiet uint64
}

// Totals are sums over all probes of a session.
type Totals struct {
	Stats
	Records uint64    // event records received
	Probes  int       // probes attached now
	Since   time.Time // when the session was opened
}

// probe is a probe of the session and what it has in the kernel.
type probe struct {
	name    string
	group   string
	hook    incremental.Hook
	typ     attach.ProgramType
	state   State
	version int
	source  string
	err     error
	since   time.Time
	hash    [32]byte

	program attach.ProgramID
	tag     string
	link    attach.LinkID
	maps    []string // the user's maps it refers to

	faultMap string
	places   []incremental.Fault // what its words count
	faults   []Fault

	factor int    // see Probe.Factor; 0 for 1
	guard  string // see Probe.Guard

	stats Stats
	links []tally // of all links it had
	told  uint64  // Stats.Lost that LostEvents have told
}

// tally is what did not get from a link to its program.
type tally struct {
	link                   attach.LinkID
	missed, sampled, quiet uint64
}

// value is the probe as the session shows it. The caller holds Session.mu.
func (p *probe) value() Probe {
	return Probe{
		Name: p.name, Group: p.group, Hook: p.hook, Tag: p.tag, State: p.state, Version: p.version, Source: p.source,
		Err: p.err, Since: p.since, Stats: p.stats, Faults: p.faults, Factor: p.factor, Guard: p.guard,
	}
}

// Probes are all probes in order of entry, detached ones included, with their counts of this moment.
func (s *Session) Probes() []Probe {
	s.refresh()
	return s.Roster()
}

// Roster is Probes with the counts as they were last seen, for who wants the names and states: the kernel is not asked for each.
func (s *Session) Roster() []Probe {
	s.mu.Lock()
	defer s.mu.Unlock()
	probes := make([]Probe, len(s.probes))
	for i, p := range s.probes {
		probes[i] = p.value()
	}
	return probes
}

// Totals are the session's sums at this moment.
func (s *Session) Totals() Totals {
	s.refresh()
	_, records := s.log.Len()
	t := Totals{Records: records, Since: s.opened}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.probes {
		t.add(p.stats)
		if p.state == Attached {
			t.Probes++
		}
	}
	return t
}

func (s *Stats) add(o Stats) {
	s.Events += o.Events
	s.Lost += o.Lost
	s.MapFull += o.MapFull
	s.Cut += o.Cut
	s.Read += o.Read
	s.Fault += o.Fault
	s.Skipped += o.Skipped
	s.Missed += o.Missed
	s.Sampled += o.Sampled
	s.Quiet += o.Quiet
}

// linked are the probes that are attached or suspended.
func (s *Session) linked() []*probe {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.probes), func(p *probe) bool { return !p.state.Linked() })
}

// interval is how often the probes' counters are looked at when nobody asks for them.
const interval = 250 * time.Millisecond

// tick looks at the probes' counters at intervals, so that losses are told.
func (s *Session) tick(ctx context.Context) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			s.refresh()
			s.clock.Set()
			s.beat()
			s.host.Keep()
		}
	}
}

// refresh reads all probes' counters and tells of losses since the last time.
func (s *Session) refresh() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	probes := slices.Clone(s.probes)
	s.mu.Unlock()
	for _, p := range probes {
		s.refreshProbe(p)
	}
}

func (s *Session) refreshProbe(p *probe) {
	s.mu.Lock()
	m, links := s.live(p.name+incremental.StatsSuffix), slices.Clone(p.links)
	lines, places := s.live(p.faultMap), p.places
	s.mu.Unlock()
	for i := range links {
		if stats, err := s.kernel.Stats(links[i].link); err == nil {
			links[i] = tally{links[i].link, stats.Missed, stats.Sampled, stats.Quiet}
		}
	}
	var words [8]uint64
	if m != nil {
		words = m.counters(s.kernel)
	}
	var faults []Fault
	if words[incremental.StatFault] > 0 && lines != nil {
		faults = lines.readFaults(s.kernel, places)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	st := &p.stats
	// A counter never goes back; a reading that was overtaken by a later one is no news.
	st.Events = max(st.Events, words[incremental.StatEvents])
	st.Lost = max(st.Lost, words[incremental.StatLost])
	st.MapFull = max(st.MapFull, words[incremental.StatMapFull])
	st.Cut = max(st.Cut, words[incremental.StatCut])
	st.Read = max(st.Read, words[incremental.StatRead])
	st.Fault = max(st.Fault, words[incremental.StatFault])
	st.Skipped = max(st.Skipped, words[incremental.StatSkipped])
	p.faults = faults
	var all tally
	for i, l := range links {
		of := &p.links[i] // of which there may be more by now
		of.missed, of.sampled, of.quiet = max(of.missed, l.missed), max(of.sampled, l.sampled), max(of.quiet, l.quiet)
	}
	for _, l := range p.links {
		all.missed, all.sampled, all.quiet = all.missed+l.missed, all.sampled+l.sampled, all.quiet+l.quiet
	}
	st.Missed, st.Sampled, st.Quiet = all.missed, all.sampled, all.quiet
	if st.Lost > p.told {
		s.events.Tell(Event{Kind: LostEvent, Probe: p.value(), Lost: st.Lost - p.told})
		p.told = st.Lost
	}
}

// counters reads a Counters map and sums each word over the CPUs; all zero if it can't be read.
func (m *liveMap) counters(k Kernel) (words [8]uint64) {
	m.reading.Lock()
	defer m.reading.Unlock()
	if k.ReadMap(m.id, &m.rows) != nil {
		return words
	}
	for b := m.rows.Values; len(b) >= abi.CounterLine; b = b[abi.CounterLine:] {
		for i := range words {
			words[i] += binary.LittleEndian.Uint64(b[8*i:])
		}
	}
	return words
}
