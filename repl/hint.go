package repl

import (
	"go/token"
	"slices"
	"strings"

	"go3s/incremental/source"
	"go3s/repl/command"
)

// hinted tells those who leave out the colon of a command, as in help or quit.
func hinted(entry string, diags []source.Diagnostic) []source.Diagnostic {
	words := strings.Fields(entry)
	if len(words) == 0 || len(diags) == 0 {
		return diags
	}
	name := strings.Trim(words[0], "()?;")
	if name == "exit" || words[0] == "?" {
		name = map[bool]string{true: "quit", false: "help"}[name == "exit"]
	}
	if !slices.Contains(command.Names(), name) {
		return diags
	}
	if token.IsKeyword(name) && diags[0].Code != source.Syntax {
		return diags // a declaration of Go
	}
	diags = slices.Clone(diags[:1])
	diags[0].Hint = "did you mean " + strings.TrimSpace(":"+name+" "+strings.Join(words[1:], " ")) + "?"
	return diags
}
