package incremental

import (
	"slices"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/lower"
)

// inventory is the probes and maps of all cells, cell after cell. An edit of one cell makes the next inventory from it by exchanging that
// cell's part, without a look at the other cells. Its slices do not change, as builds hold them.
type inventory struct {
	ends   []extent // by cell: where its part ends
	probes []*Probe
	maps   []*Map // of the user
	own    []*Map // that probes have for themselves
	// ring and stacks are how many probes write to the ring, and to the stack traces.
	ring, stacks int
}

// extent is a length of each list of an inventory, or a place in it.
type extent struct{ probes, maps, own int }

// exchange puts the part of a cell in the place of another's. The nil unit has no part, as at the end before a cell is added.
func (v inventory) exchange(at int, old, next *compiledUnit) inventory {
	var from extent
	if at > 0 {
		from = v.ends[at-1]
	}
	to := from
	if old != nil {
		to = v.ends[at]
	}
	var part inventory
	part.append(next)
	out := inventory{
		probes: slices.Concat(v.probes[:from.probes], part.probes, v.probes[to.probes:]),
		maps:   slices.Concat(v.maps[:from.maps], part.maps, v.maps[to.maps:]),
		own:    slices.Concat(v.own[:from.own], part.own, v.own[to.own:]),
		ring:   v.ring + part.ring, stacks: v.stacks + part.stacks,
	}
	if old != nil {
		ring, stacks := old.writes()
		out.ring, out.stacks = out.ring-ring, out.stacks-stacks
	}
	more := part.ends[0]
	grown := extent{from.probes + more.probes - to.probes, from.maps + more.maps - to.maps, from.own + more.own - to.own}
	out.ends = make([]extent, max(len(v.ends), at+1))
	copy(out.ends, v.ends)
	out.ends[at] = to
	for i := at; i < len(out.ends); i++ {
		e := &out.ends[i]
		*e = extent{e.probes + grown.probes, e.maps + grown.maps, e.own + grown.own}
	}
	return out
}

// append adds the part of a cell.
func (v *inventory) append(unit *compiledUnit) {
	for i := range unit.maps {
		v.maps = append(v.maps, unit.maps[i].built)
	}
	for i := range unit.probes {
		v.probes = append(v.probes, unit.probes[i].Probe)
		v.own = append(v.own, unit.probes[i].own...)
	}
	ring, stacks := unit.writes()
	v.ring, v.stacks = v.ring+ring, v.stacks+stacks
	v.ends = append(v.ends, extent{len(v.probes), len(v.maps), len(v.own)})
}

// writes counts the probes of a cell that write to the ring, and to the stack traces.
func (u *compiledUnit) writes() (ring, stacks int) {
	for i := range u.probes {
		if u.probes[i].ring {
			ring++
		}
		if u.probes[i].stacks {
			stacks++
		}
	}
	return ring, stacks
}

// allMaps lists the maps: the users', in the order in which the cells first use them, the ring and the stack traces if a probe writes to
// them, and what each probe has for itself.
func (v *inventory) allMaps() []*Map {
	shared := make([]*Map, 0, 2)
	if v.ring > 0 {
		shared = append(shared, &Map{Map: ir.Map{Name: abi.RingMap, Kind: ir.Ring, Entries: RingSize}})
	}
	if v.stacks > 0 {
		shared = append(shared, &Map{Map: *lower.StackMap()})
	}
	return slices.Concat(v.maps, shared, v.own)
}
