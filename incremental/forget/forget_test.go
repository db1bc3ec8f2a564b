package forget_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental/forget"
	"go3s/incremental/ir"
)

var update = flag.Bool("update", false, "rewrite testdata/after.ir")

// diamonds is a function with 2^n ways: n times a branch adds a bit of the context to a sum or leaves it. The last number is also an index.
func diamonds(n int) string {
	var b strings.Builder
	b.WriteString("func p sub {\n\tslot s size=64 align=8\nb0:\n\tv0 = param.ptr 0\n\tv1 = const.i64 0\n\tv2 = const.i32 0\n\tv3 = load64.i64 v0\n\tv4 = load8.i32 v0 +8\n\tv5 = zext32.i64 v4\n\tv6 = const.i64 7\n\tv7 = and.i64 v5 v6\n\tjump b1\n")
	sum := "v1"
	for i := range n {
		v, at := 10*(i+1), 2*i+1
		fmt.Fprintf(&b, "b%d:\n\tv%d = load32.i32 v0 +%d\n\tbr eq v%d v2 b%d b%d\n", at, v, 16+4*i, v, at+2, at+1)
		fmt.Fprintf(&b, "b%d:\n\tv%d = add.i64 %s v3\n\tjump b%d\n", at+1, v+1, sum, at+2)
		fmt.Fprintf(&b, "b%d:\n\tv%d = phi.i64 [b%d %s] [b%d v%d]\n\tjump b%d\n", 100+at, v+2, at, sum, at+1, v+1, at+2)
		sum = fmt.Sprintf("v%d", v+2)
	}
	text := b.String()
	for i := range n {
		at := 2*i + 1
		text = strings.ReplaceAll(text, fmt.Sprintf(" b%d b%d\n", at+2, at+1), fmt.Sprintf(" b%d b%d\n", 100+at, at+1))
		text = strings.ReplaceAll(text, fmt.Sprintf("v3\n\tjump b%d\n", at+2), fmt.Sprintf("v3\n\tjump b%d\n", 100+at))
	}
	last := 2*n + 1
	return text + fmt.Sprintf("b%d:\n\tv900 = slot.ptr s\n\tv901 = ptradd.ptr v900 v7\n\tstore8 v901 v4\n\tv902 = add.i64 %s v5\n\tret v902\n}\n", last, sum)
}

func parse(t *testing.T, text string) *ir.Module {
	t.Helper()
	m, err := ir.Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m
}

// TestNumbersBehindManyWaysLieInMemory has a function with 32 ways, one more than are left to the verifier at a place.
func TestNumbersBehindManyWaysLieInMemory(t *testing.T) {
	m := parse(t, diamonds(5))
	if !forget.Run(m.Funcs[0]) {
		t.Error("nothing is forgotten")
	}
	if err := ir.Verify(m); err != nil {
		t.Error(err)
	}
	name, got := filepath.Join("testdata", "after.ir"), ir.Print(m)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Error(d)
	}
}

func TestFewWaysStayAsTheyAre(t *testing.T) {
	m := parse(t, diamonds(4))
	before := ir.Print(m)
	if forget.Run(m.Funcs[0]) || ir.Print(m) != before {
		t.Error(cmp.Diff(before, ir.Print(m)))
	}
}
