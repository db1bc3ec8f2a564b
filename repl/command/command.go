// Package command is the table of the ":" commands of go3sh and what each does. Help, completion and docs/COMMANDS.md are made from the
// same rows.
//
// A command runs against a Prompt, which is the line editor of package repl or a pane of the view: the package knows no terminal.
package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go3s/incremental/source"
	"go3s/session"
	"go3s/session/harmless"
)

// Prompt is the place where commands are typed. Methods are called one after the other, from the goroutine that called Run.
type Prompt interface {
	// Print shows whole lines, which are harmless for a terminal.
	Print(text string)
	// Width is how many columns a line may take.
	Width() int
	// Last is what the last entry that was no command came to, and whether there was one.
	Last() (session.Result, bool)
	// Refused is the last entry that was refused, and what was shown of it; empty if none was.
	Refused() (shown string, r session.Result)
	// Enter enters a cell and shows what came of it, as if it had been typed.
	Enter(cell source.Cell)
	// Report shows what a change came to that was not entered.
	Report(r session.Result)
	// Prefill makes text what the next entry begins with.
	Prefill(text string)
	// OpenView shows the live screen until the user leaves it.
	OpenView(ctx context.Context) error
	// Quit ends the prompt when the command has returned.
	Quit()
}

// Drawer is a Prompt that can show something that changes, as :watch does.
type Drawer interface {
	// Draw shows text in the place of what it has shown last, and waits. It is done before the time is over when the user has
	// pressed a key or ctx has ended.
	Draw(ctx context.Context, text string, wait time.Duration) (done bool, err error)
}

// Editor is a Prompt that can call the user's own editor.
type Editor interface {
	// Edit returns what the user has made of text.
	Edit(ctx context.Context, text string) (string, error)
}

// Camera is a Prompt from which the live screen can be seen.
type Camera interface {
	// Picture is the live screen as it is, or, when it is not open, as it would be; the ending of name says as what kind of file.
	Picture(ctx context.Context, name string) ([]byte, error)
}

// Command is one ":" command.
type Command struct {
	Name  string
	Args  string // as help shows them, "[PATTERN]"
	Short string // what it does, in one line
	Long  string // more than that, if there is more to say
	Group string // the heading it stands under
	min   int    // arguments
	max   int
	bang  bool // NAME! is another form of it
	run   func(*call) error
	next  func(*session.Session, []string) Argument // nil: nothing is known of its arguments
}

// Argument is what an argument of a command may be.
type Argument struct {
	Names []string // the names there are
	Hooks bool     // any hook of the kernel
}

// call is one run of a command.
type call struct {
	Prompt
	ctx     context.Context
	session *session.Session
	command Command
	args    []string
	force   bool // it was written with a !
}

// Usage is how the command is written, ":detach NAME…|all".
func (c Command) Usage() string { return strings.TrimSpace(":" + c.Name + " " + c.Args) }

// Next says what the argument after args may be.
func (c Command) Next(s *session.Session, args []string) Argument {
	if c.next == nil || len(args) >= c.max {
		return Argument{}
	}
	return c.next(s, args)
}

// Run runs a command's text without the colon.
func Run(ctx context.Context, s *session.Session, p Prompt, text string) error {
	words := strings.Fields(text)
	if len(words) == 0 {
		words = []string{"help"}
	}
	name, force := strings.CutSuffix(words[0], "!")
	c, err := Find(name)
	if err != nil {
		return err
	}
	run := &call{Prompt: p, ctx: ctx, session: s, command: c, args: words[1:], force: force}
	switch {
	case force && !c.bang:
		return fmt.Errorf(":%s has no form with a ! (usage: %s)", c.Name, c.Usage())
	case len(run.args) < c.min:
		return errors.New("usage: " + c.Usage())
	case len(run.args) > c.max:
		return fmt.Errorf("%s is too much (usage: %s)", harmless.Text(strings.Join(run.args[c.max:], " ")), c.Usage())
	}
	return c.run(run)
}

// usage is the error of arguments that the command does not take.
func (c *call) usage(format string, args ...any) error {
	return fmt.Errorf("%s (usage: %s)", fmt.Sprintf(format, args...), c.command.Usage())
}

// Find takes a command's name or the beginning of one.
func Find(name string) (Command, error) {
	var found []Command
	for _, c := range All() {
		if c.Name == name {
			return c, nil
		}
		if name != "" && strings.HasPrefix(c.Name, name) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		hint := near(name, Names())
		if hint == "" {
			hint = "; :help lists them"
		}
		return Command{}, fmt.Errorf("no command :%s%s", harmless.Text(name), hint)
	}
	names := make([]string, len(found))
	for i, c := range found {
		names[i] = ":" + c.Name
	}
	return Command{}, fmt.Errorf(":%s may be %s", harmless.Text(name), strings.Join(names, " or "))
}

// Names are the commands' names in the order of All.
func Names() []string {
	var names []string
	for _, c := range All() {
		names = append(names, c.Name)
	}
	return names
}

// near is "; did you mean NAME?" when one of names is close to name, else nothing.
func near(name string, names []string) string {
	best := source.Near(name, names)
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}
