// Package document puts measured tables into docs/BENCHMARKS.md, and makes the summary at its top of the figures in all of them.
package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// Figure is one row of the summary.
type Figure struct {
	ID      string // the goal's, P1 to P10
	Measure string
	Goal    string
	Ours    string
	Peer    string // its figure, empty where there is none
	Ratio   string // ours to the peer's, or to linear; empty where there is none
	Met     bool
	Held    string // what holds it where the goal is missed
}

// Publish runs a measurement: it prints what that writes, and puts it and its figures into a part of a document, unless path is empty. It
// returns the exit code of the command, 1 when something went wrong, a wrong count for one; the document stays as it was then.
func Publish(command, path, part string, measure func(io.Writer) ([]Figure, error)) (exit int) {
	var table bytes.Buffer
	figures, err := measure(io.MultiWriter(os.Stdout, &table))
	if err == nil && path != "" {
		err = Rewrite(path, part, table.String(), figures...)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", command, err)
		return 1
	}
	return 0
}

// Rewrite puts a table between the marks of a part, <!-- P6 --> and <!-- /P6 -->, of a file, with the figures that the part gives to
// the summary, and makes the summary again where the file has one.
func Rewrite(path, part, table string, figures ...Figure) error {
	content := "```text\n" + table + "```\n"
	for _, f := range figures {
		j, err := json.Marshal(f) // it escapes what would end the comment
		if err != nil {
			return err
		}
		content += figureMark + string(j) + " -->\n"
	}
	if err := replace(path, part, content); err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "<!-- "+summaryPart+" -->") {
		return err
	}
	return Summarize(path)
}

// replace puts content between the marks of a part.
func replace(path, part, content string) error {
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
	return os.WriteFile(path, []byte(head+begin+content+end+tail), 0o644)
}
