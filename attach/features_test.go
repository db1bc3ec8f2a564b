package attach

import (
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"
)

func TestParseVersion(t *testing.T) {
	for _, test := range []struct {
		release, version, signature string
		want                        uint32
	}{
		{"6.18.44-fc-v669", "#1 SMP PREEMPT_DYNAMIC @0", "", 6<<16 | 18<<8 | 44},
		{"6.1.0-21-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.90-1 (2024-05-03)", "", 6<<16 | 1<<8 | 90},
		{"5.4.0-100-generic", "#113-Ubuntu SMP", "Ubuntu 5.4.0-100.113-generic 5.4.166\n", 5<<16 | 4<<8 | 166},
		{"4.9.337", "#1", "", 4<<16 | 9<<8 | 255},
		{"7.0", "#1", "", 7 << 16},
		{"7.0-rc3", "#1", "", 7 << 16},
		{"5.15.153.1-microsoft-standard-WSL2", "#1", "", 5<<16 | 15<<8 | 153},
		{"nonsense", "#1", "", 0},
		{"7", "#1", "", 0},
		{"", "", "", 0},
	} {
		got, err := parseVersion(test.release, test.version, test.signature)
		if got != test.want || (err != nil) != (test.want == 0) {
			t.Errorf("%q %q: got %#x, %v, want %#x", test.release, test.version, got, err, test.want)
		}
	}
}

func TestVersionErrorNamesBoth(t *testing.T) {
	err := &VersionError{What: "the BPF ring buffer", Needs: ringBufferVersion, Have: 5<<16 | 4<<8 | 166}
	if got, want := err.Error(), "the BPF ring buffer needs Linux 5.8; this is 5.4"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFeaturesOfThisKernel(t *testing.T) {
	got := must[Features](t)(open(t).Features())
	want := Features{ISA: 1, CPUs: ebpf.MustPossibleCPU(), Online: runtime.NumCPU()}
	want.Version = must[uint32](t)(features.LinuxVersionCode())
	for isa, probe := range []func() error{features.HaveV2ISA, features.HaveV3ISA, features.HaveV4ISA} {
		if probe() == nil {
			want.ISA = isa + 2
		}
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// By now it is known from the first time, and asking gives the same.
	if isa, err := probeISA(); isa != want.ISA || err != nil {
		t.Errorf("the kernel takes instruction set %d, %v; want %d", isa, err, want.ISA)
	}
	if again := must[Features](t)(open(t).Features()); again != want {
		t.Errorf("the second time it is %+v, want %+v", again, want)
	}
}

// What was kept and can't be is not believed.
func TestFeaturesThatCanNotBeAreFoundAnew(t *testing.T) {
	for _, nonsense := range [][]byte{{}, {0}, {9}, {4, 4}} {
		k := open(t)
		if err := k.Keep(isaMemory, nonsense); err != nil {
			t.Fatal(err)
		}
		if got := must[Features](t)(k.Features()); got.ISA != must[int](t)(probeISA()) {
			t.Errorf("with %v it is instruction set %d", nonsense, got.ISA)
		}
	}
}

func TestHelpersAreFoundByAskingTheKernel(t *testing.T) {
	k := open(t)
	for number, want := range map[int64]bool{1: true, 131: true, 181: true, 9999: false} {
		if got := k.HasHelper(number); got != want {
			t.Errorf("helper %d: %v", number, got)
		}
	}
}
