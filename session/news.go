package session

import (
	"slices"

	"go3s/incremental"
	"go3s/session/program"
)

// compare compares the build with the one that runs. The caller holds changing.
func (c *change) compare() program.News {
	s := c.s
	runs := s.program.Built
	if runs == nil || runs != s.loaded || c.versions != nil || !slices.Equal(s.program.Suspended, c.program.Suspended) {
		return program.Everything(c.build)
	}
	return program.Compare(runs, c.build)
}

// relatives are the probes of the build that do not run as they are there, and the others of their groups, whose version is the same.
func (c *change) relatives() []*incremental.Probe {
	if len(c.moves) > 0 {
		return c.build.Probes
	}
	return c.news.Relatives(c.build)
}

// builds reports whether the build has a probe of that name.
func (c *change) builds(name string) bool {
	return slices.ContainsFunc(c.build.Probes, func(p *incremental.Probe) bool { return p.Name == name })
}
