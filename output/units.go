package output

import (
	"fmt"
	"math"
	"strconv"

	"go3s/session"
)

// Unit is how the numbers of a map are written for people. JSON has them as they are.
type Unit uint8

// The units.
const (
	Plain  Unit = iota // 1234567
	Counts             // 1.23M, by powers of 1,000
	Bytes              // 1.18MiB, by powers of 1,024
	Times              // nanoseconds as 1.23ms
)

// unitNames are the units as people write them.
var unitNames = []string{"plain", "count", "bytes", "time"}

// Units are the names of all units.
func Units() []string { return append([]string{}, unitNames...) }

// UnitsOf are the units of the maps of a session, as its settings say at the time.
func UnitsOf(s *session.Session) func(m string) Unit {
	return func(m string) Unit {
		u, _ := ParseUnit(s.Unit(m))
		return u
	}
}

// String is the unit's name.
func (u Unit) String() string { return unitNames[u] }

// ParseUnit is the unit of a name; ok is false for what is none. "human" is another name of count.
func ParseUnit(name string) (u Unit, ok bool) {
	if name == "human" {
		return Counts, true
	}
	for i, n := range unitNames {
		if n == name {
			return Unit(i), true
		}
	}
	return Plain, false
}

// Text is a decoded value in the unit, harmless for a terminal. What is no number is written as ever.
func (u Unit) Text(v any) string {
	switch v := v.(type) {
	case int64:
		if u != Plain {
			return u.number(float64(v))
		}
	case uint64:
		if u != Plain {
			return u.number(float64(v))
		}
	case float64:
		if u == Plain {
			u = Counts
		}
		return u.number(v)
	}
	return show(v)
}

// steps are the parts of a unit in ascending order: from that many on, the number is written with the suffix.
var steps = [...][]struct {
	from   float64
	suffix string
}{
	Counts: {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}, {1e15, "P"}, {1e18, "E"}},
	Bytes: {
		{1, "B"}, {1 << 10, "KiB"}, {1 << 20, "MiB"}, {1 << 30, "GiB"}, {1 << 40, "TiB"}, {1 << 50, "PiB"}, {1 << 60, "EiB"},
	},
	Times: {{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}, {60e9, "min"}, {3600e9, "h"}, {86400e9, "d"}},
}

// number writes n with three significant digits in the largest part of the unit that is not larger than n.
func (u Unit) number(n float64) string {
	parts := steps[u]
	part := parts[0]
	for i, p := range parts {
		// What is rounded up to the next part is written in it: 999,999 is 1M.
		if i == 0 || math.Abs(round(n/part.from))*part.from >= p.from {
			part = p
		}
	}
	return strconv.FormatFloat(round(n/part.from), 'f', -1, 64) + part.suffix
}

// round rounds to three significant digits; whole numbers keep all of theirs.
func round(n float64) float64 {
	r, err := strconv.ParseFloat(fmt.Sprintf("%.3g", n), 64)
	if err != nil || math.Abs(n) >= 1000 {
		return math.Round(n)
	}
	return r
}
