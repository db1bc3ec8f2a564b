package document

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTableIsWrittenBetweenItsMarks(t *testing.T) {
	doc := filepath.Join(t.TempDir(), "doc.md")
	text := "before\n" + "<!-- P5 -->\nold\n<!-- /P5 -->" + "\nafter\n"
	if err := os.WriteFile(doc, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Rewrite(doc, "P5", "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	if want := "before\n" + "<!-- P5 -->\n```text\nnew\n```\n<!-- /P5 -->" + "\nafter\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := Rewrite(filepath.Join(t.TempDir(), "none"), "P5", "new\n"); err == nil {
		t.Error("a document that is not there was written")
	}
}
