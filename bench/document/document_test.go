package document

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// written is a document with this text.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestTableIsWrittenBetweenItsMarks(t *testing.T) {
	doc := written(t, "before\n<!-- P5 -->\nold\n<!-- /P5 -->\nafter\n")
	if err := Rewrite(doc, "P5", "new\n"); err != nil {
		t.Fatal(err)
	}
	holds(t, doc, "before\n<!-- P5 -->\n```text\nnew\n```\n<!-- /P5 -->\nafter\n")
	if err := Rewrite(filepath.Join(t.TempDir(), "none"), "P5", "new\n"); err == nil {
		t.Error("a document that is not there was written")
	}
	if err := Rewrite(doc, "P6", "new\n"); err == nil {
		t.Error("a part that is not there was written")
	}
}

func TestSummaryHoldsTheFiguresOfAllPartsInOrder(t *testing.T) {
	doc := written(t, "<!-- summary -->\n<!-- /summary -->\n<!-- P10 -->\n<!-- /P10 -->\n<!-- P6 -->\n<!-- /P6 -->\n")
	for _, part := range []struct {
		name   string
		figure Figure
	}{
		{"P10", Figure{ID: "P10", Measure: "500 probes", Goal: "linear", Ours: "1.1", Ratio: "1.10", Met: true, Held: "nothing"}},
		{"P6", Figure{ID: "P6", Measure: "n++", Goal: "+0", Ours: "+9 ns", Peer: "+40 ns -->", Ratio: "0.22", Held: "the gate | a tail call"}},
	} {
		if err := Rewrite(doc, part.name, "t\n", part.figure); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, doc, `<!-- summary -->

| id | measure | goal | figure | peer | ratio | |
|---|---|---|---|---|---|---|
| P6 | n++ | +0 | +9 ns | +40 ns --> | 0.22 | **missed**: the gate \| a tail call |
| P10 | 500 probes | linear | 1.1 | - | 1.10 | met |

<!-- /summary -->
<!-- P10 -->
`+"```text\nt\n```\n"+`<!-- figure {"ID":"P10","Measure":"500 probes","Goal":"linear","Ours":"1.1","Peer":"","Ratio":"1.10","Met":true,"Held":"nothing"} -->
<!-- /P10 -->
<!-- P6 -->
`+"```text\nt\n```\n"+`<!-- figure {"ID":"P6","Measure":"n++","Goal":"+0","Ours":"+9 ns","Peer":"+40 ns --\u003e","Ratio":"0.22","Met":false,"Held":"the gate | a tail call"} -->
<!-- /P6 -->
`)
}

func TestAMeasurementThatFailsLeavesTheDocument(t *testing.T) {
	const text = "<!-- P6 -->\nold\n<!-- /P6 -->\n"
	doc := written(t, text)
	table := func(err error) func(io.Writer) ([]Figure, error) {
		return func(w io.Writer) ([]Figure, error) {
			fmt.Fprintln(w, "table")
			return nil, err
		}
	}
	if exit := Publish("event", doc, "P6", table(errors.New("go3sh has counted 3 of 4 calls"))); exit != 1 {
		t.Errorf("a wrong count exits with %d", exit)
	}
	holds(t, doc, text)
	if exit := Publish("event", doc, "P6", table(nil)); exit != 0 {
		t.Errorf("a good run exits with %d", exit)
	}
	holds(t, doc, "<!-- P6 -->\n```text\ntable\n```\n<!-- /P6 -->\n")
}

func TestDescribeMakesAList(t *testing.T) {
	doc := written(t, "<!-- machine -->\n<!-- /machine -->\n")
	if err := Describe(doc, "machine", []string{"CPU: x", "kernel: y"}); err != nil {
		t.Fatal(err)
	}
	holds(t, doc, "<!-- machine -->\n\n- CPU: x\n- kernel: y\n\n<!-- /machine -->\n")
}
