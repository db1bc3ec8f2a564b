package incremental

import "runtime"

// workers do jobs beside the compiler, as many at once as there are CPUs. Where there are none, as on one CPU, or the jobs are not worth
// them, the compiler does each job itself.
type workers struct {
	enter   func(stage string) // of the compiler; a worker tells nobody where it is
	most    int                // how many may be hired
	left    int                // how many jobs are to come
	waiting chan handed        // nil before anybody is hired
	handed  []handed           // to workers, and not known to be done
}

// job is work that touches nothing but its own.
type job interface {
	// size is how much work it is, in values of the IR.
	size() int
	// backEnd does the work, anywhere. enter is called when a stage starts.
	backEnd(enter func(stage string))
	// release follows on the compiler's goroutine.
	release()
}

type handed struct {
	job
	done chan struct{} // closed when it is
}

const (
	// worth is how much work there must be for others than the compiler, in values of the IR: to wake a core takes the compiler 0.02 ms, and
	// the core some 0.05 more. handing is what a job costs that somebody else does.
	worth, handing = 300, 20
	// mostWorkers is how many have something to do: what the compiler does for a job takes a quarter of the time of the job.
	mostWorkers = 4
	// looks is how often one who waits looks whether he still has to, before he sleeps; that is some 0.3 ms. Whoever sleeps has to be woken.
	looks = 1 << 16
)

// workers are for so many jobs. The first cell of a session is not for them: code that is not in memory yet, a thread that is still to be
// made and a collector that is at work on the heap's first growth make it slower on two cores than on one.
func (c *compiler) workers(jobs int) *workers {
	w := &workers{enter: c.enter, left: jobs}
	if c.options.Dump == nil && !c.options.OneCore && c.memo.compiled > 1 {
		w.most = min(runtime.GOMAXPROCS(0)-1, mostWorkers)
	}
	return w
}

// hire starts workers when a job is worth them, taking those to come for jobs like it.
func (w *workers) hire(j job) {
	n := min(w.most, w.left)
	if w.waiting != nil || n < 1 || w.left*(j.size()-handing) < worth {
		return
	}
	w.waiting = make(chan handed, 2*n)
	for range n {
		go work(w.waiting)
	}
}

// work does what is waiting, until there is no more to come.
func work(waiting <-chan handed) {
	for {
		h, more := receive(waiting)
		if !more {
			return
		}
		h.backEnd(func(string) {})
		close(h.done)
	}
}

// hand gives a job to the first worker that is free. If they have enough to do, the compiler does it.
func (w *workers) hand(j job) {
	w.left--
	w.hire(j)
	h := handed{job: j}
	if w.waiting != nil {
		h.done = make(chan struct{})
	}
	select {
	case w.waiting <- h:
		w.handed = append(w.handed, h)
	default:
		j.backEnd(w.enter)
		j.release()
	}
	for len(w.handed) > 0 && w.handed[0].over() {
		w.handed[0].release()
		w.handed = w.handed[1:]
	}
}

func (h handed) over() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// finish does what no worker has begun with. When it returns, all is done, and the workers go.
func (w *workers) finish() {
	if w.waiting == nil {
		return
	}
	close(w.waiting)
	for h := range w.waiting {
		h.backEnd(w.enter)
		close(h.done)
	}
	for _, h := range w.handed {
		receive(h.done)
		h.release()
	}
	w.waiting, w.handed = nil, nil
}

// receive waits for something to come out of a channel, or for its end.
func receive[T any](from <-chan T) (x T, more bool) {
	for range looks {
		select {
		case x, more = <-from:
			return x, more
		default:
		}
	}
	x, more = <-from
	return x, more
}
