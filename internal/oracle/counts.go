package oracle

import "fmt"

// Counts are what an oracle was asked.
type Counts struct {
	Programs, Inputs int
	Faults           int // runs that end in a fault, as they should
	Careful          int // compiled once more, with care
	Refused          int // by the compiler or the kernel
	Wrong            int
}

// String is the counts as a sentence.
func (c Counts) String() string {
	return fmt.Sprintf("%d programs, %d runs, of which %d ended in a fault; %d with care, %d refused, %d wrong",
		c.Programs, c.Inputs, c.Faults, c.Careful, c.Refused, c.Wrong)
}
