// Package universetest has a kernel for tests of the compiler: the formats of a few tracepoints, as Linux 6.18 on x86-64 prints
// them, and test:widths, which has a field of each kind.
package universetest

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/txtar"

	"go3s/incremental/universe"
)

//go:embed formats.txtar
var archive []byte

// Fake is a kernel that knows the tracepoints it is given.
type Fake struct {
	Formats  map[string]*universe.Format // by "category:name"
	Machine  universe.Features
	States   bool // values may be kept with threads
	hookList []string
}

// Kernel returns the kernel of the embedded formats: instruction set v4, two CPUs, Linux 6.18. All calls return the same one,
// so it must not be changed.
var Kernel = sync.OnceValue(func() *Fake {
	k := &Fake{
		Formats: make(map[string]*universe.Format),
		Machine: universe.Features{ISA: 4, CPUs: 2, Version: 6<<16 | 18<<8},
	}
	for hook, text := range Texts() {
		f, err := universe.ParseFormat(text)
		if err != nil {
			panic(fmt.Sprintf("embedded format of %s: %v", hook, err))
		}
		f.Category, _, _ = strings.Cut(hook, ":")
		k.Formats[hook] = f
		k.hookList = append(k.hookList, hook)
	}
	slices.Sort(k.hookList)
	return k
})

// Texts returns the text of each embedded format file by "category:name".
func Texts() map[string]string {
	texts := make(map[string]string)
	for _, f := range txtar.Parse(archive).Files {
		texts[strings.Replace(f.Name, "/", ":", 1)] = string(f.Data)
	}
	return texts
}

// Tracepoint implements universe.Kernel.
func (k *Fake) Tracepoint(category, name string) *universe.Format {
	return k.Formats[category+":"+name]
}

// Tracepoints implements universe.Kernel.
func (k *Fake) Tracepoints() []string { return k.hookList }

// KeepsStates implements universe.StateKernel.
func (k *Fake) KeepsStates() bool { return k.States }

// Features implements universe.Kernel.
func (k *Fake) Features() universe.Features { return k.Machine }
