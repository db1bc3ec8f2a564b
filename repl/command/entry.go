package command

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"
)

func (c *call) times() error {
	last, _ := c.Last()
	if len(last.Time) == 0 {
		return errors.New("nothing was entered yet")
	}
	var sum time.Duration
	return c.table(func(w *tabwriter.Writer) {
		for _, s := range last.Time {
			sum += s.Time
			fmt.Fprintf(w, "%s\t%8.3f ms\n", s.Name, float64(s.Time)/float64(time.Millisecond))
		}
		fmt.Fprintf(w, "total\t%8.3f ms\n", float64(sum)/float64(time.Millisecond))
	})
}
