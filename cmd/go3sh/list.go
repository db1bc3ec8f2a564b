package main

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
	"unicode/utf8"

	"go3s/incremental/source"
	"go3s/incremental/universe"
	"go3s/session/harmless"
	"go3s/session/host"
)

// listHooks prints the hooks that match the patterns, with their fields if that is asked for.
func (t *sitting) listHooks() int {
	all := t.session.Tracepoints()
	if all == nil {
		return t.fail(fmt.Errorf("the kernel's tracepoints can't be listed"))
	}
	features, err := t.kernel.Features()
	if err != nil {
		return t.fail(err)
	}
	u := universe.New(formats{t.session, t.kernel, features})
	hooks := all
	if len(t.patterns) > 0 {
		hooks = nil
	}
	status := exitOK
	for _, pattern := range t.patterns {
		found := []string{pattern}
		if !isKind(pattern) {
			found = host.MatchHooks(pattern, all)
		}
		if len(found) == 0 || isKind(pattern) && fieldsOf(u, pattern) == nil {
			status = t.fail(fmt.Errorf("no hook matches %s%s", pattern, nearHook(pattern, all)))
			continue
		}
		for _, h := range found {
			if !slices.Contains(hooks, h) {
				hooks = append(hooks, h)
			}
		}
	}
	for _, h := range hooks {
		t.stdout.line(h)
		if t.listFields || t.verbose {
			t.printFields(fieldsOf(u, h))
		}
	}
	return status
}

func nearHook(pattern string, all []string) string {
	if near := source.Near(pattern, all); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// isKind reports whether a hook names its kind, as kprobe:vfs_read does.
func isKind(hook string) bool {
	kind, _, _ := strings.Cut(hook, ":")
	_, ok := universe.FindHookKind(kind)
	return ok
}

// fieldsOf is the type of ctx at a hook; nil if there is no such hook.
func fieldsOf(u *universe.Universe, hook string) *types.Struct {
	kind, target, _ := strings.Cut(hook, ":")
	var c *universe.Context
	if !isKind(hook) || kind == "tracepoint" {
		category, name, _ := strings.Cut(strings.TrimPrefix(hook, "tracepoint:"), ":")
		c = u.Context(category, name)
	} else {
		c = u.HookContext(kind, target)
	}
	if c == nil {
		return nil
	}
	fields, _ := c.Named.Underlying().(*types.Struct)
	return fields
}

// printFields prints the fields of a context as a struct of Go has them, under the hook.
func (t *sitting) printFields(fields *types.Struct) {
	if fields == nil {
		return
	}
	width := 0
	for f := range fields.Fields() {
		width = max(width, utf8.RuneCountInString(f.Name()))
	}
	for f := range fields.Fields() {
		if s, ok := f.Type().(*types.Struct); ok && s.NumFields() == 0 {
			continue // programs can't read it
		}
		text := types.TypeString(f.Type(), func(p *types.Package) string { return p.Name() })
		t.stdout.line(harmless.Text(fmt.Sprintf("    %-*s  %s", width, f.Name(), text)))
	}
}
