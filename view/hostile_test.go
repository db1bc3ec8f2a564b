package view

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"go3s/incremental"
	"go3s/session"
	"go3s/session/record"
	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/theme"
)

// hostile are texts as processes, files and hosts may be called, to do things to the terminal that shows them.
var hostile = []string{
	"\x1b[2J\x1b[Hcleared", "\x1b]0;title\x07", "\x1b]52;c;Zm9v\x1b\\", "\x9b31m8-bit", "new\nline\r\v\f", "\u202ebidi\u2066", "\xff\xfe\x80",
	"nul\x00\x7fdel", "zero\u200bwidth\u200d\ufeff", "e\u0301\u0301\u0301", "世界🧪", strings.Repeat("long ", 60), "\t\ttabs", "\u2028\u2029", "\U000e0041tag",
}

// TestHostileTextsStayTexts puts them wherever text comes from outside, and looks for what a terminal would act on.
func TestHostileTextsStayTexts(t *testing.T) {
	for _, size := range [][2]int{{200, 50}, {120, 40}, {80, 24}, {20, 5}} {
		s := newStage(t, theme.Plain(), size[0], size[1], 0)
		for i, text := range hostile {
			s.calls.fetch = func(seq uint64, n int) (uint64, []record.Record) { return seq, recordOf(text) }
			after := time.Duration(i) * time.Second
			probe := session.Probe{
				Name: text, Group: text, State: session.Failed, Err: errors.New(text), Guard: text,
				Hook: incremental.Hook{Kind: "tracepoint", Category: text, Name: text}, Stats: session.Stats{Cut: 3},
			}
			counts := table.Table{
				Map:  table.Map{Name: text, Kind: "hash", Key: text, Value: "uint64", Columns: []string{text}, Probes: []string{text}},
				Time: start.Add(after), Rows: []table.Row{{Key: []any{text}, Total: uint64(7 * i)}},
			}
			source := session.Listing{Group: text, Version: 1, Counted: true, Lines: []session.Line{
				{Cell: "a", Number: 1, Text: text, Code: true, Count: 3}, {Cell: text, Number: 1, Text: "/* " + text, Faults: 2},
			}}
			s.send(
				pane.Machine{Host: text, Kernel: text, CPUs: 2},
				statusOf(after, session.Stats{Events: uint64(i)}, probe), []table.Table{counts},
				pane.Tail{Next: 1, Records: recordOf(text)},
				pane.Open{Pane: "source", Probe: text}, pane.Source{Group: text, Time: start.Add(after), Listing: source, Err: errors.New(text)},
				pane.Costs{Err: errors.New(text)},
			)
			for range len(s.rooms) {
				view := s.View()
				checkFill(t, fmt.Sprintf("%q", text), view, size[0], size[1])
				if r := strings.IndexFunc(view, acts); r >= 0 {
					t.Fatalf("%dx%d: %q gets to the terminal as %q", size[0], size[1], text, view[max(r-20, 0):min(r+20, len(view))])
				}
				for n, line := range strings.Split(view, "\n") {
					if size[0] >= 80 && strings.HasPrefix(line, "│") && ansi.StringWidth(line) != size[0] {
						t.Errorf("%q puts line %d out of place: %q", text, n, line)
					}
				}
				s.press("tab")
			}
			s.press("esc", "esc")
		}
	}
}

func recordOf(text string) []record.Record {
	return []record.Record{{Probe: text, Time: start, Text: text + "\n"}}
}

// acts reports whether a terminal does something else with a rune than to show it.
func acts(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
}
