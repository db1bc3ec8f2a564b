package universetest

import (
	"fmt"
	"sync"

	"github.com/cilium/ebpf/btf"

	"go3s/incremental/universe"
)

// BTF implements universe.TypedKernel: a small task_struct with a field of each kind, functions, and two raw tracepoints, laid out as
// Linux lays them out on x86-64 but with offsets of their own.
func (k *Fake) BTF() *universe.BTF { return types() }

// types builds the BTF once.
var types = sync.OnceValue(func() *universe.BTF {
	b, err := universe.ParseBTF(Blob())
	if err != nil {
		panic(fmt.Sprintf("parse BTF: %v", err))
	}
	return b
})

// Blob is what the BTF method describes, in the format in which kernels have it.
func Blob() []byte {
	b, err := btf.NewBuilder(kernelTypes(), nil)
	if err != nil {
		panic(fmt.Sprintf("build BTF: %v", err))
	}
	blob, err := b.Marshal(nil, nil)
	if err != nil {
		panic(fmt.Sprintf("build BTF: %v", err))
	}
	return blob
}

func pointer(t btf.Type) *btf.Pointer { return &btf.Pointer{Target: t} }

func member(name string, t btf.Type, offset int) btf.Member {
	return btf.Member{Name: name, Type: t, Offset: btf.Bits(8 * offset)}
}

// kernelTypes are the types of the fake kernel.
func kernelTypes() []btf.Type {
	char := &btf.Int{Name: "char", Size: 1, Encoding: btf.Signed}
	uchar := &btf.Int{Name: "unsigned char", Size: 1}
	boolean := &btf.Int{Name: "_Bool", Size: 1, Encoding: btf.Bool}
	integer := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	unsigned := &btf.Int{Name: "unsigned int", Size: 4}
	long := &btf.Int{Name: "long", Size: 8, Encoding: btf.Signed}
	ulong := &btf.Int{Name: "unsigned long", Size: 8}
	pid := &btf.Typedef{Name: "pid_t", Type: integer}

	atomic := &btf.Typedef{Name: "atomic_t", Type: &btf.Struct{Size: 4, Members: []btf.Member{member("counter", integer, 0)}}}
	qstr := &btf.Struct{Name: "qstr", Size: 16, Members: []btf.Member{member("len", unsigned, 0), member("name", pointer(&btf.Const{Type: uchar}), 8)}}
	dentry := &btf.Struct{Name: "dentry", Size: 32, Members: []btf.Member{member("d_flags", unsigned, 0), member("d_name", qstr, 16)}}
	path := &btf.Struct{Name: "path", Size: 16, Members: []btf.Member{member("dentry", pointer(dentry), 8)}}
	file := &btf.Struct{Name: "file", Size: 64, Members: []btf.Member{member("f_path", path, 32), member("f_pos", long, 48)}}
	mm := &btf.Struct{Name: "mm_struct", Size: 128, Members: []btf.Member{
		member("total_vm", ulong, 16), member("exe_file", pointer(file), 96), member("mm_count", atomic, 100),
	}}
	mode := &btf.Enum{Name: "task_mode", Size: 4, Values: []btf.EnumValue{{Name: "MODE_IDLE", Value: 0}, {Name: "MODE_BUSY", Value: 7}}}
	id := func(name string) btf.Type {
		return &btf.Typedef{Name: name, Type: &btf.Struct{Size: 4, Members: []btf.Member{member("val", unsigned, 0)}}}
	}
	cred := &btf.Struct{Name: "cred", Size: 64, Members: []btf.Member{member("uid", id("kuid_t"), 8), member("gid", id("kgid_t"), 12)}}
	task := &btf.Struct{Name: "task_struct", Size: 256}
	inner := &btf.Union{Size: 8, Members: []btf.Member{member("exit_code", integer, 0), member("exit_task", pointer(task), 0)}}
	task.Members = []btf.Member{
		member("flags", unsigned, 0),
		member("pid", pid, 4), member("tgid", pid, 8), member("mode", mode, 12),
		member("real_parent", pointer(task), 16), member("mm", pointer(mm), 24),
		member("comm", &btf.Array{Index: unsigned, Type: char, Nelems: 16}, 32),
		{Name: "in_execve", Type: unsigned, Offset: 48 * 8, BitfieldSize: 1},
		{Name: "nice", Type: integer, Offset: 48*8 + 3, BitfieldSize: 6},
		member("", inner, 56),
		member("prio", &btf.Array{Index: unsigned, Type: integer, Nelems: 4}, 64),
		member("type", boolean, 80), member("stack", pointer(&btf.Void{}), 88),
		member("children", &btf.Array{Index: unsigned, Type: pointer(task), Nelems: 2}, 96),
		member("cred", pointer(&btf.Const{Type: cred}), 112),
	}
	sock := &btf.Struct{Name: "sock", Size: 16, Members: []btf.Member{member("sk_protocol", unsigned, 8)}}
	skb := &btf.Struct{Name: "sk_buff", Size: 32, Members: []btf.Member{member("len", unsigned, 8), member("sk", pointer(sock), 16)}}
	regs := &btf.Struct{Name: "pt_regs", Size: 168, Members: []btf.Member{member("di", ulong, 112)}}

	function := func(name string, result btf.Type, params ...btf.FuncParam) *btf.Func {
		return &btf.Func{Name: name, Type: &btf.FuncProto{Return: result, Params: params}, Linkage: btf.StaticFunc}
	}
	param := func(name string, t btf.Type) btf.FuncParam { return btf.FuncParam{Name: name, Type: t} }
	tracepoint := func(name string, params ...btf.FuncParam) []btf.Type {
		params = append([]btf.FuncParam{param("__data", pointer(&btf.Void{}))}, params...)
		unnamed := make([]btf.FuncParam, len(params))
		for i, p := range params {
			unnamed[i].Type = p.Type
		}
		proto := &btf.FuncProto{Return: &btf.Void{}, Params: unnamed}
		return []btf.Type{&btf.Typedef{Name: "btf_trace_" + name, Type: pointer(proto)}, function("__bpf_trace_"+name, &btf.Void{}, params...)}
	}
	all := []btf.Type{
		task, skb, atomic, mode, regs,
		function("tcp_v4_do_rcv", integer, param("sk", pointer(sock)), param("skb", pointer(skb))),
		function("__x64_sys_open", long, param("regs", pointer(&btf.Const{Type: regs}))),
	}
	all = append(all, tracepoint("sched_switch", param("preempt", boolean), param("prev", pointer(task)), param("next", pointer(task)))...)
	return append(all, tracepoint("sys_enter", param("regs", pointer(regs)), param("id", long))...)
}
