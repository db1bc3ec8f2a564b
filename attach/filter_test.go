package attach

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// newMembers is a filter without members.
func newMembers(t testing.TB, k *Kernel) MapID {
	t.Helper()
	return must[MapID](t)(k.CreateMap(MapSpec{Name: unique("members"), Kind: Array, Key: 4, Value: 1 << 22, Entries: 1}))
}

// member makes a process the only member of a filter, or leaves it without one.
func member(t testing.TB, k *Kernel, filter MapID, pid int, in bool) {
	t.Helper()
	m, release, err := k.maps.use(int(filter))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	bytes := make([]byte, m.spec.Value)
	if in {
		bytes[pid] = 1
	}
	if err := m.elem(unix.BPF_MAP_UPDATE_ELEM, make([]byte, 4), bytes); err != nil {
		t.Fatal(err)
	}
}

// TestFilterLetsOnlyMembersThrough makes this process a member of a filter for a while.
func TestFilterLetsOnlyMembersThrough(t *testing.T) {
	for name, hook := range map[string]Hook{
		"tracepoint":       getppid,
		"raw tracepoint":   {Type: RawTracepoint, Name: "sys_enter"},
		"typed tracepoint": {Type: TracingTP, Name: "sys_enter"},
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			counters := newCounters(t, k)
			hook.Filter = newMembers(t, k)
			l := must[LinkID](t)(k.Attach(hook, unique("filter"), loadCounter(t, k, hook.Type, counters, 2)))
			callGetppid(1000)

			member(t, k, hook.Filter, os.Getpid(), true)
			callGetppid(345)
			if err := k.Swap(l, loadCounter(t, k, hook.Type, counters, 4)); err != nil {
				t.Fatal(err)
			}
			callGetppid(67)
			member(t, k, hook.Filter, os.Getpid(), false)
			callGetppid(1000)
			if got, want := counts(t, k, counters), [8]uint64{2: 345, 4: 67}; got != want {
				t.Errorf("counted %v, want %v", got, want)
			}
			if err := <-k.Detach(l); err != nil {
				t.Error(err)
			}
		})
	}
}

// A number beyond the filter's end is no member, and the last one it has room for is.
func TestProcessesBeyondTheFilterAreNoMembers(t *testing.T) {
	for _, c := range []struct {
		size int
		want uint64
	}{{os.Getpid(), 0}, {os.Getpid() + 1, 500}} {
		k := open(t)
		counters := newCounters(t, k)
		hook := getppid
		hook.Filter = must[MapID](t)(k.CreateMap(MapSpec{Name: unique("members"), Kind: Array, Key: 4, Value: c.size, Entries: 1}))
		member(t, k, hook.Filter, os.Getpid(), c.size > os.Getpid())
		l := must[LinkID](t)(k.Attach(hook, unique("filter"), loadCounter(t, k, hook.Type, counters, 0)))
		callGetppid(500)
		if got, want := counts(t, k, counters), [8]uint64{c.want}; got != want {
			t.Errorf("%d bytes: counted %v, want %v", c.size, got, want)
		}
		if err := <-k.Detach(l); err != nil {
			t.Error(err)
		}
	}
}

func TestOnlySomeHooksHaveAProcess(t *testing.T) {
	for hook, want := range map[Hook]bool{
		{Type: RawTracepoint, Kind: "begin"}: false, {Type: RawTracepoint, Kind: "end"}: false,
		{Type: XDP}: false, {Type: TC}: false, {Type: PerfEvent, Kind: "interval"}: false,
		{Type: PerfEvent, Kind: "profile"}: true, {Type: KProbe, Kind: "kretprobe"}: true, getppid: true,
	} {
		if got := hook.hasProcess(); got != want {
			t.Errorf("%+v has a process: %v", hook, got)
		}
	}
}
