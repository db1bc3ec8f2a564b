package verifier_test

import (
	"fmt"
	"strings"
	"testing"

	"go3s/attach/verifier"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, log, want string }{
		{
			"the reason stands before the statistics",
			"0: R1=ctx() R10=fp0\n0: (b7) r0 = 0\n1: (79) r0 = *(u64 *)(r5 +0)\nR5 !read_ok\nprocessed 2 insns (limit 1000000) max_states_per_insn 0",
			`1 "R5 !read_ok" value never set`,
		},
		{
			"the special reason stands before the general one",
			"7: (79) r0 = *(u64 *)(r0 +8)\ninvalid access to map value, value_size=8 off=8 size=8\nR0 min value is outside of the allowed memory range\nprocessed 9 insns",
			`7 "invalid access to map value, value_size=8 off=8 size=8" map value`,
		},
		{
			"a reason that names its instruction",
			"4: (85) call bpf_ringbuf_reserve#131\n9: (95) exit\nUnreleased reference id=2 alloc_insn=4\nBPF_EXIT instruction in main prog would lead to reference leak\nprocessed 9 insns",
			`4 "Unreleased reference id=2 alloc_insn=4" record kept`,
		},
		{
			"a reason before any instruction",
			"unreachable insn 3\nprocessed 0 insns",
			`3 "unreachable insn 3" unreachable`,
		},
		{
			"a reason on the line of an instruction",
			"1: (55) if r1 != 0x0 goto pc-1 infinite loop detected at insn 1\ncur state: R0=0 R1=ctx()\nold state: R0=0 R1=ctx()\nprocessed 11 insns",
			`1 "infinite loop detected at insn 1" endless loop`,
		},
		{
			"statistics on the line of the reason",
			"3: (85) call bpf_tail_call#12\nexpected prog array map for tail callprocessed 3 insns (limit 1000000)",
			`3 "expected prog array map for tail call" not a program array`,
		},
		{
			"an unknown reason is said as it is",
			"; n++ @ a.go3s:1:3\n5: (07) r0 += 1\nthe moon is not in the right place\nverification time 12 usec\nstack depth 0\nprocessed 5 insns",
			`5 "the moon is not in the right place" the moon is not in the right place`,
		},
		{
			"the newer form",
			"5: (07) r0 += 1\nVerification failed:\n  Reason: R2 invalid mem access 'scalar'\n  At: insn 12\n    a.go3s:1:3\nprocessed 3 insns",
			`12 "R2 invalid mem access 'scalar'" number as address`,
		},
		{
			"the newer form over several lines",
			"Verification failed\n  Reason:\n    invalid access to packet, off=0 size=1, R2(id=0,off=0,r=0)\n  At:\n    > 7: (71) r0 = *(u8 *)(r2 +0)\n      8: (95) exit\nprocessed 3 insns",
			`7 "invalid access to packet, off=0 size=1, R2(id=0,off=0,r=0)" packet`,
		},
		{
			"the newer form with an unknown reason",
			"Verification failed:\n  Reason: the moon is not in the right place\n  At: 12\nprocessed 3 insns",
			`12 "the moon is not in the right place" the moon is not in the right place`,
		},
		{"statistics alone", "processed 3 insns (limit 1000000)", `-1 "" `},
		{"nothing", "", `-1 "" `},
	} {
		r := verifier.Parse(strings.Split(c.log, "\n"))
		kind := r.Words()
		if r.Kind != nil {
			kind = r.Kind.Name
		}
		if got := fmt.Sprintf("%d %q %s", r.Insn, r.Reason, kind); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// A log is text from outside: whatever it holds, Parse returns.
func FuzzParse(f *testing.F) {
	f.Add("Verification failed\nReason:\nAt: insn 99999999999999999999\n")
	f.Add("99999999999999999999: (00) \n")
	f.Fuzz(func(t *testing.T, log string) {
		r := verifier.Parse(strings.Split(log, "\n"))
		if r.Kind == nil && r.Words() != r.Reason {
			t.Errorf("%q is said as %q", r.Reason, r.Words())
		}
	})
}
