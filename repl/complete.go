package repl

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"go3s/incremental/source"
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
	for _, w := range words {
		names = append(names, w.name)
	}
	names = append(append(names, r.mapNames()...), keywords...)
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
	c.tight = !slices.Contains(keywords, c.text)
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
	for _, h := range matchHooks(word, r.session.Tracepoints()) {
		found = append(found, candidate{text: kind + h})
	}
	return found
}

func (r *Repl) commandCandidates(text string) (string, []candidate) {
	text = strings.TrimLeft(text, " ")[1:]
	at := strings.LastIndex(text, " ")
	word := text[at+1:]
	if at < 0 {
		return word, plain(commandNames(), word)
	}
	c, err := findCommand(strings.Fields(text)[0])
	if err != nil || c.words == nil {
		return word, nil
	}
	if c.name == "list" {
		return word, r.hookCandidates(word)
	}
	return word, plain(c.words(r), word)
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

// matchHooks are the hooks that pattern may mean, best first. With a * in it, it is matched as a file name is; otherwise its parts
// must be found in the hook in their order.
func matchHooks(pattern string, hooks []string) []string {
	if strings.Contains(pattern, "*") {
		if !strings.Contains(pattern, ":") {
			pattern = "*:" + pattern
		}
		return slices.DeleteFunc(slices.Clone(hooks), func(h string) bool {
			ok, err := path.Match(pattern, h)
			return !ok || err != nil
		})
	}
	type match struct {
		hook string
		rank int
	}
	var found []match
	for _, h := range hooks {
		if rank := rankHook(pattern, h); rank >= 0 {
			found = append(found, match{h, rank})
		}
	}
	slices.SortFunc(found, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.hook, b.hook))
	})
	out := make([]string, len(found))
	for i, m := range found {
		out[i] = m.hook
	}
	return out
}

// rankHook says how well pattern names hook: 0 is best, negative is not at all.
func rankHook(pattern, hook string) int {
	_, name, _ := strings.Cut(hook, ":")
	switch {
	case strings.HasPrefix(hook, pattern):
		return 0
	case strings.HasPrefix(name, pattern):
		return 1
	case strings.HasSuffix(hook, "_"+pattern):
		return 2
	case strings.Contains(hook, "_"+pattern):
		return 3
	case strings.Contains(hook, pattern):
		return 4
	}
	parts := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return r == '_' || r == ':' })
	}
	want := parts(pattern)
	for _, p := range parts(hook) {
		if len(want) > 0 && strings.HasPrefix(p, want[0]) {
			want = want[1:]
		}
	}
	if len(want) > 0 {
		return -1
	}
	return 5
}

// matches reports whether text still is what word may become.
func matches(word, text string) bool {
	return strings.HasPrefix(text, word) || rankHook(strings.TrimPrefix(word, tracepointKind), strings.TrimPrefix(text, tracepointKind)) >= 0
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
	return columns(items, r.term.Width(), completionRows)
}

// columns lays items out in columns of equal width, at most rows lines of them, and says how many it left out.
func columns(items []string, width, rows int) string {
	widest := 0
	for _, s := range items {
		widest = max(widest, len(s))
	}
	across := max(1, (width+1)/(widest+2))
	shown := items
	if len(items) > across*rows {
		shown = items[:across*rows]
	}
	var b strings.Builder
	for i, s := range shown {
		if last := (i+1)%across == 0 || i == len(shown)-1; last {
			b.WriteString(s + "\n")
		} else {
			fmt.Fprintf(&b, "%-*s", widest+2, s)
		}
	}
	if left := len(items) - len(shown); left > 0 {
		fmt.Fprintf(&b, "… and %d more\n", left)
	}
	return b.String()
}

// near is "; did you mean NAME?" when one of names is close to name, else nothing.
func near(name string, names []string) string {
	best := source.Near(name, names)
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}
