package manual

import (
	"errors"
	"fmt"
	"strings"

	"go3s/incremental/source"
)

// Parse reads a command line: it calls Set of each flag in order and returns what is no flag. Flags may stand behind other
// arguments, have one dash or two, and take their argument as --flag=X too; after "--" there are no more. A "-" is no flag.
func (p *Program) Parse(args []string) (rest []string, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(rest, args[i+1:]...), nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			rest = append(rest, arg)
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		f, ok := p.Flag(name)
		switch {
		case !ok:
			return nil, p.unknown(arg, name)
		case f.Arg == "" && hasValue:
			return nil, fmt.Errorf("%s takes no value", f.Dashed())
		case f.Arg != "" && !hasValue:
			if i++; i == len(args) {
				return nil, fmt.Errorf("%s needs a %s", f.Dashed(), f.Arg)
			}
			value = args[i]
		}
		if err := f.Set(value); err != nil {
			if f.Arg == "" {
				return nil, err
			}
			return nil, fmt.Errorf("%s %s: %w", f.Dashed(), value, err)
		}
	}
	return rest, nil
}

// unknown says that there is no such flag, and which there is that looks like it.
func (p *Program) unknown(arg, name string) error {
	text := "no flag " + arg
	var names []string
	for _, f := range p.Flags() {
		names = append(names, f.Name)
		// -p1234 and the like, as other programs take them.
		if len(f.Name) == 1 && f.Arg != "" && len(name) > 1 && strings.HasPrefix(name, f.Name) && !strings.HasPrefix(arg, "--") {
			text += fmt.Sprintf("; the argument of %s stands apart: %s %s", f.Dashed(), f.Dashed(), name[1:])
			return errors.New(text)
		}
	}
	if near := source.Near(name, names); near != "" {
		f, _ := p.Flag(near)
		text += "; did you mean " + f.Dashed() + "?"
	}
	return errors.New(text)
}

// Word is a Set that takes one of words into place.
func Word(place *string, words []string) func(string) error {
	return func(value string) error {
		for _, w := range words {
			if w == value {
				*place = value
				return nil
			}
		}
		text := "it is one of " + strings.Join(words, ", ")
		if near := source.Near(value, words); near != "" {
			text += "; did you mean " + near + "?"
		}
		return errors.New(text)
	}
}

// Switch is a Set of a flag without an argument.
func Switch(place *bool) func(string) error {
	return func(string) error {
		*place = true
		return nil
	}
}
