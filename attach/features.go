package attach

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

// Kernel versions that something here depends on, as in Features.Version.
const (
	ringBufferVersion = 5<<16 | 8<<8
	memcgVersion      = 5<<16 | 11<<8 // BPF memory is charged to the memory cgroup, no longer to RLIMIT_MEMLOCK
	capBPFVersion     = 5<<16 | 8<<8
)

// isaMemory is the thing of Recall that says which instruction set the kernel takes, in one byte.
const isaMemory = "instructions"

// findFeatures finds out what the kernel can do.
func (k *Kernel) findFeatures(version uint32) (Features, error) {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return Features{}, fmt.Errorf("count possible CPUs: %w", err)
	}
	f := Features{CPUs: cpus, Version: version}
	if online, err := onlineCPUs(); err == nil {
		f.Online = len(online)
	}
	if known := k.Recall(isaMemory); len(known) == 1 && known[0] >= 1 && known[0] <= newestISA {
		f.ISA = int(known[0])
		return f, nil
	}
	if f.ISA, err = probeISA(); err != nil {
		return Features{}, err
	}
	// A folder that can't be written to costs the next start the same again.
	_ = k.Keep(isaMemory, []byte{byte(f.ISA)})
	return f, nil
}

// newestISA is the newest instruction set that is known here.
const newestISA = 4

// probeISA asks the kernel for its instruction set. Distributions carry them back to older versions, and a JIT may lack what its version
// promises, so it is found by loading a program of each, newest first.
func probeISA() (int, error) {
	for isa := newestISA; isa > 1; isa-- {
		prog, err := ebpf.NewProgramWithOptions(&ebpf.ProgramSpec{
			Name:         "go3s_isa",
			Type:         ebpf.SocketFilter,
			Instructions: isaProbe(isa),
			License:      license,
		}, ebpf.ProgramOptions{LogDisabled: true})
		if err == nil {
			_ = prog.Close()
			return isa, nil
		}
		if isPermission(err) {
			return 0, refine("probe the instruction set", err)
		}
	}
	return 1, nil
}

// isaProbe is a program with one instruction that the given instruction set was the first to have.
func isaProbe(isa int) asm.Instructions {
	insns := asm.Instructions{asm.Mov.Imm(asm.R0, 0)}
	switch isa {
	case 2:
		insns = append(insns, asm.JLT.Imm(asm.R0, 1, "exit"))
	case 3:
		insns = append(insns, asm.JLT.Imm32(asm.R0, 1, "exit"))
	case 4:
		insns = append(insns, asm.MovSX8.Reg(asm.R0, asm.R0), asm.JLT.Imm32(asm.R0, 1, "exit"))
	}
	return append(insns, asm.Return().WithSymbol("exit"))
}

// HasHelper reports whether programs can call the helper of that number. Distributions carry helpers back to older versions, so it is found
// by loading a program that calls it.
func (k *Kernel) HasHelper(number int64) bool {
	return features.HaveProgramHelper(ebpf.RawTracepoint, asm.BuiltinFunc(number)) == nil
}

// kernelVersion is the version of the running kernel.
func kernelVersion() (uint32, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return 0, fmt.Errorf("read the kernel's version: %w", err)
	}
	signature, _ := os.ReadFile("/proc/version_signature")
	return parseVersion(unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Version[:]), string(signature))
}

// parseVersion finds the version of the upstream kernel. Debian's release is an ABI name ("6.1.0-21-amd64"), the version is
// in uname's version ("#1 SMP Debian 6.1.90-1 (2024-05-03)"); Ubuntu's is the last field of /proc/version_signature.
func parseVersion(release, version, signature string) (uint32, error) {
	if _, after, ok := strings.Cut(version, " Debian "); ok {
		if v, ok := leadingVersion(after); ok {
			return v, nil
		}
	}
	if f := strings.Fields(signature); len(f) > 1 {
		if v, ok := leadingVersion(f[len(f)-1]); ok {
			return v, nil
		}
	}
	if v, ok := leadingVersion(release); ok {
		return v, nil
	}
	return 0, fmt.Errorf("read the kernel's version: %q is none", release)
}

// leadingVersion parses "major.minor[.patch]" at the start of s.
func leadingVersion(s string) (uint32, bool) {
	end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end >= 0 {
		s = s[:end]
	}
	var v [3]uint32
	parts := strings.Split(strings.TrimSuffix(s, "."), ".")
	if len(parts) < 2 {
		return 0, false
	}
	for i, part := range parts[:min(len(parts), 3)] {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return 0, false
		}
		v[i] = uint32(n)
	}
	// As the kernel does it, since stable series have gone past 255.
	return v[0]<<16 | v[1]<<8 | min(v[2], 255), true
}

func versionString(v uint32) string { return fmt.Sprintf("%d.%d", v>>16, v>>8&0xff) }
