package workload

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	Run()
	os.Exit(m.Run())
}

func TestWorkloadsMakeWhatTheySay(t *testing.T) {
	for _, pace := range []int{0, 100_000} {
		ns, err := Calls(unix.SYS_GETPPID, 1000, pace)
		if err != nil || ns <= 0 || pace > 0 && ns < .8*1e9/float64(pace) {
			t.Errorf("a call took %v ns at %d a second: %v", ns, pace, err)
		}
	}
	w, err := Each(500)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(); err != nil {
		t.Error(err)
	}
	if n, err := w.Stop(); err != nil || n != (Made{Closes: 500}) {
		t.Errorf("it made %+v: %v", n, err)
	}
	if w, err = Paced(2000, 0); err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(); err != nil {
		t.Error(err)
	}
	time.Sleep(50 * time.Millisecond)
	if n, err := w.Stop(); err != nil || n.Dups == 0 || n.Closes != 0 {
		t.Errorf("it made %+v: %v", n, err)
	}
}

func TestAnUnknownWorkloadFails(t *testing.T) {
	for _, what := range []string{"no", "each x", "paced 1"} {
		if err := process(what).Run(); err == nil {
			t.Errorf("%q ended well", what)
		}
	}
}
