package incremental

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
	"github.com/google/go-cmp/cmp"

	"go3s/incremental/abi"
	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/incremental/universe"
	"go3s/incremental/universe/universetest"
)

// older is the kernel of the tests at another version, with the helpers that it has carried back.
type older struct {
	*universetest.Fake
	version uint32
	helpers []int64
}

func (k older) Features() universe.Features {
	f := k.Fake.Features()
	f.Version, f.ISA = k.version, 1
	return f
}

func (k older) HasHelper(number int64) bool { return slices.Contains(k.helpers, number) }

// needing is a probe that needs one thing of the kernel beside what its kind needs.
func needing(t *testing.T, needs string) (p *Probe, maps []*ir.Map) {
	t.Helper()
	p = &Probe{Name: "p", Kind: ir.KProbe}
	if name, ok := strings.CutPrefix(needs, helperNeed); ok {
		p.Insns = asm.Instructions{asm.BuiltinFunc(ir.HelperNumber(name)).Call()}
		return p, nil
	}
	for kind := range kindFloors {
		if needs == "programs of type "+kind.String() {
			p.Kind = kind
			return p, nil
		}
	}
	for kind := range mapFloors {
		if needs == "maps of kind "+kind.String() {
			return p, []*ir.Map{{Name: "m", Kind: kind}}
		}
	}
	switch needs {
	case "calls of functions":
		p.Insns = asm.Instructions{{OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.Call), Src: asm.PseudoCall}}
	case "links of xdp":
		p.Kind = ir.XDP
	case "links of tc (tcx)":
		p.Kind = ir.TC
	case handNeed:
		p.Name = abi.OnceName
	case "atomic operations with a result":
		p.Insns = asm.Instructions{asm.FetchAdd.Mem(asm.R1, asm.R2, asm.DWord, 0)}
	default:
		if !strings.HasPrefix(needs, "instruction set ") { // which decides what is generated
			t.Errorf("nothing is known to need %s", needs)
		}
		return nil, nil
	}
	return p, maps
}

// TestEachFloorIsKept has each thing that a program may need missing, by a version just below its floor, and writes the table that
// docs/ERRORS.md has.
func TestEachFloorIsKept(t *testing.T) {
	at := source.Span{Cell: "c", Start: 1, End: 2}
	var table strings.Builder
	table.WriteString("| Linux | what | what to do instead | of the kernel's |\n|---|---|---|---|\n")
	for _, f := range Floors() {
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", f.Linux, f.What, f.Remedy, f.Needs)
		p, maps := needing(t, f.Needs)
		if p == nil {
			continue
		}
		floor := versionNumber(f.Linux)
		below := floor - 1<<8
		if floor>>8&0xff == 0 {
			below = floor - 1<<16 + 19<<8
		}
		says := func(version uint32, helpers ...int64) []string {
			c := &compiler{memo: New(older{universetest.Kernel(), version, helpers}).memo}
			var said []string
			for _, d := range c.tooOld(p, maps, at) {
				if d.Code != source.KernelTooOld || d.Span != at {
					t.Errorf("%s: %+v", f.Needs, d)
				}
				said = append(said, d.Msg)
			}
			return said
		}
		want := fmt.Sprintf("%s needs Linux %s; this is %s", f.What, f.Linux, universe.VersionText(below))
		if got := says(below); !slices.Contains(got, want) {
			t.Errorf("%s, on a kernel below: got %q, want %q among them", f.Needs, got, want)
		}
		for _, msg := range says(floor) {
			if strings.HasPrefix(msg, f.What+" needs Linux "+f.Linux+";") {
				t.Errorf("%s, on a kernel that has it: %s", f.Needs, msg)
			}
		}
		if name, ok := strings.CutPrefix(f.Needs, helperNeed); ok {
			if got := says(below, ir.HelperNumber(name)); slices.Contains(got, want) {
				t.Errorf("%s, on an older kernel that has it: %s", f.Needs, got)
			}
		}
	}
	name := filepath.Join("testdata", "floors.md")
	if u := flag.Lookup("update"); u.Value.String() == "true" {
		if err := os.WriteFile(name, []byte(table.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), table.String()); diff != "" {
		t.Errorf("testdata/floors.md is not fresh (-file +now):\n%s", diff)
	}
}

// What a program needs stands where it is written, and is said before anything is loaded.
func TestTheKernelIsTooOldWhereItIsWritten(t *testing.T) {
	for _, c := range []struct {
		version uint32
		text    string
		want    string
	}{
		{5<<16 | 4<<8, `sched:sched_switch { printf("%d", pid) }`, `
			-e:1:1: counters in memory that user space shares needs Linux 5.5; this is 5.4 [kernel-too-old]
			-e:1:1: the ring buffer of events needs Linux 5.8; this is 5.4 [kernel-too-old]
			-e:1:28: a record of an event needs Linux 5.8; this is 5.4 [kernel-too-old]`},
		{5<<16 | 15<<8, `sched:sched_switch { for i := 0; i < int(ctx.next_pid); i++ { n += i } }`, `
			-e:1:36: a loop whose end only the run knows needs Linux 5.17; this is 5.15 [kernel-too-old]`},
		{5<<16 | 17<<8, `sched:sched_switch { for i := 0; i < int(ctx.next_pid); i++ { n += i } }`, ``},
		{5<<16 | 15<<8, `tc:lo { n++ }`, `
			-e:1:1: a hook of the kind tc needs Linux 6.6; this is 5.15 [kernel-too-old]`},
		{5<<16 | 9<<8, `begin { n++ }`, `
			-e:1:1: an expression at the prompt, or a hook that only go3sh runs needs Linux 5.10; this is 5.9 [kernel-too-old]`},
		{5<<16 | 10<<8, `begin { n++ }`, ``},
		{0, `tc:lo { n++ }`, ``},
	} {
		b := New(older{universetest.Kernel(), c.version, nil}).With(source.Cell{Name: "-e", Text: c.text}).Build(BuildOptions{})
		got := ""
		for _, d := range b.Diags {
			line, _, _ := strings.Cut(source.Render(d, c.text), "\n")
			got += "\n\t\t\t" + line
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s on %s (-want +got):\n%s", c.text, universe.VersionText(c.version), diff)
		}
	}
}
