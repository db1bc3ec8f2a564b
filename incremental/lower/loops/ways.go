package loops

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
	dom   *ir.DomTree // of the loop's blocks
	to    []ways      // from the header, by place of the block
	again ways        // back to it
	out   ways        // of the loop, but by the test that counts the rounds
}

// countWays estimates the ways through the loop in all rounds. Inner loops have been measured already.
func (lp *loop) countWays(dom *ir.DomTree) {
	c := wayCount{loop: lp, dom: dom, to: make([]ways, len(lp.blocks))}
	c.to[0] = ways{1, 1}
	passed := make([]bool, len(lp.blocks)) // with an inner loop
	for i, b := range lp.blocks {
		in := lp.nest.at(b)
		switch {
		case passed[i]:
		case in != lp:
			for _, from := range in.blocks {
				passed[dom.Place(from)] = true
				for _, s := range from.Term.Succs {
					if !in.has(s) {
						c.step(from, s, c.to[i].times(in.leaving(from)))
					}
				}
			}
		default:
			for _, s := range b.Term.Succs {
				c.step(b, s, c.to[i])
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
	case c.loop.has(to):
		i := c.dom.Place(to)
		c.to[i] = c.to[i].add(w)
	case from != c.loop.test:
		c.out = c.out.add(w)
	}
}
