package oracle

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"

	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Input is the arguments of a program as they lie in the context of the hook oracle:run.
type Input [inputSize]byte

// inputSize is how much of its context a raw tracepoint's program can read.
const inputSize = 96

// runFormat is the format of oracle:run. A program for it is a tracepoint's to the compiler, and to the kernel one of a raw
// tracepoint, which is what BPF_PROG_RUN takes.
const runFormat = `name: run
ID: 1
format:
	field:signed char a;	offset:8;	size:1;	signed:1;
	field:unsigned char b;	offset:9;	size:1;	signed:0;
	field:short c;	offset:10;	size:2;	signed:1;
	field:unsigned short d;	offset:12;	size:2;	signed:0;
	field:int e;	offset:16;	size:4;	signed:1;
	field:unsigned int f;	offset:20;	size:4;	signed:0;
	field:long g;	offset:24;	size:8;	signed:1;
	field:unsigned long h;	offset:32;	size:8;	signed:0;
	field:long i;	offset:40;	size:8;	signed:1;
	field:unsigned long j;	offset:48;	size:8;	signed:0;
`

// inputOffsets are where the parameters of a program lie in its Input.
var inputOffsets = [...]int{8, 9, 10, 12, 16, 20, 24, 32, 40, 48}

// boundary is a number near which mistakes are.
func boundary(r *rand.Rand) uint64 {
	n := uint64(1) << r.IntN(64)
	switch r.IntN(5) {
	case 0:
		return n - 1
	case 1:
		return -n
	case 2:
		return ^uint64(0) - uint64(r.IntN(3))
	case 3:
		return uint64(r.IntN(10))
	}
	return n
}

// NewInput is the n-th input of a seed: all zero, all ones, boundaries, and random numbers.
func NewInput(seed uint64, n int) Input {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	var in Input
	for off := 8; off < inputSize; off += 8 {
		v := r.Uint64() >> r.IntN(64)
		switch n {
		case 0:
			v = 0
		case 1:
			v = ^uint64(0)
		case 2, 3:
			v = boundary(r)
		case 4:
			v = uint64(r.IntN(8)) * 0x0101010101010101
		}
		binary.LittleEndian.PutUint64(in[off:], v)
	}
	if n == 3 {
		for off := 8; off < 24; off += 2 {
			binary.LittleEndian.PutUint16(in[off:], uint16(boundary(r)))
		}
	}
	return in
}

// Result is what a program makes of an input: a number, or a fault.
type Result struct {
	Value uint64
	Fault bool
}

// runKernel is a kernel with the hook oracle:run.
type runKernel struct{ features universe.Features }

// Tracepoint implements universe.Kernel.
func (k runKernel) Tracepoint(category, name string) *universe.Format {
	if category != "oracle" || name != "run" {
		return nil
	}
	f, err := universe.ParseFormat(runFormat)
	if err != nil {
		panic(err)
	}
	f.Category = "oracle"
	return f
}

// Tracepoints implements universe.Kernel.
func (runKernel) Tracepoints() []string { return []string{"oracle:run"} }

// Features implements universe.Kernel.
func (k runKernel) Features() universe.Features { return k.features }

// Cell is the program with a probe that runs it and leaves its result in out.
func (p *Program) Cell() source.Cell {
	var args []string
	for _, v := range parameters {
		args = append(args, v.typ.name+"(ctx."+v.name+")")
	}
	return source.Cell{Name: p.Name, Text: p.Text + "\nvar out uint64\n\nrun := oracle:run { out = " + p.Name + "(" + strings.Join(args, ", ") + ") }\n"}
}
