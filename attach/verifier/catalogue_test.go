package verifier_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"golang.org/x/tools/txtar"

	"go3s/attach"
	"go3s/attach/verifier"
)

var update = flag.Bool("update", false, "write testdata/catalogue.md")

// TestTheKernelSaysWhatTheCatalogueHas loads a program for each kind that this kernel's verifier can say something of, holds what it says
// against the catalogue, and writes the table that docs/ERRORS.md has.
func TestTheKernelSaysWhatTheCatalogueHas(t *testing.T) {
	kernel, ids := openKernel(t)
	programs, recorded := provoking(), recordings(t)
	var table strings.Builder
	table.WriteString("| the verifier says | that is | what to do | said by |\n|---|---|---|---|\n")
	for _, kind := range verifier.Catalogue() {
		by := "Linux 6.18"
		var log []string
		spec, here := programs[kind.Name]
		switch text := recorded[kind.Name]; {
		case here && text != "", here && kind.Only != "":
			t.Errorf("%s: it is both provoked and recorded", kind.Name)
		case here:
			spec.Name, spec.Maps = "refused", ids
			log = refusedBy(t, kernel, kind.Name, spec)
		case text != "" && kind.Only != "":
			by, log = kind.Only, strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		default:
			t.Errorf("%s: no program provokes it, and no log is recorded of kernels that say it", kind.Name)
		}
		r := verifier.Parse(log)
		if r.Kind == nil || r.Kind.Name != kind.Name {
			t.Errorf("%s: the verifier's %q is taken for %+v", kind.Name, log, r.Kind)
			continue
		}
		if strings.Contains(r.Words()+r.Remedy(), "$") || r.Remedy() == "" {
			t.Errorf("%s: %q, %q", kind.Name, r.Words(), r.Remedy())
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", cell(r.Reason), cell(r.Words()), cell(r.Remedy()), by)
	}
	golden(t, table.String())
}

// cell is text in a cell of a table. Numbers that differ from run to run become n.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func golden(t *testing.T, got string) {
	t.Helper()
	name := filepath.Join("testdata", "catalogue.md")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	if release := unix.ByteSliceToString(u.Release[:]); !strings.HasPrefix(release, "6.18.") {
		t.Logf("the words of Linux %s are not compared with those of 6.18", release)
		return
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("testdata/catalogue.md is not fresh (-file +now):\n%s", diff)
	}
}

func openKernel(t *testing.T) (*attach.Kernel, map[string]attach.MapID) {
	t.Helper()
	kernel, err := attach.Open(attach.Options{AnyHelper: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kernel.Close(); err != nil {
			t.Error(err)
		}
	})
	ids := make(map[string]attach.MapID)
	for i := range 65 {
		name := fmt.Sprintf("m%d", i)
		maps[name] = attach.MapSpec{Name: name, Kind: attach.Array, Key: 4, Value: 8, Entries: 1}
	}
	for name, spec := range maps {
		if ids[name], err = kernel.CreateMap(spec); err != nil {
			t.Fatal(err)
		}
	}
	return kernel, ids
}

// refusedBy is the log of the kernel's refusal of a program.
func refusedBy(t *testing.T, kernel *attach.Kernel, name string, spec attach.ProgramSpec) []string {
	t.Helper()
	_, err := kernel.Load(spec)
	refusal, ok := errors.AsType[*attach.VerifierError](err)
	if !ok {
		t.Errorf("%s: the outcome is %v", name, err)
		return nil
	}
	return refusal.Log
}

// recordings are logs of kernels that are not this one, by kind.
func recordings(t *testing.T) map[string]string {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("testdata", "recorded.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	logs := make(map[string]string)
	for _, f := range ar.Files {
		logs[f.Name] = string(f.Data)
	}
	return logs
}

func TestKindsHaveNamesAndPatternsOfTheirOwn(t *testing.T) {
	kinds := verifier.Catalogue()
	if len(kinds) < 40 {
		t.Errorf("only %d kinds", len(kinds))
	}
	names, words := make(map[string]bool), make(map[string]string)
	for _, kind := range kinds {
		if names[kind.Name] {
			t.Errorf("there are two %q", kind.Name)
		}
		names[kind.Name] = true
		if other := words[kind.Pattern]; other != "" {
			t.Errorf("%s and %s have one pattern", kind.Name, other)
		}
		words[kind.Pattern] = kind.Name
		groups := regexp.MustCompile(kind.Pattern).SubexpNames()
		for _, m := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(kind.Words+kind.Remedy, -1) {
			if !strings.Contains(" "+strings.Join(groups, " ")+" ", " "+m[1]+" ") {
				t.Errorf("%s: its pattern has no group %s", kind.Name, m[1])
			}
		}
	}
	for name := range provoking() {
		if !names[name] {
			t.Errorf("a program provokes %q, which is no kind", name)
		}
	}
}
