package host

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// MatchHooks are the hooks "category:name" that pattern may mean, best first. With a * in it, it is matched as a file name is; otherwise its parts
// must be found in the hook in their order.
func MatchHooks(pattern string, hooks []string) []string {
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
		if rank := RankHook(pattern, h); rank >= 0 {
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

// RankHook says how well pattern names hook: 0 is best, negative is not at all.
func RankHook(pattern, hook string) int {
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
