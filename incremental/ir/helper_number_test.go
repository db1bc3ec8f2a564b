package ir

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"
)

// TestHelperNumbersAreTheKernels compares the table with the list that the loader's library took from the kernel.
func TestHelperNumbersAreTheKernels(t *testing.T) {
	for number, h := range Helpers {
		got := strings.ToLower(strings.TrimPrefix(asm.BuiltinFunc(number).String(), "Fn"))
		if want := strings.ReplaceAll(h.Name, "_", ""); got != want {
			t.Errorf("helper %d is %s, the library calls it %s", number, want, got)
		}
	}
}
