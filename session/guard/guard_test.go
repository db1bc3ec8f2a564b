package guard

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestItIsMeasuredWhenMuchHappensAndNowAndThen(t *testing.T) {
	var g Guard
	now := time.Unix(0, 0)
	var got []bool
	for _, events := range []uint64{0, 0, 0, 0, 0, 10_000, 10_001} {
		now = now.Add(time.Second)
		got = append(got, g.Worth(now, events, true))
	}
	same(t, "looks that measure", got, []bool{false, false, false, true, false, true, false})
	same(t, "without probes", g.Worth(now.Add(time.Second), 1_000_000, false), false)
}

func TestTheBudgetMayBeExceededForAWhile(t *testing.T) {
	for _, c := range []struct {
		what   string
		shares []float64
		acts   []bool
	}{
		{"a little", []float64{3, 3, 3, 3, 3, 3}, []bool{false, false, false, false, true, false}},
		{"far", []float64{9, 9, 9, 9}, []bool{false, true, false, true}},
		{"now and then", []float64{3, 3, 3, 3, 1, 3, 3}, []bool{false, false, false, false, false, false, false}},
	} {
		var g Guard
		var got []bool
		for _, share := range c.shares {
			got = append(got, g.Exceeded(share, 2))
		}
		same(t, c.what, got, c.acts)
	}
	var g Guard
	for range Patience + 1 {
		same(t, "without a budget", g.Exceeded(100, 0), false)
	}
}

func TestProbesOfOneMapOrGroupAreOneBundle(t *testing.T) {
	probes := []Probe{
		{Name: "a", Group: "a", Maps: []string{"x"}, Runs: 1, Time: 10, Over: 100},
		{Name: "b", Group: "b", Maps: []string{"y"}, Runs: 2, Time: 20, Over: 100},
		{Name: "c1", Group: "c", Runs: 3, Time: 30, Over: 100},
		{Name: "c2", Group: "c", Factor: 4, Runs: 4, Time: 40, Over: 100},
		{Name: "d", Group: "d", Maps: []string{"y", "x"}, Runs: 5, Time: 50, Over: 100},
	}
	bundles := Bundles(probes)
	same(t, "bundles", bundles, []Bundle{
		{Groups: []string{"c"}, Probes: []string{"c1", "c2"}, Factor: 4, Uneven: true, Runs: 7, Time: 70, Over: 100},
		{Groups: []string{"b", "a", "d"}, Probes: []string{"b", "a", "d"}, Maps: []string{"y", "x"}, Runs: 8, Time: 80, Over: 100},
	})
	same(t, "share of two CPUs", bundles[1].Share(2), 40.0)
}

func TestWhatIsAboveTheBudgetIsSampledThenSuspended(t *testing.T) {
	b := Bundle{Groups: []string{"a", "b"}, Runs: 1000, Time: 8 * time.Millisecond, Over: 20 * time.Millisecond}
	d := b.Curb(2, 0, 2, "")
	same(t, "sampled", d.Line(), "a, b: sampled, 1 of 16 events: took 20.0% of the machine's CPU, above the budget of 2% (50000 times a second 8000 ns); :resume a b takes all again")
	b.Factor = MostSampled
	d = b.Curb(2, 0, 2, "")
	same(t, "as much as can be", d.Action, SuspendAction)
	b.Factor = 0
	d = b.Curb(2, 0, 2, "it goes by what it has stored in m")
	same(t, "not to be sampled", d.String(), "suspended: can't be sampled, because it goes by what it has stored in m; took 20.0% of the machine's CPU, above the budget of 2% (50000 times a second 8000 ns); :resume a b brings it back")
}

func TestWhatWasPassedOverInQuietIsToldWhenItIsOver(t *testing.T) {
	var p Pulse
	passed := uint64(5)
	sign := func(second int, quiet bool) (Decision, bool) {
		return p.Sign(time.Unix(int64(second), 0), quiet, func() uint64 { return passed })
	}
	for second, quiet := range []bool{false, false, true, true} {
		if d, ok := sign(second, quiet); ok {
			t.Errorf("at %d it tells %v", second, d)
		}
	}
	passed = 12
	d, ok := sign(4, false)
	same(t, "told", ok, true)
	same(t, "what", d, Decision{Action: QuietAction, For: 3 * time.Second, Passed: 7})
	if d, ok := sign(5, false); ok {
		t.Errorf("later it tells %v", d)
	}
}
