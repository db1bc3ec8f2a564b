// Package layers holds the rules of the house: which package may import which. Its test keeps them.
package layers

// Rule says what the packages below a folder may import.
type Rule struct {
	// Dir is the folder, relative to the module; the rule is for the package in it and all below, unless a longer Dir fits.
	Dir string
	// Module lists the folders of this module that may be imported; a trailing "/..." stands for all below.
	Module []string
	// Outside lists the import paths of other modules that may be imported; a trailing "/..." stands for all below.
	Outside []string
	// Std lists packages of the standard library that may not be imported.
	NoStd []string
	// Why is the reason, shown with a violation.
	Why string
}

// Owners are import paths that only one folder may use.
var Owners = map[string]string{
	"github.com/chzyer/readline":       "repl",
	"github.com/charmbracelet/":        "view",
	"github.com/muesli/":               "view",
	"github.com/cilium/ebpf/link":      "attach",
	"github.com/cilium/ebpf/ringbuf":   "attach",
	"github.com/cilium/ebpf/rlimit":    "attach",
	"github.com/rogpeppe/go-internal/": "cmd",
}

// noWorld are the packages through which code reaches files, descriptors, clocks and chance.
var noWorld = []string{"os", "os/exec", "io/ioutil", "net", "syscall", "time", "math/rand", "math/rand/v2", "path/filepath"}

// shown are the packages of what a session hands up: values that the prompt, the view and the outputs show.
var shown = []string{"session", "session/guard", "session/harmless", "session/host", "session/record", "session/settings", "session/table"}

// with is a list and more.
func with(list []string, more ...string) []string { return append(more, list...) }

// Rules are the rows of the house, from the ground up.
var Rules = []Rule{
	{Dir: "incremental/source", NoStd: noWorld, Why: "texts and diagnostics rest on nothing"},
	{Dir: "incremental/layout", NoStd: noWorld, Why: "layouts rest on nothing"},
	{Dir: "incremental/arena", NoStd: noWorld, Why: "memory rests on nothing"},
	{Dir: "incremental/abi", Module: []string{"incremental/layout", "incremental/source"}, NoStd: noWorld, Why: "programs and user space agree on plain data"},
	{Dir: "incremental/syntax", Module: []string{"incremental/source"}, NoStd: noWorld, Why: "text to syntax needs nothing else"},
	{Dir: "incremental/universe", Module: []string{"incremental/source", "incremental/layout", "incremental/abi"}, NoStd: noWorld, Why: "the kernel is a value handed to the compiler"},
	{Dir: "incremental/universe/universetest", Module: []string{"incremental/source", "incremental/universe"}, Outside: []string{"golang.org/x/tools/txtar", "github.com/cilium/ebpf/btf"}, Why: "a kernel for tests, whose types are built as the kernel's are"},
	{Dir: "incremental/check", Module: []string{"incremental/source", "incremental/syntax", "incremental/universe", "incremental/layout", "incremental/abi", "incremental/arena"}, NoStd: noWorld, Why: "names and types only"},
	{Dir: "incremental/ir", Module: []string{"incremental/source", "incremental/arena"}, NoStd: append([]string{"go/ast", "go/types", "go/parser"}, noWorld...), Why: "the IR never sees Go"},
	{Dir: "incremental/opt", Module: []string{"incremental/source", "incremental/ir", "incremental/arena"}, NoStd: append([]string{"go/ast", "go/types", "go/parser"}, noWorld...), Why: "passes never see Go"},
	{Dir: "incremental/forget", Module: []string{"incremental/ir"}, NoStd: append([]string{"go/ast", "go/types", "go/parser"}, noWorld...), Why: "it rewrites IR, as a pass does"},
	{
		Dir: "incremental/codegen", Module: []string{"incremental/source", "incremental/ir", "incremental/arena"},
		Outside: []string{"github.com/cilium/ebpf/asm", "github.com/cilium/ebpf/btf"},
		NoStd:   append([]string{"go/ast", "go/types", "go/parser"}, noWorld...), Why: "code is generated from the IR alone",
	},
	{
		Dir:     "incremental/lower",
		Module:  []string{"incremental/source", "incremental/layout", "incremental/abi", "incremental/check", "incremental/syntax", "incremental/universe", "incremental/ir", "incremental/arena", "incremental/lower/loops", "incremental/lower/text"},
		Outside: []string{"golang.org/x/tools/go/ssa"}, NoStd: noWorld, Why: "Go meets the IR here",
	},
	{Dir: "incremental/lower/loops", Module: []string{"incremental/source", "incremental/ir", "incremental/arena"}, NoStd: append([]string{"go/ast", "go/types", "go/parser"}, noWorld...), Why: "it rewrites IR, as a pass does"},
	{
		Dir: "incremental/lower/text", Module: []string{"incremental/layout", "incremental/check", "incremental/universe"},
		Outside: []string{"golang.org/x/tools/go/ssa"}, NoStd: noWorld, Why: "it reads go/ssa and makes a table",
	},
	{
		Dir: "incremental", Module: []string{"incremental/..."}, Outside: []string{"github.com/cilium/ebpf/asm", "github.com/cilium/ebpf/btf"},
		NoStd: noWorld, Why: "the compiler opens no file and reads no clock",
	},
	{Dir: "attach/tracefs", Outside: []string{"golang.org/x/sys/unix"}, Why: "tracefs is files"},
	{Dir: "attach/ring", Outside: []string{"github.com/cilium/ebpf/...", "golang.org/x/sys/unix"}, Why: "the ring is one mapping"},
	{Dir: "attach/verifier", NoStd: noWorld, Why: "what the verifier says is text"},
	{Dir: "attach/refusal", Outside: []string{"golang.org/x/sys/unix"}, Why: "why the kernel says no follows from a number and from files"},
	{Dir: "private", Outside: []string{"golang.org/x/sys/unix"}, NoStd: []string{"os/exec", "net"}, Why: "private files are files"},
	{Dir: "attach/recall", Module: []string{"private"}, Outside: []string{"golang.org/x/sys/unix"}, NoStd: []string{"os/exec", "net"}, Why: "what is known of a kernel is kept in files"},
	{Dir: "attach", Module: []string{"attach/..."}, Outside: []string{"github.com/cilium/ebpf/...", "golang.org/x/sys/unix"}, Why: "kernel objects know nothing of Go3s"},
	{Dir: "session", Module: []string{"incremental/...", "attach", "attach/verifier", "session/..."}, Outside: []string{"golang.org/x/sys/unix", "github.com/cilium/ebpf/asm"}, Why: "a session has no terminal"},
	{Dir: "session/printed", Module: []string{"incremental", "incremental/layout", "incremental/abi"}, Why: "a line is made of a record alone"},
	{Dir: "session/blame", Module: []string{"attach", "attach/verifier", "incremental", "incremental/source"}, NoStd: []string{"os", "os/exec", "net", "time"}, Why: "a refusal is an error and a text"},
	{Dir: "session/clock", Outside: []string{"golang.org/x/sys/unix"}, NoStd: []string{"os", "os/exec", "net"}, Why: "a clock is two system calls and their difference"},
	{Dir: "session/events", NoStd: noWorld, Why: "who hears of what knows neither kernel nor clock"},
	{Dir: "session/guard", Module: []string{"session/harmless"}, NoStd: []string{"os", "os/exec", "net"}, Why: "decisions follow from figures"},
	{Dir: "session/harmless", Module: []string{"incremental/source"}, NoStd: noWorld, Why: "text is made of text"},
	{Dir: "session/host", Module: []string{"attach", "incremental/source", "incremental/universe"}, Outside: []string{"golang.org/x/sys/unix"}, NoStd: []string{"os", "os/exec", "net"}, Why: "the compiler sees a kernel that is asked through an interface"},
	{Dir: "session/record", Module: []string{"incremental", "incremental/layout", "session/printed"}, NoStd: []string{"os", "os/exec", "net"}, Why: "records are bytes until somebody looks"},
	{
		Dir: "session/program", Module: []string{"incremental", "incremental/abi", "incremental/check", "incremental/source", "incremental/syntax", "incremental/universe"},
		NoStd: noWorld, Why: "cells are texts, and what becomes of them in the kernel is the session's matter",
	},
	{Dir: "session/settings", Module: []string{"incremental", "incremental/source", "incremental/universe"}, NoStd: []string{"os/exec", "net", "time"}, Why: "a setting is a word, and what follows from it is the session's matter"},
	{Dir: "session/table", Module: []string{"attach", "incremental", "incremental/abi", "incremental/ir", "incremental/layout"}, NoStd: []string{"os", "os/exec", "net"}, Why: "rows are made of bytes and types alone"},
	{Dir: "session/sums", Module: []string{"attach", "incremental", "incremental/abi"}, NoStd: noWorld, Why: "sums are made of bytes and types alone"},
	{Dir: "session/journal", Module: []string{"session", "session/harmless", "incremental"}, Why: "the system log is told of events"},
	{Dir: "output", Module: with(shown, "incremental/..."), Why: "what a run prints comes from the session"},
	{Dir: "view/theme", Outside: []string{"github.com/charmbracelet/...", "github.com/muesli/termenv", "golang.org/x/term"}, Why: "a theme is data"},
	{Dir: "view/sheet", Module: with(shown, "view/pane"), Why: "the contents of maps are made ready beside the panes"},
	{Dir: "view/pane", Module: with(shown, "output", "view/theme", "view/sheet", "view/viewtest", "repl/line", "repl/complete", "incremental/..."), Outside: []string{"github.com/charmbracelet/..."}, Why: "no pane knows another"},
	{Dir: "view/shot", Outside: []string{"github.com/charmbracelet/x/ansi", "golang.org/x/image/..."}, Why: "a picture is made of what a screen shows"},
	{Dir: "view/viewtest", Module: with(shown, "view/pane", "view/sheet", "view/theme"), Outside: []string{"github.com/charmbracelet/...", "github.com/muesli/termenv", "github.com/google/go-cmp/cmp"}, Why: "what tests of panes share"},
	{Dir: "view", Module: with(shown, "session/sessiontest", "view/...", "repl/line", "repl/complete", "incremental/..."), Outside: []string{"github.com/charmbracelet/...", "github.com/muesli/termenv", "golang.org/x/term", "golang.org/x/sys/unix"}, Why: "the view talks to the session"},
	{Dir: "repl/command", Module: with(shown, "output", "incremental/source"), Outside: []string{"golang.org/x/sys/unix"}, NoStd: []string{"os/exec", "net"}, Why: "commands know no terminal"},
	{Dir: "repl/history", Module: []string{"private"}, NoStd: []string{"os/exec", "net"}, Why: "what was typed is kept in one file"},
	{Dir: "repl/complete", Module: with(shown, "session/sessiontest", "repl/command", "incremental/..."), NoStd: []string{"os/exec", "net"}, Why: "completion knows no terminal"},
	{Dir: "repl/line", Module: []string{"repl/complete", "incremental/source"}, NoStd: []string{"os", "os/exec", "net"}, Why: "the line editor is keys in, lines of text out"},
	{Dir: "repl", Module: with(shown, "output", "repl/...", "incremental/..."), Outside: []string{"github.com/chzyer/readline", "golang.org/x/sys/unix"}, Why: "the prompt talks to the session"},
	{Dir: "demo", Module: []string{"session", "demo/...", "incremental/source"}, Outside: []string{"golang.org/x/sys/unix"}, Why: "a demo is programs and the work that moves them"},
	{Dir: "bench", Module: []string{"bench/document", "bench/peer", "bench/workload"}, Outside: []string{"golang.org/x/sys/unix"}, Why: "one command runs the measures beside the house"},
	{Dir: "bench/document", Why: "a document is a file"},
	{Dir: "bench/stats", Why: "figures are arithmetic"},
	{Dir: "bench/peer", Why: "a peer is a program that is installed or not"},
	{Dir: "bench/workload", Outside: []string{"golang.org/x/sys/unix"}, Why: "events are system calls"},
	{Dir: "bench/terminal", Module: []string{"internal/pty"}, Why: "what a user sees is the program on a terminal"},
	{Dir: "bench/host", Module: []string{"attach", "incremental/universe"}, Why: "the compiler is given a kernel"},
	{Dir: "bench/size", Module: []string{"incremental/...", "bench/document", "bench/host", "bench/peer"}, Outside: []string{"github.com/cilium/ebpf/...", "golang.org/x/sys/unix"}, Why: "code is counted by the kernel that has loaded it"},
	{Dir: "bench/compile", Module: []string{"incremental/...", "bench/document", "bench/host", "bench/peer", "bench/stats"}, Why: "the compiler alone"},
	{Dir: "bench/traced", Module: []string{"incremental/source", "session", "attach"}, Outside: []string{"github.com/cilium/ebpf/...", "golang.org/x/sys/unix"}, Why: "an event runs what a session has attached, or an empty program"},
	{Dir: "bench/event", Module: []string{"bench/document", "bench/peer", "bench/stats", "bench/traced", "bench/workload"}, Outside: []string{"github.com/cilium/ebpf/...", "golang.org/x/sys/unix"}, Why: "what an event costs is the time of a system call, and what a piece of it costs that of a program by hand"},
	{Dir: "bench/ring", Module: []string{"bench/document", "bench/peer", "bench/stats", "bench/traced", "bench/workload"}, Outside: []string{"golang.org/x/sys/unix"}, Why: "a log line is printed by the program"},
	{Dir: "bench/latency", Module: []string{"bench/document", "bench/peer", "bench/stats", "bench/workload", "incremental/source", "session", "attach"}, Outside: []string{"golang.org/x/sys/unix"}, Why: "what a user waits for is a session"},
	{Dir: "bench/view", Module: []string{"bench/document", "bench/stats", "bench/terminal", "bench/workload"}, Why: "what a user sees is the program on a terminal"},
	{Dir: "bench/memory", Module: []string{"bench/document", "bench/peer", "bench/stats", "bench/terminal", "bench/workload"}, Why: "what a process takes is asked of the system"},
	{Dir: "bench/scale", Module: []string{"bench/document", "bench/stats", "bench/terminal", "bench/workload", "incremental/source", "session", "attach"}, Why: "growth is seen in a session and at the prompt"},
	{Dir: "cmd", Module: []string{"..."}, Outside: []string{"..."}, Why: "wiring knows everyone"},
	{Dir: "internal", Module: []string{"..."}, Outside: []string{"..."}, Why: "tests of the house"},
}
