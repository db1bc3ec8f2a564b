package output

import "testing"

func TestUnitsHaveThreeDigits(t *testing.T) {
	for _, c := range []struct {
		unit Unit
		v    any
		want string
	}{
		{Plain, uint64(1234567), "1234567"},
		{Plain, "a\x1b", `a\x1b`},
		{Counts, uint64(0), "0"},
		{Counts, uint64(999), "999"},
		{Counts, uint64(1000), "1k"},
		{Counts, uint64(1234), "1.23k"},
		{Counts, uint64(999_499), "999k"},
		{Counts, uint64(999_999), "1M"},
		{Counts, int64(-1_234_567), "-1.23M"},
		{Counts, ^uint64(0), "18.4E"},
		{Counts, "text", "text"},
		{Bytes, uint64(1023), "1023B"},
		{Bytes, uint64(1024), "1KiB"},
		{Bytes, uint64(1536 << 20), "1.5GiB"},
		{Bytes, uint64(1<<20 - 1), "1MiB"},
		{Times, uint64(0), "0ns"},
		{Times, uint64(85), "85ns"},
		{Times, uint64(12_340), "12.3µs"},
		{Times, uint64(999_999), "1ms"},
		{Times, uint64(59_999_999_999), "1min"},
		{Times, int64(-2_500_000_000), "-2.5s"},
		{Times, uint64(7_200e9), "2h"},
		{Plain, 1234.5, "1.23k"},
		{Counts, 0.5, "0.5"},
	} {
		if got := c.unit.Text(c.v); got != c.want {
			t.Errorf("%v as %v is %s, want %s", c.v, c.unit, got, c.want)
		}
	}
}

func TestUnitsAreFoundByTheirNames(t *testing.T) {
	for i, name := range Units() {
		if u, ok := ParseUnit(name); !ok || u != Unit(i) || u.String() != name {
			t.Errorf("%s is %v, %v", name, u, ok)
		}
	}
	if u, ok := ParseUnit("human"); u != Counts || !ok {
		t.Errorf("human is %v", u)
	}
	if _, ok := ParseUnit("miles"); ok {
		t.Error("miles are a unit")
	}
}
