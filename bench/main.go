// Command bench measures the program against named peers and writes what it found to docs/BENCHMARKS.md. It installs no
// peer: a measure whose peer is not there says so.
//
//	go run ./bench code            the size of the code against clang's
//	go run ./bench code -list NAME both listings of one program
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 || os.Args[1] != "code" {
		fmt.Fprintln(os.Stderr, "usage: bench code [-dir DIR] [-doc FILE] [-list NAME]")
		os.Exit(2)
	}
	flags := flag.NewFlagSet("code", flag.ExitOnError)
	dir := flags.String("dir", "bench/code", "where the pairs of programs are")
	doc := flags.String("doc", "", "file whose part P5 is rewritten")
	list := flags.String("list", "", "print both listings of this program and nothing else")
	_ = flags.Parse(os.Args[2:]) // ExitOnError
	if err := code(*dir, *doc, *list); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
