package command

import (
	"strings"

	"go3s/output"
	"go3s/session"
	"go3s/session/settings"
)

// many is the bound of arguments where any number may be given.
const many = 100

// The headings that commands stand under.
const (
	running  = "What runs"
	results  = "What was counted"
	editing  = "Changing what runs"
	kernel   = "What the kernel has"
	inside   = "What became of a probe"
	theShell = "The shell"
)

// Groups are the headings of commands in the order that help shows them.
func Groups() []string { return []string{running, results, editing, kernel, inside, theShell} }

// All are all commands, those of one group together.
func All() []Command {
	var all []Command
	for _, of := range [][]Command{runningCommands(), resultCommands(), editCommands(), kernelCommands(), dumpCommands(), shellCommands()} {
		all = append(all, of...)
	}
	return all
}

func runningCommands() []Command {
	return []Command{
		{
			Name: "probes", Group: running, Short: "the probes: state, counts, and what each costs",
			Long: "EVENTS are runs that passed the predicates, RATE how many there are in a second now, NS/EVENT what the kernel spends on one, " +
				"measured for a tenth of a second. LOST are log lines that found the ring full, V is the version, CPU the share of one CPU.",
			run: (*call).probes,
		},
		{
			Name: "suspend", Args: "NAME…|all", min: 1, max: many, Group: running, Short: "stop probes and keep them at their hooks",
			Long: "Their counts and maps stay. :resume lets them go on.",
			run:  (*call).suspend, next: groupsIn(session.Attached),
		},
		{
			Name: "resume", Args: "NAME…|all", min: 1, max: many, Group: running, Short: "let suspended probes run again",
			run: (*call).resume, next: groupsIn(session.Suspended),
		},
		{
			Name: "detach", Args: "NAME…|all", min: 1, max: many, Group: running, Short: "take probes out of the kernel; their maps stay",
			run: (*call).detach, next: groupsIn(session.Attached, session.Suspended),
		},
	}
}

func resultCommands() []Command {
	const how = "top N shows the N largest rows, by key, value or rate orders them, as " +
		"UNIT writes numbers as count, bytes, time or plain, cpus adds a column for each CPU. by rate reads twice, a second apart."
	return []Command{
		{
			Name: "maps", Group: results, Short: "the maps and counters",
			Long: "A map is created by its first use and stays until it is dropped. Its name alone, such as opens, shows its contents.",
			run:  (*call).maps,
		},
		{
			Name: "show", Args: "NAME [top N] [by key|value|rate] [as UNIT] [cpus]", min: 1, max: 8, Group: results,
			Short: "a map, ordered and cut as you like, or all about a probe", Long: how,
			run: (*call).show, next: nextShown(func(s *session.Session) []string { return append(mapNames(s), probeNames(s)...) }),
		},
		{
			Name: "watch", Args: "MAP [INTERVAL] [top N] [by key|value|rate] [as UNIT] [cpus]", min: 1, max: 9, Group: results,
			Short: "a map, drawn again every second until a key is pressed",
			Long:  "INTERVAL is a time such as 250ms or 5s. " + how, run: (*call).watch, next: nextShown(mapNames),
		},
		{
			Name: "clear", Args: "MAP|all", min: 1, max: 1, Group: results, Short: "remove all entries of a map, or set them to zero",
			run: (*call).clear, next: func(s *session.Session, _ []string) Argument { return Argument{Names: append(mapNames(s), "all")} },
		},
		{
			Name: "drop", Args: "MAP", min: 1, max: 1, Group: results, Short: "free a map that no probe uses",
			run: (*call).drop, next: func(s *session.Session, _ []string) Argument { return Argument{Names: mapNames(s)} },
		},
	}
}

func editCommands() []Command {
	return []Command{
		{
			Name: "edit", Args: "[-e] NAME", min: 1, max: 2, Group: editing, Short: "bring the text of a probe or declaration back to change it",
			Long: "The text is what the next entry begins with; Enter swaps the probe in one step. With -e it is opened in $VISUAL or $EDITOR " +
				"and entered when that has saved it.",
			run: (*call).edit, next: func(s *session.Session, args []string) Argument {
				names := append(knownGroups(s), s.Declared()...)
				if len(args) == 0 {
					names = append(names, "-e")
				}
				return Argument{Names: names}
			},
		},
		{
			Name: "undo", Group: editing, Short: "go back to what ran before the last change",
			Long: "Probes are swapped, attached and detached as needed, all of it or nothing. What was counted stays counted.",
			run:  (*call).undo,
		},
		{Name: "redo", Group: editing, Short: "do again what :undo has undone", run: (*call).redo},
		{
			Name: "history", Args: "NAME", min: 1, max: 1, Group: editing, Short: "the versions of a probe", run: (*call).history,
			next: func(s *session.Session, _ []string) Argument { return Argument{Names: knownGroups(s)} },
		},
		{
			Name: "revert", Args: "NAME VERSION", min: 2, max: 2, Group: editing, Short: "run an older version of a probe again",
			run: (*call).revert, next: nextVersion,
		},
		{
			Name: "save", Args: "FILE", min: 1, max: 1, bang: true, Group: editing, Short: "write all that was entered to a file, as one program",
			Long: "go3sh FILE runs it to the same effect. The file is readable for its owner only; one that is there is written over by :save! FILE.",
			run:  (*call).save,
		},
		{Name: "load", Args: "FILE", min: 1, max: 1, Group: editing, Short: "enter the program in a file", run: (*call).load},
	}
}

func kernelCommands() []Command {
	return []Command{
		{
			Name: "list", Args: "[PATTERN]", max: 1, Group: kernel, Short: "hooks to attach to; parts of a name, or * for any text",
			Long: "Without a pattern it lists the categories of tracepoints. :list openat finds what Tab finds, :list sched:*wake* takes * as in a file " +
				"name, and :list kprobe:vfs_* lists functions.",
			run: (*call).list, next: func(*session.Session, []string) Argument { return Argument{Hooks: true} },
		},
		{
			Name: "fields", Args: "HOOK", min: 1, max: 1, Group: kernel, Short: "what ctx has at a hook: names, types, sizes",
			run: (*call).fields, next: func(*session.Session, []string) Argument { return Argument{Hooks: true} },
		},
		{
			Name: "type", Args: "NAME", min: 1, max: 2, Group: kernel, Short: "a type of the session's, or of the kernel's, such as task_struct, as Go",
			Long: "struct NAME is the kernel's where the session has a type of that name, too.",
			run:  (*call).kernelType, next: func(s *session.Session, _ []string) Argument { return Argument{Names: s.KernelTypes()} },
		},
	}
}

// dumpCommands are a command for each stage that a probe goes through.
func dumpCommands() []Command {
	var all []Command
	for _, stage := range []struct{ name, short string }{
		{"ast", "Go's syntax tree"},
		{"types", "names, their types, and the maps that came of their use"},
		{"ssa", "Go's SSA form"},
		{"ir", "the intermediate form, before and after optimization"},
		{"asm", "the instructions that were handed to the kernel"},
		{"xlated", "the instructions that the kernel has made of them and runs"},
	} {
		all = append(all, Command{
			Name: stage.name, Args: "NAME", min: 1, max: 1, Group: inside, Short: stage.short, run: (*call).dump,
			next: func(s *session.Session, _ []string) Argument { return Argument{Names: groupNames(s)} },
		})
	}
	return append(all,
		Command{
			Name: "why", Group: inside, Short: "all about the last refusal, with the verifier's whole log",
			run: (*call).why,
		},
		Command{Name: "time", Group: inside, Short: "where the time of the last entry went", run: (*call).times},
	)
}

func shellCommands() []Command {
	return []Command{
		{
			Name: "help", Args: "[TOPIC]", max: 1, Group: theShell, Short: "this list, or all about one command, word or topic",
			Long: "Topics are the commands, the words that a probe knows (:help comm), and: " + strings.Join(topicNames(), ", ") + ".",
			run:  (*call).help, next: func(*session.Session, []string) Argument { return Argument{Names: helpTopics()} },
		},
		{
			Name: "set", Args: "[NAME VALUE]", max: 2, Group: theShell, Short: "change a setting, or list them all",
			Long: "VALUE may be default. :help settings says what there is.",
			run:  (*call).set, next: nextSetting,
		},
		{
			Name: "get", Args: "[NAME]", max: 1, Group: theShell, Short: "a setting, its range and when a change is felt",
			run: (*call).get, next: nextSetting,
		},
		{
			Name: "view", Group: theShell, Short: "live counters and log lines on the whole screen; q comes back",
			run: func(c *call) error { return c.OpenView(c.ctx) },
		},
		{
			Name: "shot", Args: "FILE", min: 1, max: 1, bang: true, Group: theShell, Short: "a picture of the live view; FILE ends in .png, .svg, .ans or .txt",
			Long: "On the view it is the screen as it is, at the shell's prompt what a screen of 120 by 40 shows after a second. The file is readable for " +
				"its owner only; one that is there is written over by :shot! FILE.",
			run: (*call).shot,
		},
		{
			Name: "quit", Group: theShell, Short: "detach all probes, print all maps, leave; Ctrl-D does the same",
			run: func(c *call) error { c.Quit(); return nil },
		},
	}
}

// groupsIn offers the names of probes in one of the states, and all.
func groupsIn(states ...session.State) func(*session.Session, []string) Argument {
	return func(s *session.Session, _ []string) Argument {
		return Argument{Names: append(groupNames(s, states...), "all")}
	}
}

// nextShown offers what may stand behind :show and :watch.
func nextShown(names func(*session.Session) []string) func(*session.Session, []string) Argument {
	return func(s *session.Session, args []string) Argument {
		if len(args) == 0 {
			return Argument{Names: names(s)}
		}
		switch args[len(args)-1] {
		case "by":
			return Argument{Names: []string{"key", "value", "rate"}}
		case "as":
			return Argument{Names: output.Units()}
		case "top":
			return Argument{Names: []string{"10"}}
		}
		return Argument{Names: tableWords}
	}
}

// nextSetting offers the settings and their values.
func nextSetting(s *session.Session, args []string) Argument {
	if len(args) == 1 {
		if of, err := s.Get(args[0]); err == nil && of.Type == "word" {
			return Argument{Names: append(strings.Split(of.Range, ", "), "default")}
		}
		return Argument{Names: []string{"default"}}
	}
	var names []string
	for _, of := range s.Settings() {
		names = append(names, of.Name)
	}
	for _, m := range mapNames(s) {
		names = append(names, settings.UnitSetting+m)
	}
	return Argument{Names: names}
}
