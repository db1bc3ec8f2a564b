package universe

import (
	"encoding/binary"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answers asks a BTF what programs ask, and says what it found.
func answers(b *BTF) (out []string) {
	for _, name := range []string{"task_struct", "file", "no_such_struct", "sock"} {
		t, ok := b.find(name, btfStruct, btfUnion)
		out = append(out, fmt.Sprint(name, ok, t.id, t.size, t.len()))
		for i := range min(t.len(), 64) {
			typ := t.word(3*i + 1)
			target, alias, tags := b.strip(typ)
			out = append(out, fmt.Sprint(b.text(t.word(3*i)), b.sizeOf(typ), target.kind(), target.id, alias, tags))
		}
	}
	for _, member := range []string{"comm", "pid", "tgid", "no_such_member"} {
		at, ok := b.offset(member)
		out = append(out, fmt.Sprint(member, at, ok))
	}
	id, ok := b.TypeID("btf_trace_sched_switch")
	return append(out, fmt.Sprint(id, ok))
}

// kernelBTF is the running kernel's.
func kernelBTF(t *testing.T) []byte {
	t.Helper()
	blob, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

func parsed(t *testing.T, blob []byte) *BTF {
	t.Helper()
	b, err := ParseBTF(blob)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What was learned gives the same answers, and no type is gone through for them.
func TestFactsAnswerAsTheBlobDoes(t *testing.T) {
	blob := kernelBTF(t)
	first, second := parsed(t, blob), parsed(t, blob)
	want := answers(first)
	facts := first.Facts()
	if err := second.Learn(facts); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, answers(second)); diff != "" {
		t.Error(diff)
	}
	if second.offsets != nil || second.Facts() != nil || first.Facts() != nil {
		t.Errorf("%d types were gone through, or there is news", len(second.offsets))
	}
	if _, ok := second.find("sk_buff", btfStruct); !ok || second.Facts() == nil {
		t.Error("what was not asked before is not found, or no news")
	}
}

// Names and types are compared with the blob before they are believed, so that facts of another one do no harm.
func TestWrongFactsAreNotBelieved(t *testing.T) {
	blob := kernelBTF(t)
	want := answers(parsed(t, blob))
	wrong := parsed(t, blob)
	answers(wrong)
	for name, at := range wrong.facts.names {
		if at > 0 {
			wrong.facts.names[name] = at + 1
		}
	}
	for of, id := range wrong.facts.firsts {
		if id > 0 {
			wrong.facts.firsts[of] = id + 1
		}
	}
	b := parsed(t, blob)
	if err := b.Learn(wrong.Facts()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, answers(b)); diff != "" {
		t.Error(diff)
	}
}

func TestDamagedFactsTeachNothing(t *testing.T) {
	blob := kernelBTF(t)
	first := parsed(t, blob)
	want := answers(first)
	facts := first.Facts()
	for n := range facts {
		if err := parsed(t, blob).Learn(facts[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes are facts", n, len(facts))
		}
	}
	b := parsed(t, blob)
	size := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(b.types))), uint64(len(b.strings)))
	for _, data := range [][]byte{nil, {255, 255, 255, 255, 15, 0, 0}, {0, 0, 1, 1, 3}, {0, 0, 0}} {
		if err := b.Learn(append(size[:len(size):len(size)], data...)); (err == nil) != (string(data) == "\x00\x00\x00") {
			t.Errorf("%v as facts: %v", data, err)
		}
	}
	if b.Learn(append(facts[:len(facts):len(facts)], 0)) == nil || b.Learn([]byte{1, 1, 0, 0, 0}) == nil {
		t.Error("facts that go on, or those of a blob of another size, are taken")
	}
	if diff := cmp.Diff(want, answers(b)); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkTask is what a start asks when a program names its task: of a kernel that it sees for the first time, and of one that it knows.
func BenchmarkTask(b *testing.B) {
	blob, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	if err != nil {
		b.Skip(err)
	}
	ask := func(t *BTF) {
		task, _ := t.find("task_struct", btfStruct)
		for i := range task.len() {
			t.sizeOf(task.word(3*i + 1))
		}
	}
	first, _ := ParseBTF(blob)
	ask(first)
	facts := first.Facts()
	b.Run("new", func(b *testing.B) {
		for range b.N {
			t, _ := ParseBTF(blob)
			ask(t)
		}
	})
	b.Run("known", func(b *testing.B) {
		for range b.N {
			t, _ := ParseBTF(blob)
			_ = t.Learn(facts)
			ask(t)
		}
	})
}
