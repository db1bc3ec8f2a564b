package events

import (
	"context"
	"slices"
	"testing"
	"time"
)

func TestWhatIsToldComesBeforeWhatIsDelivered(t *testing.T) {
	p := New[int]()
	var a, b []int
	cancel := p.Subscribe(func(e int) { a = append(a, e) })
	p.Tell(1)
	p.Subscribe(func(e int) { b = append(b, e) }) // hears what is told from now on
	p.Tell(2)
	p.Deliver(3)
	cancel()
	cancel()
	p.Tell(4)
	p.Flush()
	if !slices.Equal(a, []int{1, 2, 3}) || !slices.Equal(b, []int{2, 3, 4}) {
		t.Errorf("heard %v and %v", a, b)
	}
}

func TestWhoTellsDoesNotWaitForASlowSubscriber(t *testing.T) {
	p := New[int]()
	slow, heard := make(chan struct{}), make(chan int, 2)
	p.Subscribe(func(e int) {
		<-slow
		heard <- e
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	p.Tell(1)
	p.Tell(2)
	close(slow)
	for want := 1; want <= 2; want++ {
		select {
		case e := <-heard:
			if e != want {
				t.Errorf("heard %d, want %d", e, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("nothing was heard")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
