package attach

import (
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
)

// TestTranslatedProgramsNameTheirMaps loads a program that works on a map and looks at what the kernel has made of it.
func TestTranslatedProgramsNameTheirMaps(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("this test loads programs and needs root: sudo make test")
	}
	k, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}()
	m, err := k.CreateMap(MapSpec{Name: "counted", Kind: Hash, Key: 4, Value: 8, Entries: 4})
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Load(ProgramSpec{Name: "p", Type: RawTracepoint, Maps: map[string]MapID{"counted": m}, Insns: asm.Instructions{
		asm.StoreImm(asm.R10, -4, 1, asm.Word),
		asm.LoadMapPtr(asm.R1, 0).WithReference("counted"),
		asm.Mov.Reg(asm.R2, asm.R10),
		asm.Add.Imm(asm.R2, -4),
		asm.FnMapLookupElem.Call(),
		asm.Mov.Imm(asm.R0, 0),
		asm.Return(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	insns, err := k.Translated(p)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, ins := range insns {
		if ins.IsLoadFromMap() && ins.Reference() == "counted" {
			named++
		}
	}
	if named != 1 || len(insns) < 7 {
		t.Errorf("%d of the instructions name the map:\n%v", named, insns)
	}
	if _, err := k.Translated(p + 100); err == nil || !strings.HasPrefix(err.Error(), "translated program: ") {
		t.Errorf("a program that is not there gives %v", err)
	}
}

func TestTasksHaveTheirNamesWhileTheyRun(t *testing.T) {
	k := &Kernel{}
	own, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	if got := k.TaskName(uint64(os.Getpid())); got != strings.TrimSuffix(string(own), "\n") && allProcesses() {
		t.Errorf("this process is called %q", got)
	}
	if got := k.TaskName(1 << 40); got != "" {
		t.Errorf("a process that can't be is called %q", got)
	}
}
