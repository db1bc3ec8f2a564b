// Command size compares the code of every pair of programs in bench/code, one in Go3s and one in C, in the table of docs/BENCHMARKS.md, P5: the
// instructions that the kernel's verifier makes of them. The peer is clang; without it the measure is skipped. It needs root.
//
//	go run ./bench/size [-dir DIR] [-doc FILE]
//	go run ./bench/size -list NAME    both listings of one program
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"go3s/bench/document"
)

func main() {
	dir := flag.String("dir", "bench/code", "where the pairs of programs are")
	doc := flag.String("doc", "", "file whose part P5 is rewritten")
	list := flag.String("list", "", "print both listings of this program and nothing else")
	flag.Parse()
	if *list == "" {
		os.Exit(document.Publish("size", *doc, "P5", func(w io.Writer) ([]document.Figure, error) { return compare(w, *dir) }))
	}
	pairs, err := load(*dir, *list)
	if err == nil {
		err = printListings(os.Stdout, pairs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}
