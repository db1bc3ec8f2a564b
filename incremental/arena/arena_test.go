package arena

import "testing"

// TestSlicesAreApartAndZero takes slices over several pieces of memory, writes to all, and takes them again.
func TestSlicesAreApartAndZero(t *testing.T) {
	var a Arena[int]
	for round := range 3 {
		var all [][]int
		for n := range 100 {
			all = append(all, a.Take(n))
		}
		for i, s := range all {
			for j := range s {
				if s[j] != 0 {
					t.Fatalf("round %d: slice %d is %v before it is written", round, i, s)
				}
				s[j] = i
			}
			_ = append(s, -1) // must not reach the next slice
		}
		for i, s := range all {
			for _, x := range s {
				if len(s) != i || x != i {
					t.Fatalf("round %d: slice %d is %v", round, i, s)
				}
			}
		}
		a.Reset()
	}
}

func TestPushKeepsWhatIsThere(t *testing.T) {
	var a Arena[int]
	var x, y []int
	for i := range 1000 {
		x, y = a.Push(x, i), a.Push(y, -i)
	}
	for i := range 1000 {
		if x[i] != i || y[i] != -i {
			t.Fatalf("element %d is %d and %d", i, x[i], y[i])
		}
	}
}

func TestLargeMemoryIsNotKept(t *testing.T) {
	var a Arena[[1 << 15]byte]
	a.Take(1)
	if a.Reset(); a.memory != nil {
		t.Errorf("%d pieces of 32 kB are kept", len(a.memory))
	}
}
