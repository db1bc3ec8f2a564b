package view

import (
	"reflect"
	"time"

	"go3s/session"
	"go3s/view/pane"
)

// linesEvery is how often the counts of the lines that are shown are read.
const linesEvery = 250 * time.Millisecond

// list says of which probe the lines are shown, as the user's text calls it; empty for none.
func (f *feed) list(group string) {
	if old := f.listed.Swap(&group); old != nil && *old == group {
		return
	}
	select {
	case f.relist <- struct{}{}:
	default:
	}
}

// lines has the lines of the probe that is shown counted, as long as it is shown, and tells the counts until they have stood still for so
// long that their rates are zero.
func (f *feed) lines() {
	const rounds = int(1250 * time.Millisecond / linesEvery)
	var last pane.Source
	var refused error
	quiet := 0
	// That a probe is not there any more is no news.
	stop := func() {
		if last.Group != "" {
			_ = f.source.CountLines(last.Group, false)
		}
	}
	defer stop()
	t := time.NewTicker(linesEvery)
	defer t.Stop()
	for {
		if want := f.listed.Load(); want != nil && *want != last.Group {
			stop()
			last, quiet, refused = pane.Source{Group: *want}, 0, nil
			if *want != "" {
				refused = f.source.CountLines(*want, true)
			}
		}
		if last.Group != "" && !f.held.Load() && !f.unseen.Load() {
			now := f.readLines(last.Group, refused)
			if quiet++; !sameLines(now, last) {
				quiet = 0
			}
			if last = now; quiet <= rounds {
				select {
				case f.post <- now:
				case <-f.ctx.Done():
				}
			}
		}
		select {
		case <-f.ctx.Done():
			return
		case <-f.relist:
		case <-t.C:
		}
	}
}

// readLines is the source of a probe of now; refused is why its lines are not counted.
func (f *feed) readLines(group string, refused error) pane.Source {
	l, err := f.source.Lines(group)
	if refused != nil {
		err = refused
	}
	return pane.Source{Group: group, Time: time.Now(), Listing: l, Err: err}
}

func sameLines(a, b pane.Source) bool {
	return (a.Err == nil) == (b.Err == nil) && reflect.DeepEqual(a.Listing, b.Listing)
}

// lister is what the view needs of a session to show the lines of a probe.
type lister interface {
	CountLines(group string, on bool) error
	Lines(group string) (session.Listing, error)
}
