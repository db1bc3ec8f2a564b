package repl

import (
	"strings"
	"testing"

	"go3s/incremental/source"
	"go3s/session"
	"go3s/session/sessiontest"
)

func TestErrorsInCellsFromElsewhereAreShownInTheirText(t *testing.T) {
	kernel := sessiontest.NewKernel()
	s, err := session.Open(kernel, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"-e": "type key struct { pid uint32; name string }\nsched:sched_switch { m[key{pid, comm}]++ }"} {
		if r := s.Enter(source.Cell{Name: name, Text: text}); !r.OK() {
			t.Fatal(r)
		}
	}
	p := newPaper(t)
	h := &hand{paper: p, height: 24, keys: typed("type key struct { pid uint32 }\n")}
	if err := New(s, &screen{device: h}, Options{}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := `-e:2:33: too many values in struct literal of type key [type]
    sched:sched_switch { m[key{pid, comm}]++ }
                                    ^~~~
`
	if got := p.String(); !strings.Contains(got, want) {
		t.Errorf("the screen shows\n%s\nwant in it\n%s", got, want)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	kernel.Check(t)
}

func TestATextIsCutIntoEntriesAtCommands(t *testing.T) {
	for text, want := range map[string]string{
		":maps":                      ":maps",
		":maps\n:probes\n":           ":maps|:probes",
		"a:b { n++ }\nc:d { n++ }":   "a:b { n++ }c:d { n++ }",
		"a:b {\n:x\n}\n:maps\n1 + 1": "a:b {:x}|:maps|1 + 1",
		"\n\n:maps\n\n":              ":maps",
		"":                           "",
	} {
		if got := strings.ReplaceAll(strings.Join(entriesOf(text), "|"), "\n", ""); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
