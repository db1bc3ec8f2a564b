package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/cilium/ebpf"

	"go3s/bench/host"
	"go3s/bench/peer"
)

// clang is the peer. It is Debian's package clang-19; nothing but this measure needs it.
const clang = "clang-19"

// clangVersion is the first line of what clang says of itself.
func clangVersion() (string, error) {
	if _, err := exec.LookPath(clang); err != nil {
		return "", fmt.Errorf("%s is not installed", clang)
	}
	return peer.Version(clang), nil
}

// compileC compiles and loads a program in C.
func compileC(k *host.Kernel, path string) (*listing, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	object := filepath.Join(dir, "prog.o")
	cmd := exec.Command(clang, "-O2", "-g", "-Wall", "-Werror", "-target", "bpf", fmt.Sprintf("-mcpu=v%d", host.ISA),
		fmt.Sprintf("-DCPUS=%d", k.Features().CPUs), "-c", path, "-o", object)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	text, err := os.ReadFile(object)
	if err != nil {
		return nil, err
	}
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if len(spec.Programs) != 1 {
		return nil, fmt.Errorf("%d programs, want one", len(spec.Programs))
	}
	for _, p := range spec.Programs {
		p.Type = ebpf.TracePoint
	}
	c, err := ebpf.NewCollection(spec)
	if err != nil {
		return nil, fmt.Errorf("%+v", err)
	}
	defer c.Close()
	for name, p := range c.Programs {
		return listingOf(spec.Programs[name].Instructions, p)
	}
	return nil, errors.New("no program")
}
