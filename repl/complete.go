package repl

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"go3s/output"
	"go3s/repl/command"
	"go3s/session"
)

// completionRows is the most lines that one press of Tab lists.
const completionRows = 12

// complete is the Tab key: it extends the word before the cursor as far as all candidates agree and lists them where there are several.
func (r *Repl) complete(line string, at int) (string, int, bool) {
	word, candidates := r.candidates(line[:at])
	if len(candidates) == 0 {
		return "", 0, false
	}
	insert := candidates[0].text
	if len(candidates) > 1 {
		insert = commonPrefix(candidates)
		if len(insert) <= len(word) || !matches(word, insert) {
			r.print(r.listing(candidates))
			return "", 0, false
		}
	} else if !strings.HasSuffix(insert, ".") && !strings.HasSuffix(insert, "(") && !strings.HasSuffix(insert, ":") && !candidates[0].tight {
		insert += " "
	}
	start := at - len(word)
	return line[:start] + insert + strings.TrimPrefix(line[at:], " "), start + len(insert), true
}

// candidate is what a word may become. Tight ones are not followed by a space.
type candidate struct {
	text  string
	label string // what the list shows, if not the text
	tight bool
}

// candidates are what the word that ends text may become, best first.
func (r *Repl) candidates(text string) (word string, found []candidate) {
	if isCommand(text) && r.open == "" {
		return r.commandCandidates(text)
	}
	whole := r.open + text
	word = wordAtEnd.FindString(text)
	if i := strings.LastIndex(word, "ctx."); i >= 0 {
		word = word[i+len("ctx."):]
		return word, r.fieldCandidates(whole, word)
	}
	if word == "" {
		return "", nil
	}
	if depth(whole) == 0 && !afterPredicate(whole) {
		found = r.hookCandidates(word)
		return word, append(plain(r.mapNames(), word), found...)
	}
	word = nameAtEnd.FindString(text)
	if word == "" {
		return "", nil
	}
	var names []string
	for _, w := range command.Words() {
		names = append(names, w.Name)
	}
	names = append(append(names, r.mapNames()...), command.Keywords()...)
	found = plain(names, word)
	for i, c := range found {
		found[i] = inBody(c)
	}
	return word, found
}

// inBody says what follows a name inside a probe's body.
func inBody(c candidate) candidate {
	switch c.text {
	case "ctx":
		return candidate{text: "ctx.", label: "ctx"}
	case "str", "printf", "delete":
		return candidate{text: c.text + "(", label: c.text}
	}
	c.tight = !slices.Contains(command.Keywords(), c.text)
	return c
}

var (
	wordAtEnd = regexp.MustCompile(`[A-Za-z0-9_:.*]*$`)
	nameAtEnd = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*$`)
	hookInUse = regexp.MustCompile(`[A-Za-z_]\w*(?::[A-Za-z_]\w*)+`)
)

// depth is the number of braces that text leaves open, strings left out.
func depth(text string) int {
	n := 0
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '{':
			n++
		case c == '}':
			n--
		}
	}
	return n
}

// afterPredicate reports whether the cursor stands in a predicate, where names mean what they mean in a body.
func afterPredicate(text string) bool {
	end := strings.LastIndexAny(text, "{}")
	return strings.ContainsAny(text[end+1:], "@/")
}

// fieldCandidates are the fields of the hook that the probe under the cursor belongs to: the last one named before it.
func (r *Repl) fieldCandidates(text, word string) []candidate {
	hooks := hookInUse.FindAllString(text, -1)
	for _, hook := range slices.Backward(hooks) {
		f := r.session.Format(hook)
		if f == nil {
			continue
		}
		var found []candidate
		for _, field := range f.Fields {
			if strings.HasPrefix(field.Name, word) {
				found = append(found, candidate{text: field.Name, label: field.Name + " (" + field.CType + ")", tight: true})
			}
		}
		return found
	}
	return nil
}

const tracepointKind = "tracepoint:"

func (r *Repl) hookCandidates(word string) []candidate {
	kind := ""
	if rest, ok := strings.CutPrefix(word, tracepointKind); ok {
		kind, word = tracepointKind, rest
	} else if len(word) > 1 && strings.HasPrefix(tracepointKind, word) {
		return []candidate{{text: tracepointKind}}
	}
	var found []candidate
	for _, h := range session.MatchHooks(word, r.session.Tracepoints()) {
		found = append(found, candidate{text: kind + h})
	}
	return found
}

func (r *Repl) commandCandidates(text string) (string, []candidate) {
	text = strings.TrimLeft(text, " ")[1:]
	at := strings.LastIndex(text, " ")
	word := text[at+1:]
	if at < 0 {
		return word, plain(command.Names(), word)
	}
	args := strings.Fields(text[:at])
	c, err := command.Find(strings.Fields(text)[0])
	if err != nil || len(args) == 0 {
		return word, nil
	}
	next := c.Next(r.session, args[1:])
	if next.Hooks {
		return word, r.hookCandidates(word)
	}
	return word, plain(next.Names, word)
}

// plain are the names that begin with word, sorted, each once.
func plain(names []string, word string) []candidate {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	var found []candidate
	for _, n := range names {
		if strings.HasPrefix(n, word) {
			found = append(found, candidate{text: n})
		}
	}
	return found
}

// matches reports whether text still is what word may become.
func matches(word, text string) bool {
	return strings.HasPrefix(text, word) || session.RankHook(strings.TrimPrefix(word, tracepointKind), strings.TrimPrefix(text, tracepointKind)) >= 0
}

func commonPrefix(cs []candidate) string {
	prefix := cs[0].text
	for _, c := range cs[1:] {
		n := 0
		for n < len(prefix) && n < len(c.text) && prefix[n] == c.text[n] {
			n++
		}
		prefix = prefix[:n]
	}
	return prefix
}

func (r *Repl) listing(cs []candidate) string {
	items := make([]string, len(cs))
	for i, c := range cs {
		items[i] = cmp.Or(c.label, c.text)
	}
	return output.Columns(items, r.term.Width(), completionRows)
}
