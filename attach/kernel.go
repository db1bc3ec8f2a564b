package attach

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"

	"go3s/attach/recall"
	"go3s/attach/refusal"
	"go3s/attach/tracefs"
)

// Kernel is the running kernel. It owns all objects made through it; nothing is pinned, so that they also end with the process,
// however that ends.
type Kernel struct {
	opts Options

	maps     table[*bpfMap]
	spares   *stock[shape, *bpfMap] // nil without Options.Expect and Refill
	programs table[*program]
	links    table[*hookLink]
	ahead    *stock[behind, *dispatcher]
	closing  chan struct{}  // one token for each link that may be closed at the same time
	detaches sync.WaitGroup // links that are on their way out

	gatesMu   sync.Mutex
	gates     []*gates // made when links need them
	gatesShut bool

	calibrate sync.Once
	clockCost atomic.Int64 // picoseconds that measuring adds to a run; 0 until statistics were on

	lastMu sync.Mutex
	last   map[LinkID]ProgramStats // of links that are gone

	restMu sync.Mutex
	rest   map[binding]*ebpf.Program // what detached slots hold

	types *btf.Cache // the library's view of the kernel's BTF, read when a program first names a target in it

	btfMu sync.Mutex
	btf   []byte // nil until first used; it is never unmapped, because the compiler's types refer to it

	tracefsMu sync.Mutex
	tracefs   *tracefs.FS // nil until it is first used
	features  func() (Features, error)
	symbols   symbols

	memory  func() recall.Memory
	defined func() ([]string, error) // see tracefs.FS.Defined

	fault func(refusal.Action) error // answers in the kernel's place, for tests; nil answers leave it to the kernel
}

// Options change how the kernel is opened. The zero value is right outside of tests.
type Options struct {
	// Tracefs is the folder where tracefs is mounted. Empty, it is found, or mounted if it is nowhere.
	Tracefs string
	// Expect are maps that are likely to be asked for. They are made in the background, so that nobody has to wait for them: the costly
	// ones take the kernel milliseconds. Refill has maps replaced that were taken, and others kept in store of the shapes that were
	// asked for; that takes about 1 MB a map and CPU of kernel memory. It keeps dispatchers in store, too, of the types that were asked for.
	Expect []MapSpec
	Refill bool
	// NoStates has nothing kept with threads, as on kernels that can't, for tests of what is done there.
	NoStates bool
	// AnyHelper has programs loaded whatever functions of the kernel they call, for tests of what its verifier says.
	AnyHelper bool
}

// closeAtOnce is how many links are closed in parallel. Closing one waits for all CPUs; waits at the same time share that.
const closeAtOnce = 64

// Open checks that this process may trace and prepares for it. It makes no kernel object. Without the privilege the error is a
// *PermissionError, on a kernel that is too old a *VersionError.
func Open(opts Options) (*Kernel, error) {
	if err := checkCapabilities(); err != nil {
		return nil, err
	}
	version, err := kernelVersion()
	if err != nil {
		return nil, err
	}
	if version < ringBufferVersion && features.HaveMapType(ebpf.RingBuf) != nil {
		return nil, &VersionError{What: "the BPF ring buffer", Needs: ringBufferVersion, Have: version}
	}
	if version < memcgVersion {
		// Older kernels charge the memory of BPF objects to this limit, which is tiny by default.
		infinite := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
		if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &infinite); err != nil {
			return nil, refine("raise RLIMIT_MEMLOCK", err)
		}
	}
	k := &Kernel{
		opts:    opts,
		closing: make(chan struct{}, closeAtOnce),
		types:   btf.NewCache(),
		memory:  sync.OnceValue(recall.Open),
		symbols: newSymbols(),
	}
	k.features = sync.OnceValues(func() (Features, error) { return k.findFeatures(version) })
	k.defined = sync.OnceValues(func() ([]string, error) {
		fs, err := k.findTracefs()
		if err != nil {
			return nil, err
		}
		return fs.Defined()
	})
	if opts.Refill || len(opts.Expect) > 0 {
		k.spares = newSpares(opts.Expect, opts.Refill)
	}
	k.ahead = k.newDispatchers(opts.Refill)
	return k, nil
}

// Close detaches and frees all that is left and waits until the kernel has let go of it. Calls of ReadRing drain their ring and
// return, which Close waits for. Methods called after Close fail with os.ErrClosed.
func (k *Kernel) Close() error {
	var outcomes []<-chan error
	for _, id := range k.links.shut() {
		outcomes = append(outcomes, k.Detach(LinkID(id)))
	}
	var errs []error
	for _, c := range outcomes {
		if err := <-c; err != nil && !errors.Is(err, errDetaching) {
			errs = append(errs, err)
		}
	}
	k.links.wait()
	k.detaches.Wait() // their outcomes are there
	errs = append(errs, k.ahead.close())
	k.gatesMu.Lock()
	for _, g := range k.gates {
		errs = append(errs, g.close())
	}
	k.gates, k.gatesShut = nil, true
	k.gatesMu.Unlock()
	k.restMu.Lock()
	for _, prog := range k.rest {
		errs = append(errs, prog.Close())
	}
	k.rest = nil
	k.restMu.Unlock()

	for _, id := range k.programs.shut() {
		errs = append(errs, k.programs.free(id))
	}
	k.programs.wait()
	for _, id := range k.maps.shut() {
		errs = append(errs, k.FreeMap(MapID(id)))
	}
	k.maps.wait()
	errs = append(errs, k.spares.close())
	return errors.Join(errs...)
}

// Features are the properties of the running kernel, found at the first call.
func (k *Kernel) Features() (Features, error) { return k.features() }

// Recall is what Keep was last given of a thing about this build of the kernel, in this process or an earlier one; nil if there is nothing.
// Nobody but this user, and root, can have changed it.
func (k *Kernel) Recall(what string) []byte { return k.memory().Recall(what) }

// Keep keeps a thing about this build of the kernel for later starts. Where there is no place for it, it does nothing.
func (k *Kernel) Keep(what string, data []byte) error { return k.memory().Keep(what, data) }

// Tracepoints lists all tracepoints as "category:name", sorted. The caller must not change the list.
func (k *Kernel) Tracepoints() ([]string, error) {
	fs, err := k.findTracefs()
	if err != nil {
		return nil, err
	}
	names, err := fs.Events()
	return names, refine("", err)
}

// TracepointFormat returns the text of the format file of category:name. If the kernel has no tracepoint of that name,
// errors.Is(err, fs.ErrNotExist) holds.
func (k *Kernel) TracepointFormat(category, name string) (string, error) {
	fs, err := k.findTracefs()
	if err != nil {
		return "", err
	}
	text, err := fs.Format(category, name)
	return text, refine("", err)
}

func (k *Kernel) findTracefs() (*tracefs.FS, error) {
	k.tracefsMu.Lock()
	defer k.tracefsMu.Unlock()
	if k.tracefs == nil {
		if k.opts.Tracefs != "" {
			k.tracefs = tracefs.New(k.opts.Tracefs)
			return k.tracefs, nil
		}
		fs, err := tracefs.Find()
		if err != nil {
			return nil, refine("", err)
		}
		k.tracefs = fs
	}
	return k.tracefs, nil
}
