package manual

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// example is a small command line, which notes in got what it is told.
func example(got *[]string) *Program {
	note := func(name string) func(string) error {
		return func(value string) error {
			if value == "bad" {
				return errors.New("it is bad")
			}
			*got = append(*got, name+"="+value)
			return nil
		}
	}
	return &Program{
		Name: "prog", Summary: "an example",
		Synopsis: []Line{{"prog [FLAG…] FILE", "do it"}},
		Text:     []string{"A paragraph with a back\\slash."},
		Groups: []Group{{"flags", []Flag{
			{Name: "e", Arg: "TEXT", Short: "a text", Set: note("e")},
			{Name: "json", Short: "objects | lines [really]", Long: "More of it.", Set: note("json")},
			{Name: "stage", Arg: "STAGE", Short: "stop there", Values: Values{Words, []string{"one", "two"}}, Set: note("stage")},
			{Name: "lv", Short: "list it", Set: note("lv")},
			{Name: "p", Arg: "PID", Short: "of a process", Values: Values{Kind: Processes}, Set: note("p")},
		}}},
		Examples: []Line{{"prog -e '.x'", "An example"}},
		Exits:    []Line{{"0", "all is well"}, {"1", "not"}},
	}
}

func TestParseTakesFlagsInAnyPlaceAndForm(t *testing.T) {
	for args, want := range map[string]string{
		"":                           "",
		"a b":                        "| a b",
		"-e x a --json b":            "e=x json= | a b",
		"--e=x -json -":              "e=x json= | -",
		"-e --json":                  "e=--json",
		"-e= --stage=a=b":            "e= stage=a=b",
		"--json -- --json -e":        "json= | --json -e",
		"-lv -p 12":                  "lv= p=12",
		"--jsn":                      "error: no flag --jsn; did you mean --json?",
		"-x":                         "error: no flag -x",
		"-p12":                       "error: no flag -p12; the argument of -p stands apart: -p 12",
		"-e":                         "error: -e needs a TEXT",
		"--json=1":                   "error: --json takes no value",
		"--stage bad":                "error: --stage bad: it is bad",
		"a -- b":                     "| a b",
		"--wholly-different-from-it": "error: no flag --wholly-different-from-it",
	} {
		var got []string
		rest, err := example(&got).Parse(strings.Fields(args))
		if len(rest) > 0 {
			got = append(append(got, "|"), rest...)
		}
		text := strings.Join(got, " ")
		if err != nil {
			text = "error: " + err.Error()
		}
		if text != want {
			t.Errorf("%q: %s, want %s", args, text, want)
		}
	}
}

func TestWordIsOneOfSome(t *testing.T) {
	var place string
	set := Word(&place, []string{"ast", "types"})
	if err := set("types"); err != nil || place != "types" {
		t.Errorf("%v, %q", err, place)
	}
	if err := set("asd"); err == nil || err.Error() != "it is one of ast, types; did you mean ast?" {
		t.Error(err)
	}
}

func TestPagesSayTheSame(t *testing.T) {
	p := example(new([]string))
	for name, c := range map[string]struct{ got, want string }{
		"help": {p.Help(), `prog - an example

usage:
  prog [FLAG…] FILE                       do it

A paragraph with a back\slash.

flags:
  -e TEXT             a text
  --json              objects | lines [really]
  --stage STAGE       stop there: one, two
  -lv                 list it
  -p PID              of a process

examples:
  prog -e '.x'

exit status:
  0   all is well
  1   not

The whole of it: prog --man | man -l -
`},
		"man page": {p.ManPage(), `.TH PROG 1
.SH NAME
prog \- an example
.SH SYNOPSIS
.B prog [FLAG...] FILE
.SH DESCRIPTION
A paragraph with a back\eslash.
.SH OPTIONS
.SS Flags
.TP
.B \-e \fITEXT\fR
A text.
.TP
.B \-\-json
Objects | lines [really]. More of it.
.TP
.B \-\-stage \fISTAGE\fR
Stop there. STAGE is one of one, two.
.TP
.B \-lv
List it.
.TP
.B \-p \fIPID\fR
Of a process.
.SH EXIT STATUS
.TP
.B 0
All is well.
.TP
.B 1
Not.
.SH EXAMPLES
.PP
An example:
.PP
.nf
.RS
prog \-e '.x'
.RE
.fi
`},
		"Markdown": {p.Markdown(), "# The command line\n\n`prog` is an example.\n\n```text\n  prog [FLAG…] FILE                         do it\n```\n\n" +
			"A paragraph with a back\\slash.\n\n## Flags\n\n| flag | what it does |\n|---|---|\n| `-e TEXT` | A text. |\n" +
			"| `--json` | Objects \\| lines [really]. More of it. |\n| `--stage STAGE` | Stop there. STAGE is one of one, two. |\n" +
			"| `-lv` | List it. |\n| `-p PID` | Of a process. |\n\n## Exit status\n\n| status | meaning |\n|---|---|\n| 0 | all is well |\n| 1 | not |\n" +
			"\n## Examples\n\n```sh\nprog -e '.x'\n```\n"},
		"fish": {p.Completion("fish"), `# fish completion; put it into ~/.config/fish/completions/prog.fish

complete -c prog -s e -d 'a text' -x
complete -c prog -l json -d 'objects | lines [really]'
complete -c prog -l stage -d 'stop there' -x -a 'one two'
complete -c prog -o lv -d 'list it'
complete -c prog -s p -d 'of a process' -x -a '(__fish_complete_pids)'
`},
		"zsh": {p.Completion("zsh"), `#compdef prog
# zsh completion; put it as _prog into a folder of $fpath

_arguments \
  '*-e[a text]:TEXT: ' \
  '*--json[objects | lines \[really\]]' \
  '*--stage[stop there]:STAGE:(one two)' \
  '*-lv[list it]' \
  '*-p[of a process]:PID:_pids' \
  '*:program:_files'
`},
	} {
		if d := cmp.Diff(c.want, c.got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
