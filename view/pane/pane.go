// Package pane is what the panes of the view have in common: the contract with the screen that holds them, the messages
// that bring them what the session has, the key table, and the drawing of numbers, values and tables.
//
// A pane does no input or output. What it shows reaches it as messages; what it needs besides, it asks for by a tea.Cmd.
// All of a pane runs on the one goroutine of the program.
package pane

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/session"
	"go3s/session/harmless"
	"go3s/session/record"
)

// Pane is one part of the screen.
type Pane interface {
	// SetSize says how much room the pane has, in cells. It may be zero.
	SetSize(w, h int)
	// Update takes a message in; keys come only to the pane that has the keyboard.
	Update(tea.Msg) tea.Cmd
	// View draws the pane: never more lines than its height, none wider than its width. It depends on nothing but
	// what SetSize and Update have told.
	View() string
	// Label is what stands in the frame around the pane.
	Label() Label
	// Keys are the rows of the key table that are the pane's own.
	Keys() []Key
}

// Typist is a Pane in which text is typed at times: a prompt, a filter. While Typing reports true, all keys but ctrl+c and ctrl+z go to
// the pane first, also those that mean something to the screen.
type Typist interface {
	Pane
	Typing() bool
}

// Sizer is a Pane that can make use of so many lines and no more; 0 for as many as there are.
type Sizer interface {
	Pane
	Wants() int
}

// Shy is a Pane that takes no room while it has nothing to show.
type Shy interface {
	Pane
	Empty() bool
}

// Label is what a frame says about the pane in it. The text is plain and harmless.
type Label struct {
	Name  string
	Note  string
	Alert bool // Note needs an eye
}

// Tail says that the log has grown: it now holds the sequence numbers [First, Next), and Records are the last of them.
type Tail struct {
	First, Next uint64
	Records     []record.Record
}

// Status is the session as a whole at one moment.
type Status struct {
	Time   time.Time
	Probes []session.Probe
	Totals session.Totals
	Budget float64 // percent of the machine's CPU that the probes may take; 0 for no limit
}

// Machine is where the session runs. It comes once.
type Machine struct {
	Host, Kernel string // raw; the kernel as "Linux 6.18.44"
	CPUs         int
}

// Costs is what the probes cost, measured over a short time. It comes while the pane of the probes is on the screen.
type Costs struct {
	Costs []session.Cost
	Err   error // why it could not be measured
}

// Source is the source of a probe, whose lines are counted while they are shown, at one moment.
type Source struct {
	Group   string
	Time    time.Time
	Listing session.Listing // without lines when the probe is not there any more
	Err     error           // why lines are not counted, or not known
}

// Focus tells a pane that it got the keyboard, or lost it.
type Focus bool

// Paused tells the panes that the screen stands still until further notice, while the session goes on.
type Paused bool

// Do asks the screen to run a line as if it had been typed at the prompt: a command, such as ":suspend opens", or a piece of program. It
// runs beside the program's goroutine; what comes of it arrives at all panes as an Outcome.
type Do struct{ Line string }

// Outcome is what running a line came to.
type Outcome struct {
	Line  string // as it was typed
	Text  string // lines to show, harmless for a terminal but for colours; empty for none
	Bad   bool   // the line was refused
	Edit  string // a text to edit at the prompt; empty for none
	Leave bool   // the line asks to leave go3sh
}

// Edit puts a text into the prompt, which gets the keyboard.
type Edit struct{ Text string }

// Open shows a pane and gives it the keyboard; Probe is what it is to show, if that is of a probe.
type Open struct{ Pane, Probe string }

// Copy asks for a text to be put into the terminal's clipboard. It must be harmless for a terminal. The answer is Copied.
type Copy struct {
	Pane string // who asks
	Text string
	What string // "12 rows"
}

// Copied is what came of a Copy.
type Copied struct {
	Pane string
	What string
	Err  error
}

// Text is the message in words, and whether it is bad news. A terminal does not say whether it has taken a text.
func (c Copied) Text() (text string, bad bool) {
	if c.Err != nil {
		return "not copied: " + harmless.Text(c.Err.Error()), true
	}
	return c.What + " sent to the clipboard", false
}

// Back gives the keyboard to the pane that had it before the prompt.
type Back struct{}
