package ir

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// The errors that helpers return, as in the kernel.
const (
	errNoEnt = -2
	errBig   = -7
	errFault = -14
	errExist = -17
)

// helper runs a call.
func (fr *frame) helper(v *Value) word {
	h := v.Helper()
	if h == nil {
		stop("helper %d is not in the table", v.Imm)
	}
	num := func(n int) int64 { return fr.number(v.Args[n]) }
	switch v.Imm {
	case HelperKtimeGetNS, HelperKtimeGetBootNS, HelperKtimeGetCoarseNS, HelperKtimeGetTAINS, HelperJiffies64:
		fr.Now += fr.Tick
		return word{n: int64(fr.Now)}
	case HelperGetPrandomU32:
		fr.Random = fr.Random*6364136223846793005 + 1442695040888963407
		return word{n: int64(fr.Random >> 32)}
	case HelperMapLookupElem, HelperMapUpdateElem, HelperMapDeleteElem, HelperMapLookupPerCPUElem:
		return fr.mapHelper(v)
	case HelperTaskStorageGet:
		return fr.state(v)
	case HelperGetCurrentComm:
		buf := make([]byte, num(1))
		copy(buf[:max(len(buf)-1, 0)], fr.Comm)
		fr.write(fr.pointer(v.Args[0]), buf)
		return word{}
	case HelperProbeRead, HelperProbeReadKernel, HelperProbeReadUser, HelperCopyFromUser:
		return fr.probeRead(v, num(1))
	case HelperProbeReadStr, HelperProbeReadKernelStr, HelperProbeReadUserStr:
		return fr.probeReadStr(v, num(1))
	case HelperRingbufReserve, HelperRingbufSubmit, HelperRingbufDiscard, HelperRingbufOutput:
		return fr.ring(v)
	case HelperPerfEventOutput:
		fr.Records = append(fr.Records, fr.read(fr.pointer(v.Args[3]), int(num(4))))
		return word{}
	case HelperStrncmp:
		x := fr.read(fr.pointer(v.Args[0]), int(num(1)))
		y := fr.read(fr.pointer(v.Args[2]), int(num(1)))
		return word{n: int64(bytes.Compare(cString(x), cString(y)))}
	case HelperLoop:
		return fr.loop(v, num(0))
	}
	return fr.constant(v, h)
}

// constant answers the helpers that say the same throughout a run.
func (fr *frame) constant(v *Value, h *Helper) word {
	switch v.Imm {
	case HelperGetCurrentPIDTGID:
		return word{n: int64(fr.PIDTGID)}
	case HelperGetCurrentUIDGID:
		return word{n: int64(fr.UIDGID)}
	case HelperGetSmpProcessorID:
		return word{n: int64(fr.CPU)}
	case HelperGetCurrentTask, HelperGetCurrentTaskBTF:
		return word{n: int64(fr.Task)}
	case HelperGetCurrentCgroupID:
		return word{n: int64(fr.Cgroup)}
	case HelperGetAttachCookie:
		return word{n: int64(fr.Cookie)}
	case HelperGetFuncIP:
		return word{n: int64(fr.FuncIP)}
	case HelperGetNumaNodeID:
		return word{}
	}
	stop("no model of helper %s", h.Name)
	return word{}
}

func (fr *frame) mapHelper(v *Value) word {
	o := fr.get(v.Args[0]).obj
	if o == nil || o.m == nil {
		stop("the first argument is no map")
	}
	c := fr.contents(o.m)
	key := fr.read(fr.pointer(v.Args[1]), c.m.Key)
	switch v.Imm {
	case HelperMapLookupElem:
		return word{obj: c.at(fr.CPU, key)}
	case HelperMapLookupPerCPUElem:
		return word{obj: c.at(int(fr.number(v.Args[2])), key)}
	case HelperMapUpdateElem:
		return word{n: fr.update(c, key, fr.read(fr.pointer(v.Args[2]), c.m.Value), fr.number(v.Args[3]))}
	}
	if c.entries[string(key)] == nil || c.isArray() {
		return word{n: errNoEnt}
	}
	delete(c.entries, string(key))
	return word{}
}

// state is what a map has at the thread that runs, made if it is asked for. There is no other thread.
func (fr *frame) state(v *Value) word {
	o := fr.get(v.Args[0]).obj
	if o == nil || o.m == nil {
		stop("the first argument is no map")
	}
	if fr.number(v.Args[1]) != int64(fr.Task) {
		stop("the second argument is not the current task")
	}
	c := fr.contents(o.m)
	key := binary.LittleEndian.AppendUint32(nil, uint32(fr.PIDTGID))
	if c.entries[string(key)] == nil && fr.number(v.Args[3]) == 0 {
		return word{}
	}
	c.Set(fr.CPU, key, nil)
	return word{obj: c.at(fr.CPU, key)}
}

// update stores a value under the flags BPF_ANY, BPF_NOEXIST and BPF_EXIST.
func (fr *frame) update(c *Contents, key, value []byte, flags int64) int64 {
	exists := c.at(fr.CPU, key) != nil
	switch {
	case flags == 1 && exists:
		return errExist
	case flags == 2 && !exists, c.isArray() && !exists:
		return errNoEnt
	case !exists && len(c.entries) >= c.m.Entries:
		return errBig
	}
	c.Set(fr.CPU, key, value)
	return 0
}

// source reads up to size bytes of memory at an address that may be an object's; ok is false where it can't.
func (fr *frame) source(v *Value, size int64) (data []byte, ok bool) {
	w := fr.get(v)
	if w.obj != nil {
		return fr.read(w, int(size)), true
	}
	data = make([]byte, size)
	return data, fr.Read != nil && fr.Read(uint64(w.n), data)
}

func (fr *frame) probeRead(v *Value, size int64) word {
	dst := fr.pointer(v.Args[0])
	data, ok := fr.source(v.Args[2], size)
	if !ok {
		fr.write(dst, make([]byte, size))
		return word{n: errFault}
	}
	fr.write(dst, data)
	return word{}
}

// probeReadStr copies a string with its NUL and answers how many bytes that are. What follows the NUL counts as
// written, because a program may not rely on what was there before.
func (fr *frame) probeReadStr(v *Value, size int64) word {
	dst := fr.pointer(v.Args[0])
	text := make([]byte, size)
	for n := range text {
		at := fr.get(v.Args[2])
		at.n += int64(n)
		one := []byte{0}
		if at.obj != nil {
			one = fr.read(at, 1)
		} else if fr.Read == nil || !fr.Read(uint64(at.n), one) {
			fr.write(dst, make([]byte, size))
			return word{n: errFault}
		}
		if n == len(text)-1 {
			one[0] = 0
		}
		if text[n] = one[0]; one[0] == 0 {
			fr.keepTail(dst, text[:n+1], size)
			return word{n: int64(n + 1)}
		}
	}
	return word{}
}

// keepTail writes a string of which the bytes after it, up to size, stay as they are.
func (fr *frame) keepTail(dst word, text []byte, size int64) {
	dst.check(int(size))
	rest := slices.Clone(dst.obj.bytes[int(dst.n)+len(text) : dst.n+size])
	fr.write(dst, append(text, rest...))
}

func (fr *frame) ring(v *Value) word {
	switch v.Imm {
	case HelperRingbufReserve:
		size := fr.number(v.Args[1])
		if fr.RingFull || size <= 0 {
			return word{}
		}
		o := &object{name: fmt.Sprintf("record v%d", v.ID), bytes: make([]byte, size), written: make([]bool, size)}
		fr.open[o] = true
		return word{obj: o}
	case HelperRingbufOutput:
		if fr.RingFull {
			return word{n: -11}
		}
		fr.Records = append(fr.Records, fr.read(fr.pointer(v.Args[1]), int(fr.number(v.Args[2]))))
		return word{}
	}
	w := fr.pointer(v.Args[0])
	if !fr.open[w.obj] || w.n != 0 {
		stop("no reserved record is given back")
	}
	delete(fr.open, w.obj)
	w.obj.gone = true
	if v.Imm == HelperRingbufSubmit {
		// Bytes of a record that nobody wrote are what the ring held before; they read as 0 here.
		fr.Records = append(fr.Records, slices.Clone(w.obj.bytes))
	}
	return word{}
}

// loop calls the function with the index and the context until it answers 1, and says how often it ran.
func (fr *frame) loop(v *Value, count int64) word {
	o := fr.get(v.Args[1]).obj
	if o == nil || o.fn == "" {
		stop("the second argument is no function")
	}
	f := fr.function(o.fn)
	if len(f.Params) != 2 {
		stop("%s has %d parameters, want 2", o.fn, len(f.Params))
	}
	for n := range count {
		if fr.call(f, []word{{n: n}, fr.get(v.Args[2])}).n != 0 {
			return word{n: n + 1}
		}
	}
	return word{n: count}
}

func cString(b []byte) []byte {
	if n := bytes.IndexByte(b, 0); n >= 0 {
		return b[:n]
	}
	return b
}
