package universe

import (
	"go/types"
	"maps"
	"slices"
)

// packets are the views of headers, with the kernel's structs: bpf.TcpPacket(p), which may be written bpf::tcp::Packet(p).
var packets = map[string]string{
	"TcpPacket": "tcphdr", "UdpPacket": "udphdr", "IpPacket": "iphdr", "Ipv6Packet": "ipv6hdr", "IcmpPacket": "icmphdr", "EthPacket": "ethhdr",
}

// packetNames are the names of the views of headers, sorted.
var packetNames = slices.Sorted(maps.Keys(packets))

// Packets lists the names of the views of headers. They are not to be changed.
func Packets() []string { return packetNames }

// DeclarePacket declares a view of a header. It reports false when the kernel's BTF has no such struct.
func (u *Universe) DeclarePacket(name string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.Pkg.Scope().Lookup(name) != nil {
		return true
	}
	b := u.btf()
	if b == nil {
		return false
	}
	t, ok := b.find(packets[name], btfStruct)
	if !ok {
		return false
	}
	k := u.kernelType(t, "")
	u.expand(b, k)
	params := types.NewTuple(types.NewParam(0, u.Pkg, "p", types.Universe.Lookup("any").Type()))
	result := types.NewTuple(unnamed(types.NewPointer(k.Named)))
	fn := types.NewFunc(0, u.Pkg, name, types.NewSignatureType(nil, nil, nil, params, result, false))
	u.declare(fn)
	u.intrinsics[fn] = View
	return true
}
