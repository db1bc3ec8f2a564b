package oracle

import (
	"encoding/binary"
	"fmt"

	"go3s/incremental"
	"go3s/incremental/forget"
	"go3s/incremental/ir"
	"go3s/incremental/opt"
)

// Step is the IR of a program at one point of the optimizer.
type Step struct {
	Pass string // that ran last
	IR   string
}

// Steps optimizes a program's lowered IR and returns it before the first pass, after each pass that changed something, and after
// package forget, which only runs with care.
func Steps(lowered string, o opt.Options) ([]Step, error) {
	m, err := ir.Parse(lowered)
	if err != nil {
		return nil, fmt.Errorf("parse the lowered IR: %w", err)
	}
	steps := []Step{{"lower", ir.Print(m)}}
	o.Verify = true
	o.Trace = func(pass string, f *ir.Func) {
		if text := ir.Print(m); text != steps[len(steps)-1].IR {
			steps = append(steps, Step{pass + " of " + f.Name, text})
		}
	}
	if err := opt.Run(m, o); err != nil {
		return nil, err
	}
	for _, f := range m.Funcs {
		forget.Run(f)
	}
	if err := ir.Verify(m); err != nil {
		return nil, fmt.Errorf("after forgetting: %w", err)
	}
	steps = append(steps, Step{"forgetting", ir.Print(m)})
	return steps, nil
}

// Interpret runs the IR of a program over inputs, each from the beginning.
func Interpret(text string, cpus int, ins []Input) ([]Result, error) {
	m, err := ir.Parse(text)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(ins))
	for n, in := range ins {
		i := ir.NewInterp(m)
		i.CPUs, i.Limit = cpus, 1<<22
		if _, err := i.Run("run", in[:]); err != nil {
			return nil, fmt.Errorf("input %d: %w", n, err)
		}
		faults := i.Maps["run"+incremental.StatsSuffix].Get(0, make([]byte, 4))
		if binary.LittleEndian.Uint64(faults[8*incremental.StatFault:]) > 0 {
			results[n].Fault = true
			continue
		}
		if out := i.Maps["out"]; out != nil {
			results[n].Value = binary.LittleEndian.Uint64(out.Get(0, make([]byte, 4)))
		}
	}
	return results, nil
}
