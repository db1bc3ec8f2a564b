package universe_test

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental/universe"
	"go3s/incremental/universe/universetest"
)

func describe(u *universe.Universe, t types.Type) string {
	k := u.KernelType(t)
	if k == nil {
		return "no type of the kernel's"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d bytes\n", k.Size)
	st := k.Named.Underlying().(*types.Struct)
	for i, f := range k.Fields {
		fmt.Fprintf(&b, "%s %s at %d size %d", f.Name, st.Field(i).Type(), f.Offset, f.Size)
		if f.Bits > 0 {
			fmt.Fprintf(&b, " bits %d+%d", f.BitOffset, f.Bits)
		}
		if f.Walks {
			b.WriteString(" walks")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestStructsOfTheKernelAsGoTypes(t *testing.T) {
	u := universe.New(universetest.Kernel())
	obj := u.KernelName("task_struct")
	want := `256 bytes
flags uint32 at 0 size 4
pid int32 at 4 size 4
tgid int32 at 8 size 4
mode uint32 at 12 size 4
real_parent *task_struct at 16 size 8 walks
mm *mm_struct at 24 size 8 walks
comm string at 32 size 16
in_execve uint32 at 48 size 1 bits 0+1
nice int32 at 48 size 2 bits 3+6
exit_code int32 at 56 size 4
exit_task *task_struct at 56 size 8
prio [4]int32 at 64 size 16
type_ bool at 80 size 1
stack bpf.KernelPtr at 88 size 8
children [2]*task_struct at 96 size 16
cred *cred at 112 size 8 walks
`
	if diff := cmp.Diff(want, describe(u, obj.Type())); diff != "" {
		t.Error(diff)
	}
}

func TestMembersByTheKernelsNames(t *testing.T) {
	u := universe.New(universetest.Kernel())
	for _, test := range []struct {
		name, member string
		want         universe.Member
		ok           bool
	}{
		{"task_struct", "comm", universe.Member{Offset: 32, Size: 16}, true},
		{"task_struct", "mm", universe.Member{Offset: 24, Size: 8, Walks: true}, true},
		{"task_struct", "type", universe.Member{Offset: 80, Size: 1}, true}, // its Go name is type_
		{"task_struct", "exit_code", universe.Member{Offset: 56, Size: 4}, true},
		{"task_struct", "exit_task", universe.Member{Offset: 56, Size: 8}, true}, // in a union, so nobody knows what it is
		{"task_struct", "nice", universe.Member{}, false},                        // a bit-field
		{"task_struct", "val", universe.Member{}, false},                         // of another struct
		{"task_struct", "nope", universe.Member{}, false},
		{"cred", "gid", universe.Member{Offset: 12, Size: 4}, true},
		{"nope", "gid", universe.Member{}, false},
	} {
		for range 2 { // the second answer is the first one, remembered
			if got, ok := u.StructMember(test.name, test.member); got != test.want || ok != test.ok {
				t.Errorf("%s.%s: %+v %t, want %+v %t", test.name, test.member, got, ok, test.want, test.ok)
			}
		}
	}
}

// expand is Expand for a program that mentions some names.
func expand(u *universe.Universe, names ...string) {
	u.Expand(slices.Values(names), func(name string) bool { return slices.Contains(names, name) })
}

// Types are made as far as names lead to them.
func TestTypesAreMadeWhenNamed(t *testing.T) {
	u := universe.New(universetest.Kernel())
	task := u.KernelType(u.KernelName("task_struct").Type())
	mm := task.Named.Underlying().(*types.Struct).Field(5).Type().(*types.Pointer).Elem()
	if k := u.KernelType(mm); len(k.Fields) != 0 {
		t.Errorf("mm_struct has fields before anyone names one: %v", k.Fields)
	}
	expand(u, "pid", "mm")
	if k := u.KernelType(mm); len(k.Fields) != 3 {
		t.Errorf("mm_struct has the fields %v", k.Fields)
	}
	file := mm.Underlying().(*types.Struct).Field(1).Type().(*types.Pointer).Elem()
	if k := u.KernelType(file); len(k.Fields) != 0 {
		t.Errorf("file has fields though nobody names exe_file: %v", k.Fields)
	}
	expand(u, "exe_file")
	if k := u.KernelType(file); len(k.Fields) != 2 {
		t.Errorf("file has the fields %v", k.Fields)
	}
}

func TestNamesOfTheKernel(t *testing.T) {
	u := universe.New(universetest.Kernel())
	for name, want := range map[string]string{
		"MODE_BUSY": "const MODE_BUSY untyped int",
		"atomic_t":  "type atomic_t struct{counter int32}",
		"pid_t":     "type pid_t = int32",
		"task_mode": "<nil>",
		"no_such":   "<nil>",
	} {
		got := "<nil>"
		switch obj := u.KernelName(name).(type) {
		case *types.Const:
			got = fmt.Sprintf("const %s %s", obj.Name(), obj.Type())
		case *types.TypeName:
			got = fmt.Sprintf("type %s %s", obj.Name(), obj.Type().Underlying())
			if _, named := obj.Type().(*types.Named); !named {
				got = fmt.Sprintf("type %s = %s", obj.Name(), obj.Type())
			}
		}
		if got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestContextsOfHooks(t *testing.T) {
	u := universe.New(universetest.Kernel())
	for _, test := range []struct{ kind, target, want string }{
		{"tp_btf", "sched_switch", "preempt bool at 0, prev *task_struct at 8 walks, next *task_struct at 16 walks"},
		{"raw_tp", "sys_enter", "regs *pt_regs at 0, id int64 at 8"},
		{"fentry", "tcp_v4_do_rcv", "sk *sock at 0 walks, skb *sk_buff at 8 walks"},
		{"fexit", "tcp_v4_do_rcv", "sk *sock at 0 walks, skb *sk_buff at 8 walks, retval int32 at 16"},
		{"begin", "", ""},
		{"tp_btf", "nope", "none"},
		{"kprobe", "nope", "none"},
	} {
		got := "none"
		if c := u.HookContext(test.kind, test.target); c != nil {
			var parts []string
			st := c.Named.Underlying().(*types.Struct)
			for i, f := range c.Format.Fields {
				part := fmt.Sprintf("%s %s at %d", f.Name, st.Field(i).Type(), f.Offset)
				if f.Walks {
					part += " walks"
				}
				parts = append(parts, part)
			}
			got = strings.Join(parts, ", ")
		}
		if got != test.want {
			t.Errorf("%s:%s has %s, want %s", test.kind, test.target, got, test.want)
		}
	}
}

func TestPeriods(t *testing.T) {
	for text, want := range map[string][2]int64{
		"99hz": {0, 99}, "99": {0, 99}, "1s": {1e9, 0}, "250ms": {250e6, 0}, "10us": {10e3, 0}, "ms:5": {}, "0s": {}, "often": {}, "": {}, "5min": {}, "2147483647m": {}, "2m": {120e9, 0},
	} {
		ns, hz, ok := universe.Period(text)
		if got := [2]int64{ns, hz}; got != want || ok != (want != [2]int64{}) {
			t.Errorf("%q: %v %v, want %v", text, got, ok, want)
		}
	}
}

func TestBrokenBTFIsAnError(t *testing.T) {
	for _, blob := range [][]byte{nil, make([]byte, 24), append([]byte{0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 255, 255}, make([]byte, 10)...)} {
		if _, err := universe.ParseBTF(blob); err == nil {
			t.Errorf("%v parses", blob)
		}
	}
}
