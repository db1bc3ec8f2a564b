package stats

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestQuantilesOfAnUnsortedSample(t *testing.T) {
	s := Sample{5, 1, 4, 2, 3}
	got := []float64{s.Least(), s.Quantile(.25), s.Median(), s.P99(), s.Greatest()}
	if diff := cmp.Diff([]float64{1, 2, 3, 4.96, 5}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Sample{5, 1, 4, 2, 3}, s); diff != "" {
		t.Errorf("the sample was changed: %s", diff)
	}
	if got := (Sample{1, 2}).Median(); got != 1.5 {
		t.Errorf("the median of 1 and 2 is %v", got)
	}
	if !math.IsNaN(Sample(nil).Median()) {
		t.Error("no runs have a median")
	}
}

func TestOverComparesRunsOfOneRound(t *testing.T) {
	if diff := cmp.Diff(Sample{1, -2}, Sample{11, 18}.Over(Sample{10, 20, 30})); diff != "" {
		t.Error(diff)
	}
}

func TestInComparesRunsOfOneRound(t *testing.T) {
	if diff := cmp.Diff(Sample{2, .5}, (Sample{20, 10}).In(Sample{10, 20, 30})); diff != "" {
		t.Error(diff)
	}
}

func TestMean(t *testing.T) {
	if got := (Sample{1, 2, 6}).Mean(); got != 3 {
		t.Errorf("the mean is %v", got)
	}
}

func TestFigures(t *testing.T) {
	got := []string{
		Milliseconds([]time.Duration{time.Millisecond, 2500 * time.Microsecond, 2 * time.Millisecond}).Range("%.1f"),
		Ratio(1, 4), Ratio(1, 400), Ratio(1, 0), Ratio(1, math.NaN()),
	}
	if diff := cmp.Diff([]string{"2.0 (1.0 to 2.5)", "0.25", "0.0025", "-", "-"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestToLinear(t *testing.T) {
	got := []float64{ToLinear(1, 10, 100, 1000), ToLinear(1, 100, 100, 1000), ToLinear(1, 1, 100, 1000)}
	if diff := cmp.Diff([]float64{1, 10, .1}, got); diff != "" {
		t.Error(diff)
	}
}
