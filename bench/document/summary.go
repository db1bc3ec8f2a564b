package document

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

const (
	summaryPart = "summary"
	figureMark  = "<!-- figure "
)

// Summarize makes the table of all figures that the parts of a document hold, in the order of the goals.
func Summarize(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	figures, err := figuresOf(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return replace(path, summaryPart, summary(figures))
}

// figuresOf reads the figures in a document's comments.
func figuresOf(text string) ([]Figure, error) {
	var all []Figure
	for line := range strings.Lines(text) {
		j, ok := strings.CutPrefix(strings.TrimSpace(line), figureMark)
		if !ok {
			continue
		}
		var f Figure
		if err := json.Unmarshal([]byte(strings.TrimSuffix(j, " -->")), &f); err != nil {
			return nil, fmt.Errorf("read the figure %s: %w", j, err)
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b Figure) int { return number(a.ID) - number(b.ID) })
	return all, nil
}

// number is 6 of P6.
func number(id string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(id, "P"))
	return n
}

// summary is the table in Markdown.
func summary(figures []Figure) string {
	var b strings.Builder
	b.WriteString("\n| id | measure | goal | figure | peer | ratio | |\n|---|---|---|---|---|---|---|\n")
	for _, f := range figures {
		verdict := "met"
		if !f.Met {
			verdict = "**missed**"
			if f.Held != "" {
				verdict += ": " + f.Held
			}
		}
		cells := []string{f.ID, f.Measure, f.Goal, f.Ours, orDash(f.Peer), orDash(f.Ratio), verdict}
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String() + "\n"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Describe puts lines, such as those about the machine, into a part of a document, as a list.
func Describe(path, part string, lines []string) error {
	return replace(path, part, "\n- "+strings.Join(lines, "\n- ")+"\n\n")
}
