package ir

import (
	"math"
	"testing"
)

func TestEvalAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		op         Op
		t          Type
		x, y, want int64
	}{
		{OpAdd, I32, math.MaxInt32, 1, math.MinInt32},
		{OpAdd, I64, math.MaxInt64, 1, math.MinInt64},
		{OpMul, I32, 1 << 16, 1 << 16, 0},
		{OpSub, I32, math.MinInt32, 1, math.MaxInt32},
		{OpUDiv, I64, 5, 0, 0},
		{OpSDiv, I32, 5, 0, 0},
		{OpUMod, I32, -5, 0, -5},
		{OpSMod, I64, 5, 0, 5},
		{OpSDiv, I64, math.MinInt64, -1, math.MinInt64},
		{OpSDiv, I32, math.MinInt32, -1, math.MinInt32},
		{OpSMod, I64, math.MinInt64, -1, 0},
		{OpUDiv, I32, -1, 2, math.MaxInt32},
		{OpUDiv, I64, -1, 2, math.MaxInt64},
		{OpSDiv, I64, -7, 2, -3},
		{OpSMod, I64, -7, 2, -1},
		{OpShl, I32, 1, 33, 2},
		{OpShl, I64, 1, 65, 2},
		{OpLshr, I32, -1, 31, 1},
		{OpLshr, I64, -1, 63, 1},
		{OpAshr, I32, -4, 1, -2},
		{OpNeg, I32, math.MinInt32, 0, math.MinInt32},
		{OpZext8, I32, -1, 0, 255},
		{OpSext8, I64, 0x180, 0, -128},
		{OpZext16, I64, -1, 0, 65535},
		{OpSext16, I32, 0x8000, 0, -32768},
		{OpZext32, I64, -1, 0, math.MaxUint32},
		{OpSext32, I64, -1, 0, -1},
		{OpTrunc, I32, 0x1_8000_0000, 0, math.MinInt32},
		{OpBswap16, I32, 0x1234, 0, 0x3412},
		{OpBswap32, I32, 0x80, 0, math.MinInt32},
		{OpBswap64, I64, 1, 0, 1 << 56},
	} {
		if got, ok := Eval(c.op, c.t, c.x, c.y); !ok || got != c.want {
			t.Errorf("%s.%s %d %d = %d, want %d", c.op, c.t, c.x, c.y, got, c.want)
		}
	}
	if _, ok := Eval(OpLoad8, I32, 0, 0); ok {
		t.Error("a load is no function of integers")
	}
}

func TestCondsNegateAndSwap(t *testing.T) {
	numbers := []int64{0, 1, -1, 7, math.MinInt32, math.MaxInt32}
	for c := Eq; c <= Set; c++ {
		for _, x := range numbers {
			for _, y := range numbers {
				for _, typ := range []Type{I32, I64} {
					holds := EvalCond(c, typ, x, y)
					if n, ok := c.Negate(); ok && EvalCond(n, typ, x, y) == holds {
						t.Errorf("%s and its negation %s agree on %d, %d", c, n, x, y)
					}
					if EvalCond(c.Swap(), typ, y, x) != holds {
						t.Errorf("%s and its swap %s differ on %d, %d", c, c.Swap(), x, y)
					}
				}
			}
		}
	}
}
