package command

import (
	"strings"

	"go3s/session"
)

// many is the bound of arguments where any number may be given.
const many = 100

// All are all commands in the order that help shows them.
func All() []Command {
	return []Command{
		{
			Name: "help", Args: "[TOPIC]", max: 1, Short: "this list, or all about one command, word or topic",
			Long: "Topics are the commands, the words that a probe knows (:help comm), and: " + strings.Join(topicNames(), ", ") + ".",
			run:  (*call).help, next: func(*session.Session, []string) Argument { return Argument{Names: helpTopics()} },
		},
		{
			Name: "probes", Short: "the probes, with what they counted and lost",
			Long: "EVENTS are runs that passed the predicate, LOST are records that found the ring full.",
			run:  (*call).probes,
		},
		{
			Name: "maps", Short: "the maps and counters",
			Long: "A map is created by its first use and stays until the end. Its name alone, such as opens, shows its contents.",
			run:  (*call).maps,
		},
		{
			Name: "show", Args: "NAME", min: 1, max: 1, Short: "a map with a column for each CPU, or a probe's source and counts",
			run: (*call).show, next: func(s *session.Session, _ []string) Argument {
				return Argument{Names: append(mapNames(s), probeNames(s)...)}
			},
		},
		{
			Name: "clear", Args: "MAP", min: 1, max: 1, Short: "remove all entries of a map, or set them to zero",
			run: (*call).clear, next: func(s *session.Session, _ []string) Argument { return Argument{Names: mapNames(s)} },
		},
		{
			Name: "detach", Args: "NAME…|all", min: 1, max: many, Short: "take probes out of the kernel; their maps stay",
			run: (*call).detach, next: func(s *session.Session, _ []string) Argument { return Argument{Names: append(groupNames(s), "all")} },
		},
		{
			Name: "list", Args: "[PATTERN]", max: 1, Short: "tracepoints to attach to; parts of a name, or * for any text",
			Long: "Without a pattern it lists the categories. :list openat finds what Tab finds; :list sched:*wake* takes * as in a file name.",
			run:  (*call).list, next: func(*session.Session, []string) Argument { return Argument{Hooks: true} },
		},
		{
			Name: "view", Short: "live counters and log lines on the whole screen; q comes back",
			run: func(c *call) error { return c.OpenView(c.ctx) },
		},
		{
			Name: "time", Short: "where the time of the last entry went",
			run: (*call).times,
		},
		{
			Name: "quit", Short: "detach all probes, print all maps, leave; Ctrl-D does the same",
			run: func(c *call) error { c.Quit(); return nil },
		},
	}
}
