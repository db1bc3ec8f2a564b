package attach

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

// errNotRunnable is the error of running a program of a type that the kernel runs at its hook only.
var errNotRunnable = errors.New("only programs of the type raw tracepoint can be run by hand")

// Run runs a program of the type raw tracepoint once, here and now, in the context of this thread, with arguments that are all zero.
// Requires Linux 5.10.
//
// Source: BPF_PROG_RUN, bpf_prog_test_run_raw_tp in net/bpf/test_run.c.
func (k *Kernel) Run(id ProgramID) error {
	p, release, err := k.programs.use(int(id))
	if err != nil {
		return fmt.Errorf("run program: %w", err)
	}
	defer release()
	if p.typ != RawTracepoint {
		return fmt.Errorf("run program %s: %w", p.name, errNotRunnable)
	}
	if _, err := p.prog.Run(&ebpf.RunOptions{Context: make([]uint64, maxRawArgs)}); err != nil {
		return refine("run program "+p.name, err)
	}
	return nil
}

// maxRawArgs is how many arguments a raw tracepoint can have (MAX_BPF_FUNC_ARGS).
const maxRawArgs = 12
