package arena

import (
	"runtime"
	"testing"
	"time"
)

// TestPoolKeepsWhatIsUsed puts something back after every collection but the last ones.
func TestPoolKeepsWhatIsUsed(t *testing.T) {
	var p Pool[[64]byte]
	x := p.Get()
	for range 5 * patience {
		p.Put(x)
		runtime.GC()
		if y := p.Get(); y != x {
			t.Fatal("what was put back is not there any more")
		}
	}
	p.Put(x)
	gone := make(chan bool)
	runtime.SetFinalizer(x, func(*[64]byte) { close(gone) })
	x = nil
	for range 1000 {
		runtime.GC()
		select {
		case <-gone:
			if p.Put(new([64]byte)); !p.watched {
				t.Error("what is put into a pool that was emptied stays forever")
			}
			return
		case <-time.After(time.Millisecond):
		}
	}
	t.Error("what nobody uses is kept")
}

// TestPoolGivesEachToOne takes and gives back in many goroutines.
func TestPoolGivesEachToOne(t *testing.T) {
	var p Pool[int]
	done := make(chan bool)
	for g := range 8 {
		go func() {
			for range 1000 {
				x := p.Get()
				if *x != 0 {
					t.Errorf("two have the same one")
				}
				*x = g + 1
				runtime.Gosched()
				*x = 0
				p.Put(x)
			}
			done <- true
		}()
	}
	for range 8 {
		<-done
	}
}
