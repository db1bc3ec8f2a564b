package command

import (
	"fmt"
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
	for _, p := range s.Roster() {
		names = append(names, p.Name)
	}
	return names
}

// groupNames are the names in the user's text of the probes in one of the states, or of all that are at a hook.
func groupNames(s *session.Session, states ...session.State) []string {
	var names []string
	for _, p := range s.Roster() {
		if (slices.Contains(states, p.State) || len(states) == 0 && p.State.Linked()) && !slices.Contains(names, p.Group) {
			names = append(names, p.Group)
		}
	}
	return names
}

// knownGroups are the names in the user's text of all probes there ever were.
func knownGroups(s *session.Session) []string {
	var names []string
	for _, p := range s.Roster() {
		if !slices.Contains(names, p.Group) {
			names = append(names, p.Group)
		}
	}
	return names
}

// nextVersion offers a probe and then its versions.
func nextVersion(s *session.Session, args []string) Argument {
	if len(args) == 0 {
		return Argument{Names: knownGroups(s)}
	}
	var numbers []string
	for _, v := range s.Versions(args[0]) {
		if !v.Current {
			numbers = append(numbers, fmt.Sprint(v.N))
		}
	}
	return Argument{Names: numbers}
}
