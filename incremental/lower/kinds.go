package lower

import "go3s/incremental/ir"

// programKind is the type of program for a kind of hook. Hooks that the kernel has no place for, begin, end and those of a probe's own
// life, are raw tracepoint programs, which user space can run by hand.
func programKind(hook string) ir.Kind {
	switch hook {
	case "raw_tp", "begin", "end", "onload", "onunload":
		return ir.RawTP
	case "tp_btf":
		return ir.TPBTF
	case "kprobe", "kretprobe", "uprobe", "uretprobe":
		return ir.KProbe
	case "fentry":
		return ir.FEntry
	case "fexit":
		return ir.FExit
	case "profile", "interval":
		return ir.PerfEvent
	case "xdp":
		return ir.XDP
	case "tc":
		return ir.TC
	}
	return ir.Tracepoint
}

// What programs that decide over packets return to let one pass.
const (
	xdpPass = 2  // XDP_PASS
	tcNext  = -1 // TCX_NEXT, TC_ACT_UNSPEC: whatever comes next decides
)

// verdict is what a program returns that says nothing: to watch a packet must not change its way.
func verdict(k ir.Kind) int64 {
	switch k {
	case ir.XDP:
		return xdpPass
	case ir.TC:
		return tcNext
	}
	return 0
}

// contextPointer reads a pointer to kernel memory from the context.
func (l *lowerer) contextPointer(p *place) operand {
	return l.readOnce(kernelRead{base: p.base, off: p.off, size: 8}, func() operand {
		v := l.emit(ir.OpLoadPtr, ir.Ptr, p.base)
		v.Imm = p.off
		x := l.kernelPointer(v, p.field.walks)
		x.ptr.strict = p.field.strict
		return x
	})
}
