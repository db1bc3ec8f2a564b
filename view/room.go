package view

import (
	"fmt"
	"strconv"
	"strings"

	"go3s/view/pane"
)

// room is a pane and how it stands on the screen.
type room struct {
	pane.Pane
	name  string
	shape shape // side and away may be changed by the user
	place place
}

// heaviest is the greatest weight that a pane may be given.
const heaviest = 9

// current is the room's shape as it is now.
func (r *room) current() shape {
	s := r.shape
	if p, ok := r.Pane.(pane.Sizer); ok {
		if n := p.Wants(); n > 0 {
			s.wants = max(n+2, s.least)
		}
	}
	if p, ok := r.Pane.(pane.Shy); ok && p.Empty() {
		s.away = true
	}
	return s
}

// shown reports whether the pane is on the screen.
func (r *room) shown() bool { return r.place.h > 0 }

// typing reports whether text is typed in the pane.
func (r *room) typing() bool {
	p, ok := r.Pane.(pane.Typist)
	return ok && p.Typing()
}

// arrangement writes the order, sides and weights of the rooms as a text, "probes:1 counters:3 | log:2 -source:2": the columns are parted
// by a bar, and a pane that was put away has a minus before it.
func arrangement(rooms []*room) string {
	var sides [2][]string
	for _, r := range rooms {
		if r.shape.side == bottom {
			continue
		}
		word := r.name + ":" + strconv.Itoa(r.shape.weight)
		if r.shape.away {
			word = "-" + word
		}
		sides[r.shape.side] = append(sides[r.shape.side], word)
	}
	return strings.Join(sides[left], " ") + " | " + strings.Join(sides[right], " ")
}

// arranged gives rooms the order, sides and weights of a text as arrangement writes it. Rooms that the text leaves out stay as they are,
// behind the others.
func arranged(rooms []*room, text string) ([]*room, error) {
	byName := map[string]*room{}
	for _, r := range rooms {
		byName[r.name] = r
	}
	var out []*room
	at := left
	for word := range strings.FieldsSeq(text) {
		if word == "|" {
			at = right
			continue
		}
		name, weight, _ := strings.Cut(strings.TrimPrefix(word, "-"), ":")
		r := byName[name]
		if r == nil || r.shape.side == bottom {
			return rooms, fmt.Errorf("arrange the view: no pane is called %q", name)
		}
		n, err := strconv.Atoi(weight)
		if err != nil || n < 1 || n > heaviest {
			return rooms, fmt.Errorf("arrange the view: the weight of %s is %q, not a number from 1 to %d", name, weight, heaviest)
		}
		r.shape.side, r.shape.weight, r.shape.away = at, n, strings.HasPrefix(word, "-")
		delete(byName, name)
		out = append(out, r)
	}
	for _, r := range rooms {
		if byName[r.name] != nil {
			out = append(out, r)
		}
	}
	return out, nil
}
