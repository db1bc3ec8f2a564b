package lower

import (
	"math"

	"go3s/incremental/ir"
)

// wayCount counts the ways through one round of a loop.
type wayCount struct {
	loop  *loop
	to    map[*ir.Block]float64 // from the header
	again float64               // back to it
	out   float64               // of the loop, but by the test that counts the rounds
}

// countWays estimates how many ways lead through the loop in all rounds: so many the verifier follows where it cannot tell that they
// meet again. Inner loops, given by their headers, have been measured already.
func (lp *loop) countWays(dom *ir.DomTree, inner map[*ir.Block]*loop) {
	c := wayCount{loop: lp, to: map[*ir.Block]float64{lp.header: 1}}
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
						c.step(from, s, c.to[b]*in.ways)
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
	lp.ways = math.Pow(c.again, rounds) * (1 + c.out*rounds)
	if lp.test == nil {
		lp.ways *= rounds
	}
}

// step follows an edge.
func (c *wayCount) step(from, to *ir.Block, ways float64) {
	switch {
	case to == c.loop.header:
		c.again += ways
	case c.loop.blocks[to]:
		c.to[to] += ways
	case from != c.loop.test:
		c.out += ways
	}
}
