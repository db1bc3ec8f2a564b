package session

import (
	"go3s/attach"
	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/universe"
)

// programTypes are the types of programs as package attach calls them.
var programTypes = map[ir.Kind]attach.ProgramType{
	ir.Tracepoint: attach.Tracepoint, ir.RawTP: attach.RawTracepoint, ir.TPBTF: attach.TracingTP, ir.KProbe: attach.KProbe,
	ir.FEntry: attach.FEntry, ir.FExit: attach.FExit, ir.PerfEvent: attach.PerfEvent, ir.XDP: attach.XDP, ir.TC: attach.TC,
}

// attachHook is where a probe goes, as package attach says it.
func attachHook(p *incremental.Probe) attach.Hook {
	h := attach.Hook{Type: programTypes[p.Kind], Category: p.Hook.Category, Name: p.Hook.Name}
	switch p.Hook.Kind {
	case "tracepoint", "raw_tp", "tp_btf", "fentry", "fexit", "xdp", "tc":
	case "profile", "interval":
		h.Kind = p.Hook.Kind
		h.Nanoseconds, h.Hertz, _ = universe.Period(p.Hook.Name)
	default:
		h.Kind = p.Hook.Kind
	}
	return h
}
