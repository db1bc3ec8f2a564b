package session

import (
	"strings"
	"testing"

	"go3s/incremental/source"
)

func TestMapsThatAreTooLargeAreRefusedWithWhatToWrite(t *testing.T) {
	s, k := compiling(t)
	if err := s.Set("mapmemory", "2M"); err != nil {
		t.Fatal(err)
	}
	refused := func(text, want string) {
		t.Helper()
		r := s.Enter(source.Cell{Name: "-e", Text: text})
		if len(r.Diags) != 1 {
			t.Fatalf("%s: %v, %v", text, r.Diags, r.Err)
		}
		if got := source.Render(r.Diags[0], text); got != want {
			t.Errorf("got\n%s, want\n%s", got, want)
		}
	}
	small := "sched:sched_switch { few[cpu]++ }"
	if r := s.Enter(source.Cell{Name: "-e", Text: small}); !r.OK() {
		t.Fatal(r.Diags, r.Err)
	}
	before := k.Objects()
	refused("sched:sched_wakeup { many[pid]++ }", `-e#2:1:22: many would take 1.0 MB of the kernel's memory; of 2.0 MB for all maps 991.8 kB are left [map-failed]
    sched:sched_wakeup { many[pid]++ }
                         ^~~~
    give it fewer keys by @bpf_map(max_entries=8413), or allow more by :set mapmemory 3M, which is --mapmemory on the command line
`)
	r := s.Enter(source.Cell{Name: "-e", Text: `sched:sched_wakeup { print(pid) }`})
	if r.Err == nil || !strings.Contains(r.Err.Error(), "make the ring smaller by :set ringsize, or allow more by :set mapmemory 6M") {
		t.Errorf("of a ring it says %v, %v", r.Diags, r.Err)
	}
	if after := k.Objects(); after != before {
		t.Errorf("a refusal leaves %s, there was %s", after, before)
	}
	if err := s.Set("ringsize", "4M"); err == nil || !strings.Contains(err.Error(), "all maps may take 2.0 MB") {
		t.Errorf("a ring of 4M gives %v", err)
	}
	if err := s.Set("mapmemory", "1G"); err != nil {
		t.Fatal(err)
	}
	if r := s.Enter(source.Cell{Name: "-e", Text: "sched:sched_wakeup { many[pid]++ }"}); !r.OK() {
		t.Errorf("with enough memory it is refused: %v, %v", r.Diags, r.Err)
	}
}
