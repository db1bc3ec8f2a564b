package command

import (
	"slices"

	"go3s/session"
)

func mapNames(s *session.Session) []string {
	var names []string
	for _, m := range s.Maps() {
		names = append(names, m.Name)
	}
	return names
}

func probeNames(s *session.Session) []string {
	var names []string
	for _, p := range s.Probes() {
		names = append(names, p.Name)
	}
	return names
}

// groupNames are the names that attached probes have in the user's text: probes of several hooks are detached together.
func groupNames(s *session.Session) []string {
	var names []string
	for _, p := range s.Probes() {
		if p.State == session.Attached && !slices.Contains(names, p.Group) {
			names = append(names, p.Group)
		}
	}
	return names
}
