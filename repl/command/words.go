package command

import "slices"

// Word is a name that every probe knows: how it is written, and what it is.
type Word struct{ Name, Form, Text string }

// Words are the predeclared names, for help and completion.
func Words() []Word { return slices.Clone(words) }

// Keywords are the words of Go that a statement of a probe's body may begin with.
func Keywords() []string { return slices.Clone(keywords) }

var words = []Word{
	{"pid", "pid", "the process: uint32"},
	{"tid", "tid", "the thread: uint32"},
	{"uid", "uid", "the user: uint32"},
	{"gid", "gid", "the group: uint32"},
	{"comm", "comm", "the thread's name: string, 16 bytes"},
	{"cpu", "cpu", "the CPU the probe runs on: uint32"},
	{"nsecs", "nsecs", "nanoseconds since boot, of CLOCK_MONOTONIC: uint64"},
	{"ctx", "ctx.FIELD", "a field of the tracepoint, by the kernel's name; Tab after ctx. lists them"},
	{"str", "str(p), str(p, n)", "the string that p points to, 64 or n bytes of it"},
	{"printf", "printf(FORMAT, …)", "a log line, with Go's verbs"},
	{"print", "print(a, b, …)", "a log line: the values with blanks between them"},
	{"log", `log("…", "name", v, …)`, "a log line: a message and values with their names"},
	{"emit", "emit(v)", "a record: one value, mostly a struct"},
	{"exit", "exit(), exit(n)", "end this run and the tracing, with a status"},
	{"strftime", "strftime(FORMAT, ns)", "a time such as nsecs, as %H:%M:%S or 15:04:05 say"},
	{"ksym", "ksym(addr)", "an address in the kernel, by its symbol"},
	{"usym", "usym(addr)", "an address in the process, by its symbol and file"},
	{"kaddr", `kaddr("name")`, "the address of a symbol of the kernel"},
	{"ntop", "ntop(addr)", "an address of the network: a uint32, [4]byte or [16]byte"},
	{"buf", "buf(p, n)", "the n bytes that p points to"},
	{"delete", "delete(m, k)", "remove an entry of a map"},
}

var keywords = []string{"break", "const", "continue", "else", "false", "for", "if", "range", "return", "switch", "true", "var"}
