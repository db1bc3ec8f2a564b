package session

import (
	"cmp"
	"slices"

	"go3s/incremental"
)

// news is what a change finds in its build that does not run as it is there. Everything else is passed over: among many probes an Enter
// changes few.
type news struct {
	probes []*incremental.Probe // of the build
	maps   []*incremental.Map   // of the build
	old    []*incremental.Probe // of what runs: those that the build does not have, or not as they are
	gone   []string             // the names of those of old that the build does not have
	all    bool                 // it is not known what runs: probes and maps are all that the build has, old and gone are empty
}

// compare compares the build with the one that runs. What the compiler has left as it was is the same object in both. The caller holds changing.
func (c *change) compare() news {
	s := c.s
	runs := s.program.build
	if runs == nil || runs != s.loaded || c.versions != nil || !slices.Equal(s.program.suspended, c.program.suspended) {
		return news{probes: c.build.Probes, maps: c.build.Maps, all: true}
	}
	var n news
	n.old, n.probes = unlike(runs.Probes, c.build.Probes)
	for _, p := range n.old {
		if !slices.ContainsFunc(n.probes, func(q *incremental.Probe) bool { return q.Name == p.Name }) {
			n.gone = append(n.gone, p.Name)
		}
	}
	_, n.maps = unlike(runs.Maps, c.build.Maps)
	return n
}

// relatives are the probes of the build that do not run as they are there, and the others of their groups, whose version is the same.
func (c *change) relatives() []*incremental.Probe {
	all := c.build.Probes
	if c.news.all || len(c.moves) > 0 {
		return all
	}
	var some []*incremental.Probe
	for _, p := range c.news.probes {
		if len(some) > 0 && group(some[len(some)-1]) == group(p) {
			continue
		}
		first := slices.Index(all, p)
		last := first
		for first > 0 && group(all[first-1]) == group(p) {
			first--
		}
		for last+1 < len(all) && group(all[last+1]) == group(p) {
			last++
		}
		some = append(some, all[first:last+1]...)
	}
	return some
}

// builds reports whether the build has a probe of that name.
func (c *change) builds(name string) bool {
	return slices.ContainsFunc(c.build.Probes, func(p *incremental.Probe) bool { return p.Name == name })
}

// group is the name of a probe in the user's text.
func group(p *incremental.Probe) string { return cmp.Or(p.Group, p.Name) }

// unlike are the elements of two lists that the other one does not have. What both begin and end with costs least.
func unlike[E comparable](a, b []E) (onlyA, onlyB []E) {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	a, b = a[same:], b[same:]
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return except(a, b), except(b, a)
}

// except are the elements of a that b does not have.
func except[E comparable](a, b []E) []E {
	if len(a) == 0 || len(b) == 0 {
		return a
	}
	has := make(map[E]bool, len(b))
	for _, e := range b {
		has[e] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(e E) bool { return has[e] })
}
