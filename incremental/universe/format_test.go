package universe_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"go3s/incremental/universe"
	"go3s/incremental/universe/universetest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs, -update renews it (-want +got):\n%s", file, diff)
	}
}

// writeFormat writes each field with its Go type and all that a reader of the record needs.
func writeFormat(b *strings.Builder, u *universe.Universe, category, name string) {
	c := u.Context(category, name)
	fmt.Fprintf(b, "%s:%s id=%d size=%d\n", category, name, c.Format.ID, c.Format.Size)
	kinds := []string{"int", "pointer", "array", "data_loc", "rel_loc"}
	for i, f := range c.Format.Fields {
		v := structOf(c).Field(i)
		fmt.Fprintf(b, "\t%-22s %-16s %-8s offset=%d size=%d", v.Name(), v.Type(), kinds[f.Kind], f.Offset, f.Size)
		for _, p := range []struct {
			name  string
			value int
		}{{"width", f.Width}, {"elem", f.Elem}, {"len", f.Len}} {
			if p.value != 0 {
				fmt.Fprintf(b, " %s=%d", p.name, p.value)
			}
		}
		for _, p := range []struct {
			name  string
			value bool
		}{{"signed", f.Signed}, {"char", f.Char}, {"user", f.User}, {"unreadable", !f.Readable()}} {
			if p.value {
				b.WriteString(" " + p.name)
			}
		}
		fmt.Fprintf(b, " // %s\n", f.CType)
	}
	b.WriteString("\n")
}

func TestContextTypesOfFormats(t *testing.T) {
	k := universetest.Kernel()
	u := universe.New(k)
	var b strings.Builder
	for _, hook := range k.Tracepoints() {
		category, name, _ := strings.Cut(hook, ":")
		writeFormat(&b, u, category, name)
	}
	golden(t, "formats.golden", b.String())
}

func TestParseFormatRefusesWhatIsNotOne(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", `parse format: no name in ""`},
		{"hello\n", `parse format: no name in "hello"`},
		{"name: x\nID: y\n", `parse format of x: ID " y" is not a number`},
		{"name: x\n\tfield:int;\toffset:0;\n", `parse format of x: field "int" has no name`},
		{"name: x\n\tfield:int a];\toffset:0;\n", `parse format of x: field "int a]": a ] without [`},
		{"name: x\n\tfield:int a;\toffset:q;\n", `parse format of x: field "int a": offset "q" is not a number`},
	} {
		_, err := universe.ParseFormat(test.text)
		if err == nil || err.Error() != test.want {
			t.Errorf("ParseFormat(%q): error %v, want %s", test.text, err, test.want)
		}
	}
}

// TestEveryFormatOfThisKernel needs root: it mounts tracefs.
func TestEveryFormatOfThisKernel(t *testing.T) {
	dir := mountTracefs(t)
	files, err := filepath.Glob(filepath.Join(dir, "events/*/*/format"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 1000 {
		t.Fatalf("found %d formats in tracefs, expected more than a thousand", len(files))
	}
	k := &universetest.Fake{Formats: make(map[string]*universe.Format)}
	u := universe.New(k)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		category := filepath.Base(filepath.Dir(filepath.Dir(file)))
		f, err := universe.ParseFormat(string(text))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		f.Category = category
		k.Formats[category+":"+f.Name] = f
		if want := filepath.Base(filepath.Dir(file)); f.Name != want || f.ID == 0 {
			t.Errorf("%s: name %q and id %d", file, f.Name, f.ID)
		}
		if got, want := len(f.Fields)+strings.Count(string(text), " common_"), strings.Count(string(text), "\tfield:"); got != want {
			t.Errorf("%s: %d fields, the file has %d", file, got, want)
		}
		for _, problem := range inconsistencies(f, u.Context(category, f.Name)) {
			t.Errorf("%s: %s", file, problem)
		}
	}
}

func mountTracefs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tracefs", dir, "tracefs", 0, ""); err != nil {
		t.Fatalf("mount tracefs (this test needs root): %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Errorf("unmount tracefs: %v", err)
		}
	})
	return dir
}

// inconsistencies lists what cannot be true of a format and its context type.
func inconsistencies(f *universe.Format, c *universe.Context) []string {
	var bad []string
	st := structOf(c)
	end := 8 // of the common fields
	names := map[string]bool{}
	for i, fld := range f.Fields {
		say := func(format string, args ...any) {
			bad = append(bad, fmt.Sprintf("%s %s: %s", fld.CType, fld.Name, fmt.Sprintf(format, args...)))
		}
		if fld.Offset < end && f.Category != "ftrace" {
			say("offset %d overlaps the field before, which ends at %d", fld.Offset, end)
		}
		end = fld.Offset + fld.Size
		if end > f.Size {
			say("ends at %d, behind the record's size %d", end, f.Size)
		}
		if name := st.Field(i).Name(); names[name] {
			say("a second field of the name")
		} else {
			names[name] = true
		}
		switch fld.Kind {
		case universe.FieldInt:
			if !slices.Contains([]int{1, 2, 4, 8}, fld.Width) || fld.Width > fld.Size {
				say("width %d of %d bytes", fld.Width, fld.Size)
			}
			if strings.Contains(fld.CType, "*") {
				say("a pointer is taken for an integer")
			}
		case universe.FieldPointer:
			if fld.Size != 8 || fld.User != (f.Category == "syscalls") {
				say("pointer of %d bytes, user %t", fld.Size, fld.User)
			}
		case universe.FieldArray:
			if fld.Len*fld.Elem != fld.Size {
				say("%d elements of %d bytes in %d bytes", fld.Len, fld.Elem, fld.Size)
			}
		case universe.FieldDataLoc, universe.FieldRelDataLoc:
			if fld.Size != 4 || fld.Elem == 0 {
				say("location of %d bytes, elements of %d", fld.Size, fld.Elem)
			}
		}
	}
	return bad
}
