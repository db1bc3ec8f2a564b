// Package complete says what may be written at a place in a text that is being typed at a prompt: commands and their arguments, hooks,
// fields, methods, maps, names, each with its type. It knows no terminal.
package complete

import (
	"slices"
	"strings"

	"go3s/incremental"
	"go3s/incremental/check"
	"go3s/incremental/syntax"
)

// Candidate is what the text from some place up to the caret may become.
type Candidate struct {
	Text string
	Type string // its type as Go writes it, "*char", of what is called "(v int64)"; may be empty
	Doc  string // a few words more; may be empty
	Then string // what is written behind it when nothing else can be meant: "(", ":", a space
}

// Session is what completion asks of a session.
type Session interface {
	// Tracepoints lists "category:name", sorted.
	Tracepoints() []string
	// Functions lists the functions of the kernel, sorted.
	Functions() []string
	// Look finds out what can be seen from the caret, a byte offset.
	Look(text string, caret int) *incremental.Sight
}

// most is how many candidates are of use to anyone.
const most = 500

// Completer completes for one session. It is used by one goroutine at a time.
type Completer struct {
	session  Session
	commands func() []Command
	hooks    *hooks
}

// New returns a Completer for s that knows commands, which is asked each time.
func New(s Session, commands func() []Command) *Completer {
	return &Completer{session: s, commands: commands, hooks: &hooks{session: s}}
}

// Complete returns what the bytes of text from an offset up to caret may become, best first. Text may have several lines. What
// stands behind the caret has no part in it.
func (c *Completer) Complete(text string, caret int) (from int, found []Candidate) {
	text = text[:min(max(caret, 0), len(text))]
	if trimmed := strings.TrimLeft(text, " \t"); strings.HasPrefix(trimmed, ":") && !strings.HasPrefix(trimmed, ":=") {
		from, found = c.command(text, len(text)-len(trimmed)+1)
	} else {
		from, found = c.program(text)
	}
	return from, found[:min(len(found), most)]
}

// program completes in a probe, a declaration or an expression.
func (c *Completer) program(text string) (int, []Candidate) {
	sight := c.session.Look(text, len(text))
	if sight.Place == syntax.Literal || sight.Place == syntax.Outside {
		if from, found, ok := c.path(text); ok || sight.Place == syntax.Literal {
			return from, found
		}
	}
	switch {
	case sight.Selects:
		return sight.Word, matching(text[sight.Word:], fromNames(sight.Members))
	case sight.Place == syntax.Outside:
		if start, ok := hookWord(text, sight.Statement); ok {
			return c.outside(text, start, sight)
		}
	}
	word := text[sight.Word:]
	if word == "" && sight.Place != syntax.Predicate && !afterOperator(text) {
		return len(text), nil
	}
	all := fromNames(sight.Names)
	if sight.Place == syntax.Body && strings.TrimSpace(text[sight.Statement:sight.Word]) == "" {
		all = append(all, words(statements)...)
	}
	return sight.Word, matching(word, all)
}

// outside completes where a hook, a declaration or an expression begins.
func (c *Completer) outside(text string, start int, sight *incremental.Sight) (int, []Candidate) {
	word := text[start:]
	found := c.hooks.complete(word)
	if token := text[sight.Statement:start]; strings.TrimSpace(token) == "" && !strings.Contains(word, ":") && word != "" {
		var others []Candidate
		for _, n := range fromNames(sight.Names) {
			if n.Doc != "type" {
				others = append(others, n)
			}
		}
		others = beginning(word, append(others, words(declarations)...))
		found = slices.Insert(found, c.hooks.categoriesEnd(found), others...)
	}
	return start, found
}

// path completes the path of a program in a hook such as uprobe:/bin/bash, of which the scanner of Go takes a part for a comment or for
// a selection; ok is false if the text does not end in such a hook.
func (c *Completer) path(text string) (from int, found []Candidate, ok bool) {
	start := strings.LastIndexAny(text, " \t\n,") + 1
	if kind, _, ok := strings.Cut(text[start:], ":"); ok && userKind(kind) {
		return start, c.hooks.complete(text[start:]), true
	}
	return len(text), nil, false
}

// statements and declarations are the words of Go that may begin one.
var (
	statements   = strings.Fields("break const continue else for if range return switch var")
	declarations = strings.Fields("const func type var")
)

func words(list []string) []Candidate {
	out := make([]Candidate, len(list))
	for i, w := range list {
		out[i] = Candidate{Text: w, Then: " "}
	}
	return out
}

// hookWord finds where the hook begins that a text ends in; ok is false if what is typed is an expression or a declaration.
func hookWord(text string, statement int) (start int, ok bool) {
	start = len(text)
	for start > statement && !strings.ContainsRune(" \t\n,;", rune(text[start-1])) {
		start--
	}
	word := text[start:]
	if _, target, found := strings.Cut(word, ":"); !found && strings.ContainsAny(word, "()[]{}+-/<>=!&|%^\"'`") {
		return 0, false
	} else if found && strings.ContainsAny(target, "()[]{}<>=!&|^\"'`") {
		return 0, false
	}
	before := strings.TrimRight(text[statement:start], " \t\n")
	switch {
	case before == "", strings.HasSuffix(before, ":="), strings.HasSuffix(before, ","):
		return start, !strings.ContainsAny(before, "([{")
	}
	return 0, false
}

// afterOperator reports whether something has to follow.
func afterOperator(text string) bool {
	text = strings.TrimRight(text, " \t")
	return text != "" && strings.ContainsRune("([,+-*/%&|^<>=!", rune(text[len(text)-1]))
}

// fromNames makes candidates of names.
func fromNames(names []check.Name) []Candidate {
	out := make([]Candidate, len(names))
	for i, n := range names {
		out[i] = Candidate{Text: n.Name, Type: n.Type, Doc: n.Doc}
		switch {
		case n.Func && strings.HasPrefix(n.Type, "()"):
			out[i].Then = "()"
		case n.Func:
			out[i].Then = "("
		case n.Name == "ctx" || n.Name == "args" || n.Name == "bpf" || n.Name == "strings":
			out[i].Then = "."
		}
	}
	return out
}

// matching are the candidates that begin with word, and if there is none those that contain it, each text once.
func matching(word string, all []Candidate) []Candidate {
	if found := beginning(word, all); len(found) > 0 {
		return found
	}
	var found []Candidate
	for _, c := range all {
		if strings.Contains(strings.ToLower(c.Text), strings.ToLower(word)) && !has(found, c) {
			found = append(found, c)
		}
	}
	return found
}

// beginning are the candidates that begin with word, each text once.
func beginning(word string, all []Candidate) []Candidate {
	var found []Candidate
	for _, c := range all {
		if strings.HasPrefix(c.Text, word) && !has(found, c) {
			found = append(found, c)
		}
	}
	return found
}

func has(found []Candidate, c Candidate) bool {
	return slices.ContainsFunc(found, func(o Candidate) bool { return o.Text == c.Text })
}

// Extend is the longest beginning that all candidates share, which replaces the word; the word itself if that is no part of it.
func Extend(word string, found []Candidate) string {
	if len(found) == 0 {
		return word
	}
	shared := found[0].Text
	for _, c := range found[1:] {
		n := 0
		for n < min(len(shared), len(c.Text)) && shared[n] == c.Text[n] {
			n++
		}
		shared = shared[:n]
	}
	if !strings.HasPrefix(shared, word) && (len(shared) <= len(word) || !strings.Contains(shared, word)) {
		return word
	}
	return shared
}
