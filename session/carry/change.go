package carry

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go3s/attach"
)

// Exchange is a change of an entry that is not made of sums: Next takes the place of Old if that is still there. See Kernel.Exchange.
type Exchange struct{ Key, Old, Next []byte }

// Since is what has come to the old map between two readings, as changes of the new one, which holds before. Changes of numbers are
// exact; of other values the new map keeps what programs have put there meanwhile. Patches are in the order of their CPUs.
func (c *Contents) Since(before *Contents) (patches []attach.Patch, exchanges []Exchange) {
	for _, key := range c.order {
		now, then := c.entries[key], before.entries[key]
		if c.plan.value != nil {
			if len(now) != 1 || then != nil && bytes.Equal(now[0], then[0]) {
				continue
			}
			e := Exchange{Key: []byte(key), Next: now[0]}
			if then != nil {
				e.Old = then[0]
			}
			exchanges = append(exchanges, e)
			continue
		}
		for cpu, v := range now {
			for _, w := range c.plan.words {
				by, old := w.at(v), uint64(0)
				if then != nil {
					old = w.at(then[cpu])
				}
				if by == old {
					continue
				}
				if !w.raise {
					by -= old
				}
				patches = append(patches, attach.Patch{Key: []byte(key), CPU: cpu, Offset: w.toOffset, Size: w.toSize, Raise: w.raise, By: by})
			}
		}
	}
	if c.plan.value != nil && !fixed(c.plan.to) {
		for _, key := range before.order {
			if then := before.entries[key]; c.entries[key] == nil && len(then) == 1 {
				exchanges = append(exchanges, Exchange{Key: []byte(key), Old: then[0]})
			}
		}
	}
	slices.SortStableFunc(patches, func(a, b attach.Patch) int { return cmp.Compare(a.CPU, b.CPU) })
	return patches, exchanges
}

// Text says in one line what was carried over; nothing if there were no entries.
func (c *Contents) Text() string {
	p := c.plan
	if p.from.KeyType != nil && len(c.order) == 0 && c.Left == 0 {
		return ""
	}
	var b strings.Builder
	switch {
	case p.from.KeyType == nil && c.Left > 0:
		b.WriteString("its value does not fit and was reset")
	case p.from.KeyType == nil:
		b.WriteString("its value was carried over")
	default:
		fmt.Fprintf(&b, "%d %s carried over", len(c.order), entries(len(c.order)))
	}
	if c.Left > 0 && p.from.KeyType != nil {
		fmt.Fprintf(&b, ", %d %s gone", c.Left, plural(c.Left, "does not fit and is", "do not fit and are"))
	}
	for _, part := range []struct {
		what string
		c    *conversion
	}{{"the keys", p.key}, {"the values", p.value}} {
		if part.c == nil {
			continue
		}
		if f := part.c.added; len(f) > 0 {
			fmt.Fprintf(&b, "; in %s %s %s zero", part.what, strings.Join(f, " and "), plural(len(f), "is", "are"))
		}
		if f := part.c.gone; len(f) > 0 {
			fmt.Fprintf(&b, "; %s %s gone from %s", strings.Join(f, " and "), plural(len(f), "is", "are"), part.what)
		}
	}
	return b.String()
}

// Reset says in one line that n entries of a map were not carried over, and why; nothing if there were none.
func Reset(n int, keyed bool, why string) string {
	switch {
	case !keyed:
		return "reset, because " + why
	case n == 0:
		return ""
	}
	return fmt.Sprintf("reset, because %s; %d %s gone", why, n, plural(n, "entry is", "entries are"))
}

func entries(n int) string { return plural(n, "entry was", "entries were") }

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
