package attach

import (
	"testing"

	"github.com/cilium/ebpf/asm"
)

// The tag is the one that the library reads of the same program, and that of another program is another one.
func TestTagIsTheKernels(t *testing.T) {
	k := open(t)
	var tags []string
	for i := range int32(2) {
		id, err := k.Load(ProgramSpec{Name: "p", Type: RawTracepoint, Insns: asm.Instructions{asm.Mov.Imm(asm.R0, i), asm.Return()}})
		if err != nil {
			t.Fatal(err)
		}
		p, release, err := k.programs.use(int(id))
		if err != nil {
			t.Fatal(err)
		}
		info, err := p.prog.Info()
		release()
		if err != nil {
			t.Fatal(err)
		}
		if got := k.Tag(id); got != info.Tag || got == "" {
			t.Errorf("the tag is %q, want %q", got, info.Tag)
		}
		tags = append(tags, info.Tag)
	}
	if tags[0] == tags[1] {
		t.Errorf("two programs have the tag %s", tags[0])
	}
	if got := k.Tag(0); got != "" {
		t.Errorf("no program has the tag %q", got)
	}
}
