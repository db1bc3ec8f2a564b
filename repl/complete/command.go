package complete

import (
	"strings"

	"go3s/repl/command"
	"go3s/session"
)

// Command is a ":" command as completion knows it.
type Command struct {
	Name, Args, Short string
	// Next says what the argument behind args may be; nil if nothing is known.
	Next func(args []string) Argument
}

// Argument is what an argument of a command may be.
type Argument struct {
	Names []string
	Hooks bool // any hook of the kernel
	Files bool // a file's name
}

// Commands are the commands of go3sh for a session.
func Commands(s *session.Session) func() []Command {
	return func() []Command {
		var all []Command
		for _, c := range command.All() {
			all = append(all, Command{Name: c.Name, Args: c.Args, Short: c.Short, Next: func(args []string) Argument {
				a := c.Next(s, args)
				return Argument{Names: a.Names, Hooks: a.Hooks, Files: c.Name == "load" || c.Name == "save"}
			}})
		}
		return all
	}
}

// command completes a command whose name begins at an offset of text.
func (c *Completer) command(text string, start int) (int, []Candidate) {
	fields := strings.Fields(text[start:])
	from := len(text)
	for from > start && text[from-1] != ' ' && text[from-1] != '\t' {
		from--
	}
	word := text[from:]
	if word != "" && len(fields) > 0 {
		fields = fields[:len(fields)-1]
	}
	if len(fields) == 0 {
		var all []Candidate
		for _, cmd := range c.commands() {
			n := Candidate{Text: cmd.Name, Doc: cmd.Short}
			if cmd.Args != "" {
				n.Then = " "
			}
			all = append(all, n)
		}
		return from, matching(word, all)
	}
	cmd, ok := c.find(fields[0])
	if !ok || cmd.Next == nil {
		return from, nil
	}
	arg := cmd.Next(fields[1:])
	switch {
	case arg.Files:
		return from, files(word)
	case arg.Hooks:
		return from, c.hooks.complete(word)
	}
	var all []Candidate
	for _, name := range arg.Names {
		all = append(all, Candidate{Text: name, Then: " "})
	}
	return from, matching(word, all)
}

// find is the command of a name, or of the only one that begins with it.
func (c *Completer) find(name string) (found Command, ok bool) {
	n := 0
	for _, cmd := range c.commands() {
		if cmd.Name == name {
			return cmd, true
		}
		if strings.HasPrefix(cmd.Name, name) {
			found = cmd
			n++
		}
	}
	return found, n == 1
}
