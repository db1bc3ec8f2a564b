package peer

import "testing"

func TestCountIsTheSumOfAMap(t *testing.T) {
	const out = "\n@lat:\n[1, 2)  7 |@@|\n@n[bash]: 3\n@n[a b]: 4\n@nn: 9\n@n[x]: -1\n"
	if got := Count(out, "n"); got != 7 {
		t.Errorf("@n is counted as %d, want 7", got)
	}
	if got := Count(out, "nn"); got != 9 {
		t.Errorf("@nn is counted as %d, want 9", got)
	}
}

func TestAWrongCountIsAnError(t *testing.T) {
	for _, x := range []struct {
		counted int
		good    bool
	}{{999, false}, {1000, true}, {2010, true}, {2011, false}} {
		if err := Enough("go3sh", x.counted, 1000); (err == nil) != x.good {
			t.Errorf("%d of 1000: %v", x.counted, err)
		}
	}
}

func TestVersionOfWhatIsNotInstalled(t *testing.T) {
	if got, want := Version("no-such-peer"), "no-such-peer is not installed"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
