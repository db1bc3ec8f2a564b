package guard

import (
	"fmt"
	"strings"
	"time"

	"go3s/session/harmless"
)

// Action is what a Decision does to probes.
type Action uint8

// The actions of a Decision.
const (
	SampleAction  Action = iota // 1 of Factor events reaches them from now on
	SuspendAction               // no event reaches them any more
	LiftAction                  // all events reach them again: they are not sampled any more
	QuietAction                 // no event has reached them for a while, because user space stood still
)

// String is the action in one lower-case word.
func (a Action) String() string { return [...]string{"sample", "suspend", "lift", "quiet"}[a] }

// Decision is what has been done to keep the machine from harm, and the figures that it was done for.
type Decision struct {
	Action Action
	Probes []string // names as in the user's text, those whose maps are shared together
	Factor int      // SampleAction: 1 of so many events passes; SuspendAction: what it was
	Why    string   // SuspendAction: why they can't be sampled; empty if they were
	Share  float64  // percent of the machine's CPU that they took
	Budget float64  // percent that all probes may take
	Rate   float64  // times a second that their hooks were reached
	PerRun time.Duration
	For    time.Duration // QuietAction: how long
	Passed uint64        // QuietAction: events that were passed over
}

// String is the decision in one line, without the names of the probes.
func (d Decision) String() string {
	figures := fmt.Sprintf("%.1f%% of the machine's CPU, above the budget of %g%% (%.0f times a second %d ns)",
		d.Share, d.Budget, d.Rate, d.PerRun.Nanoseconds())
	back := "; :resume " + strings.Join(d.Probes, " ")
	switch d.Action {
	case SampleAction:
		return fmt.Sprintf("sampled, 1 of %d events: took %s%s takes all again", d.Factor, figures, back)
	case SuspendAction:
		sampled := fmt.Sprintf("with 1 of %d events ", d.Factor)
		if d.Factor < 2 {
			sampled = ""
		}
		if d.Why != "" {
			sampled = "can't be sampled, because " + d.Why + "; "
		}
		return fmt.Sprintf("suspended: %stook %s%s brings it back", sampled, figures, back)
	case LiftAction:
		return "not sampled any more"
	}
	return fmt.Sprintf("quiet for %v, because go3sh stood still: %d events were passed over", d.For.Round(100*time.Millisecond), d.Passed)
}

// Line is the decision in one line, harmless for a terminal.
func (d Decision) Line() string {
	return harmless.Text(strings.Join(d.Probes, ", ") + ": " + d.String())
}
