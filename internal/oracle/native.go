package oracle

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// nativeMain runs all programs over all inputs: it reads their number and the inputs, and writes nine bytes a result.
const nativeMain = `package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
)

func run(f func(in []byte) uint64, in []byte) (v uint64, fault byte) {
	defer func() {
		if recover() != nil {
			v, fault = 0, 1
		}
	}()
	return f(in), 0
}

func main() {
	r, w := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	var in [%d]byte
	for {
		if _, err := io.ReadFull(r, in[:]); err != nil {
			break
		}
		for _, f := range programs {
			v, fault := run(f, in[:])
			var out [9]byte
			binary.LittleEndian.PutUint64(out[:], v)
			out[8] = fault
			w.Write(out[:])
		}
	}
	w.Flush()
}

`

// Native builds the programs with Go's compiler and runs them over the inputs. The result of program p for input n is at
// [p][n]. Folder dir is used for the build; it may exist already.
func Native(dir string, programs []*Program, inputs []Input) ([][]Result, error) {
	if err := writeModule(dir, programs); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-gcflags=-N -l -e", "-ldflags=-s -w", "-o", "native", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "GOTOOLCHAIN=local", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build of the programs in %s: %w\n%s", dir, err, out)
	}
	var in bytes.Buffer
	for i := range inputs {
		in.Write(inputs[i][:])
	}
	run := exec.CommandContext(ctx, filepath.Join(dir, "native"))
	run.Stdin = &in
	var stderr bytes.Buffer
	run.Stderr = &stderr
	out, err := run.Output()
	if err != nil {
		return nil, fmt.Errorf("run the programs in %s: %w\n%s", dir, err, stderr.String())
	}
	if want := 9 * len(programs) * len(inputs); len(out) != want {
		return nil, fmt.Errorf("the programs in %s wrote %d bytes, want %d", dir, len(out), want)
	}
	results := make([][]Result, len(programs))
	for n := range inputs {
		for p := range programs {
			r := out[9*(n*len(programs)+p):]
			results[p] = append(results[p], Result{binary.LittleEndian.Uint64(r), r[8] != 0})
		}
	}
	return results, nil
}

// packageVariable is the declaration of one, by name and type. It starts anew with each run.
var packageVariable = regexp.MustCompile(`(?m)^var (\w+) (.+)$`)

// writeModule writes a Go module of the programs and the main function that runs them.
func writeModule(dir string, programs []*Program) error {
	var b strings.Builder
	fmt.Fprintf(&b, nativeMain, inputSize)
	b.WriteString("var programs = []func(in []byte) uint64{\n")
	for _, p := range programs {
		var args []string
		for i, v := range parameters {
			word := "uint64(in[" + fmt.Sprint(inputOffsets[i]) + "])"
			if n := v.typ.bits; n > 8 {
				word = fmt.Sprintf("binary.LittleEndian.Uint%d(in[%d:])", n, inputOffsets[i])
			}
			args = append(args, v.typ.name+"("+word+")")
		}
		reset := ""
		for _, v := range packageVariable.FindAllStringSubmatch(p.Text, -1) {
			first := "*new(" + v[2] + ")"
			if strings.HasPrefix(v[2], "map[") {
				first = "make(" + v[2] + ")"
			}
			reset += v[1] + " = " + first + "; "
		}
		fmt.Fprintf(&b, "\tfunc(in []byte) uint64 { %sreturn %s(%s) },\n", reset, p.Name, strings.Join(args, ", "))
	}
	b.WriteString("}\n")
	files := map[string]string{"go.mod": "module native\n\ngo 1.26\n", "main.go": b.String()}
	const perFile = 100 // programs
	for i := 0; i < len(programs); i += perFile {
		var f strings.Builder
		f.WriteString("package main\n\nimport \"strings\"\n\nvar _ strings.Builder\n")
		for _, p := range programs[i:min(i+perFile, len(programs))] {
			f.WriteString("\n" + p.Text)
		}
		files[fmt.Sprintf("programs%d.go", i/perFile)] = f.String()
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}
