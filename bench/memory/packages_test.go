package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClosureLeavesOutWhatIsAlwaysThere(t *testing.T) {
	const installed = `libc6|100|no|optional|, libgcc (>= 2)|
libgcc|10|no|optional|, |
dash|1|yes|required|libc6, |
tracer|7|no|optional|, libc6 (>= 2.3), llvm-15 | llvm-14, elf, gone | libbpf:any|
llvm-14|1000|no|optional|, zlib|
libelf1|20|no|optional|, zlib|elf (= 1)
zlib|3|no|optional|, |
libbpf|5|no|optional|, tracer|
removed||no|optional|, |
other|9|no|optional|, |
`
	all, err := parsePackages(strings.NewReader(installed))
	if err != nil {
		t.Fatal(err)
	}
	names, kB := closure(all, "tracer")
	if diff := cmp.Diff([]string{"tracer", "llvm-14", "zlib", "libelf1", "libbpf"}, names); diff != "" {
		t.Error(diff)
	}
	if kB != 7+1000+3+20+5 {
		t.Errorf("%d kB", kB)
	}
	if _, err := parsePackages(strings.NewReader("what\n")); err == nil {
		t.Error("a line that is no package was read")
	}
}
