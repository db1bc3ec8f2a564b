package lower

import (
	"math"

	"go3s/incremental/ir"
)

// ways estimates how many ways the verifier follows from one block to another.
type ways struct {
	all   float64 // where it cannot tell that they meet again
	rolls float64 // those that differ in how often loops were gone round, which meet again least
}

// add joins ways that meet.
func (w ways) add(o ways) ways { return ways{w.all + o.all, max(w.rolls, o.rolls)} }

// times follows ways by others.
func (w ways) times(o ways) ways { return ways{w.all * o.all, w.rolls * o.rolls} }

// wayCount counts the ways through one round of a loop.
type wayCount struct {
	loop  *loop
	to    map[*ir.Block]ways // from the header
	again ways               // back to it
	out   ways               // of the loop, but by the test that counts the rounds
}

// countWays estimates the ways through the loop in all rounds. Inner loops, given by their headers, have been measured already.
func (lp *loop) countWays(dom *ir.DomTree, inner map[*ir.Block]*loop) {
	c := wayCount{loop: lp, to: map[*ir.Block]ways{lp.header: {1, 1}}}
	passed := map[*ir.Block]bool{} // with an inner loop
	for _, b := range dom.Order {
		in := inner[b]
		switch {
		case !lp.blocks[b] || passed[b]:
		case in != nil && in != lp:
			for from := range in.blocks {
				passed[from] = true
				for _, s := range from.Term.Succs {
					if !in.blocks[s] {
						c.step(from, s, c.to[b].times(in.leaving(from)))
					}
				}
			}
		default:
			for _, s := range b.Term.Succs {
				c.step(b, s, c.to[b])
			}
		}
	}
	rounds := float64(max(lp.rounds, 1))
	lp.through = ways{math.Pow(c.again.all, rounds), math.Pow(c.again.rolls, rounds)}
	lp.ways = lp.through.times(ways{1 + c.out.all*rounds, 1})
	if lp.test == nil {
		lp.ways = lp.ways.times(ways{rounds, rounds})
	}
}

// leaving is the ways through the loop to one of its exits.
func (lp *loop) leaving(from *ir.Block) ways {
	if from == lp.test {
		return lp.through
	}
	rounds := float64(max(lp.rounds, 1))
	return lp.through.times(ways{rounds, rounds})
}

// step follows an edge.
func (c *wayCount) step(from, to *ir.Block, w ways) {
	switch {
	case to == c.loop.header:
		c.again = c.again.add(w)
	case c.loop.blocks[to]:
		c.to[to] = c.to[to].add(w)
	case from != c.loop.test:
		c.out = c.out.add(w)
	}
}
