package program

import (
	"cmp"
	"slices"

	"go3s/incremental"
)

// News is what a change finds in its build that does not run as it is there. Everything else is passed over: among many probes an Enter
// changes few.
type News struct {
	Probes []*incremental.Probe // of the build
	Maps   []*incremental.Map   // of the build
	Old    []*incremental.Probe // of what runs: those that the build does not have, or not as they are
	Gone   []string             // the names of those of Old that the build does not have
	All    bool                 // it is not known what runs: Probes and Maps are all that the build has, Old and Gone are empty
}

// Compare finds what is new in a build beside the one that runs. What the compiler has left as it was is the same object in both.
func Compare(runs, build *incremental.Build) News {
	var n News
	n.Old, n.Probes = unlike(runs.Probes, build.Probes)
	for _, p := range n.Old {
		if !slices.ContainsFunc(n.Probes, func(q *incremental.Probe) bool { return q.Name == p.Name }) {
			n.Gone = append(n.Gone, p.Name)
		}
	}
	_, n.Maps = unlike(runs.Maps, build.Maps)
	return n
}

// Everything is the news of a build of which it is not known what of it runs.
func Everything(build *incremental.Build) News {
	return News{Probes: build.Probes, Maps: build.Maps, All: true}
}

// Relatives are the probes of the build that do not run as they are there, and the others of their groups, whose version is the same.
func (n News) Relatives(build *incremental.Build) []*incremental.Probe {
	all := build.Probes
	if n.All {
		return all
	}
	var some []*incremental.Probe
	for _, p := range n.Probes {
		if len(some) > 0 && Group(some[len(some)-1]) == Group(p) {
			continue
		}
		first := slices.Index(all, p)
		last := first
		for first > 0 && Group(all[first-1]) == Group(p) {
			first--
		}
		for last+1 < len(all) && Group(all[last+1]) == Group(p) {
			last++
		}
		some = append(some, all[first:last+1]...)
	}
	return some
}

// Group is the name of a probe in the user's text.
func Group(p *incremental.Probe) string { return cmp.Or(p.Group, p.Name) }

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
