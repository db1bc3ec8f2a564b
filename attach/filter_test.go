package attach

import (
	"encoding/binary"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

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
			hook.Filter = must[MapID](t)(k.CreateMap(MapSpec{Name: unique("members"), Kind: Hash, Key: 4, Value: 1, Entries: 8}))
			l := must[LinkID](t)(k.Attach(hook, unique("filter"), loadCounter(t, k, hook.Type, counters, 2)))
			callGetppid(1000)

			m, release, err := k.maps.use(int(hook.Filter))
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			self := binary.NativeEndian.AppendUint32(nil, uint32(os.Getpid()))
			if err := m.elem(unix.BPF_MAP_UPDATE_ELEM, self, []byte{1}); err != nil {
				t.Fatal(err)
			}
			callGetppid(345)
			if err := k.Swap(l, loadCounter(t, k, hook.Type, counters, 4)); err != nil {
				t.Fatal(err)
			}
			callGetppid(67)
			if err := m.elem(unix.BPF_MAP_DELETE_ELEM, self, nil); err != nil {
				t.Fatal(err)
			}
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
