package complete

import (
	"cmp"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go3s/incremental/universe"
	"go3s/session/host"
)

// hooks knows the hooks of a session's kernel.
type hooks struct {
	session    Session
	categories []Candidate
	names      []string // of tracepoints, without their categories
	all        int      // how many tracepoints these were made from

	path      string   // of the program that was looked at last
	inProgram []string // its functions, sorted
}

// prepare makes what follows from the list of tracepoints.
func (h *hooks) prepare() []string {
	all := h.session.Tracepoints()
	if len(all) == h.all {
		return all
	}
	h.all, h.categories, h.names = len(all), nil, nil
	count := map[string]int{}
	for _, tp := range all {
		category, name, _ := strings.Cut(tp, ":")
		if count[category]++; count[category] == 1 {
			h.categories = append(h.categories, Candidate{Text: category + ":"})
		}
		h.names = append(h.names, name)
	}
	for i := range h.categories {
		c := &h.categories[i]
		c.Doc = plural(count[strings.TrimSuffix(c.Text, ":")], "tracepoint")
	}
	slices.Sort(h.names)
	h.names = slices.Compact(h.names)
	return all
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// complete is what a hook may become that begins with, or has in it, what is typed.
func (h *hooks) complete(word string) []Candidate {
	all := h.prepare()
	kind, target, found := strings.Cut(word, ":")
	if !found {
		return append(append(h.kinds(word), beginning(word, h.categories)...), h.fuzzy(word, all)...)
	}
	prefix := kind + ":"
	switch kind {
	case "tracepoint", "t":
		if !strings.Contains(target, ":") {
			return prefixed(prefix, append(beginning(target, h.categories), h.fuzzy(target, all)...))
		}
		return prefixed(prefix, ranked(target, all))
	case "raw_tp", "tp_btf", "rt", "raw_tracepoint":
		return prefixed(prefix, ranked(target, h.names))
	case "kprobe", "kretprobe", "fentry", "fexit", "k", "kr", "f", "fr", "kfunc", "kretfunc":
		return prefixed(prefix, functions(target, h.session.Functions()))
	case "uprobe", "uretprobe", "u", "ur":
		if path, name, ok := strings.Cut(target, ":"); ok {
			return prefixed(prefix+path+":", functions(name, h.symbols(path)))
		}
		return prefixed(prefix, programs(target))
	case "profile", "p":
		return prefixed(prefix, periods(target, "99hz", "hz"))
	case "interval", "i":
		return prefixed(prefix, periods(target, "1s", "s", "ms", "us", "hz"))
	case "xdp", "tc":
		if devices := beginning(target, interfaces()); len(devices) > 0 {
			return prefixed(prefix, devices)
		}
	}
	return ranked(word, all)
}

// categoriesEnd is where kinds and categories end in a list of hooks, and tracepoints begin.
func (h *hooks) categoriesEnd(found []Candidate) int {
	n := 0
	for n < len(found) && found[n].Doc != "" {
		n++
	}
	return n
}

// userKind reports whether hooks of a kind have a path for a target.
func userKind(kind string) bool {
	return kind == "uprobe" || kind == "uretprobe" || kind == "u" || kind == "ur"
}

// kinds are the kinds of hooks that begin with word.
func (h *hooks) kinds(word string) []Candidate {
	var found []Candidate
	for _, k := range universe.HookKinds() {
		if !strings.HasPrefix(k.Name, word) {
			continue
		}
		c := Candidate{Text: k.Name + ":", Doc: k.Target}
		if k.Target == "" {
			c = Candidate{Text: k.Name, Then: " ", Doc: "once"}
		}
		found = append(found, c)
	}
	return found
}

// fuzzy are the tracepoints that have the parts of word in their names, best first. Those of a category that begins with word are left to
// the category.
func (h *hooks) fuzzy(word string, all []string) []Candidate {
	if word == "" {
		return nil
	}
	return slices.DeleteFunc(ranked(word, all), func(c Candidate) bool {
		return strings.HasPrefix(c.Text, word) && !strings.Contains(word, ":")
	})
}

// ranked are the names that a pattern may mean, best first.
func ranked(pattern string, names []string) []Candidate {
	var found []Candidate
	for _, name := range host.MatchHooks(pattern, names) {
		found = append(found, Candidate{Text: name, Then: " "})
	}
	return found
}

// functions are the functions that begin with a name, then those that have it in theirs; shorter ones first.
func functions(name string, all []string) []Candidate {
	var first, rest []Candidate
	at, _ := slices.BinarySearch(all, name)
	for _, f := range all[at:] {
		if !strings.HasPrefix(f, name) || len(first) == most {
			break
		}
		first = append(first, Candidate{Text: f, Then: " "})
	}
	if len(name) > 1 && len(first) < most {
		for _, f := range all {
			if strings.Contains(f, name) && !strings.HasPrefix(f, name) {
				rest = append(rest, Candidate{Text: f, Then: " "})
			}
		}
		slices.SortStableFunc(rest, func(a, b Candidate) int { return cmp.Compare(len(a.Text), len(b.Text)) })
	}
	return append(first, rest...)
}

// periods are the units that may follow a number, or an example.
func periods(target, example string, units ...string) []Candidate {
	digits := len(target) - len(strings.TrimLeft(target, "0123456789"))
	if digits == 0 {
		return beginning(target, []Candidate{{Text: example, Then: " "}})
	}
	var found []Candidate
	for _, unit := range units {
		found = append(found, Candidate{Text: target[:digits] + unit, Then: " "})
	}
	return beginning(target, found)
}

// prefixed puts what was typed before it back in front of each candidate.
func prefixed(prefix string, found []Candidate) []Candidate {
	for i := range found {
		found[i].Text = prefix + found[i].Text
	}
	return found
}

// files are the files and folders that a path may become.
func files(path string) []Candidate {
	dir, name := filepath.Split(path)
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil
	}
	var found []Candidate
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), name) || name == "" && strings.HasPrefix(e.Name(), ".") {
			continue
		}
		c := Candidate{Text: dir + e.Name()}
		if st, err := os.Stat(c.Text); err == nil && st.IsDir() {
			c.Text += "/"
		}
		found = append(found, c)
	}
	return found
}

// programs are files whose functions may be hooked.
func programs(path string) []Candidate {
	found := files(path)
	for i := range found {
		if !strings.HasSuffix(found[i].Text, "/") {
			found[i].Then = ":"
		}
	}
	return found
}

// symbols are the functions that a program or library has names for, sorted; nil for a file that is neither.
func (h *hooks) symbols(path string) []string {
	if h.path == path {
		return h.inProgram
	}
	h.path, h.inProgram = path, nil
	f, err := elf.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	own, _ := f.Symbols()
	dynamic, _ := f.DynamicSymbols()
	for _, s := range append(own, dynamic...) {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Section != elf.SHN_UNDEF && s.Name != "" {
			h.inProgram = append(h.inProgram, s.Name)
		}
	}
	slices.Sort(h.inProgram)
	h.inProgram = slices.Compact(h.inProgram)
	return h.inProgram
}

// interfaces are the network devices.
func interfaces() []Candidate {
	entries, err := os.ReadDir("/sys/class/net")
	if err != nil {
		return nil
	}
	var found []Candidate
	for _, e := range entries {
		found = append(found, Candidate{Text: e.Name(), Then: " "})
	}
	return found
}
