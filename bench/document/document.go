// Package document puts measured tables into docs/BENCHMARKS.md.
package document

import (
	"fmt"
	"os"
	"strings"
)

// Rewrite puts a table between the marks of a part, <!-- P6 --> and <!-- /P6 -->, of a file.
func Rewrite(path, part, table string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+part+" -->\n", "<!-- /"+part+" -->"
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, found := strings.Cut(rest, end)
	if !ok || !found {
		return fmt.Errorf("%s has no part between %q and %q", path, strings.TrimSpace(begin), end)
	}
	return os.WriteFile(path, []byte(head+begin+"```text\n"+table+"```\n"+end+tail), 0o644)
}
