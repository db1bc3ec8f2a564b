package manual

import (
	"fmt"
	"strings"
)

// Shells are those that there are completion scripts for.
func Shells() []string { return []string{"bash", "zsh", "fish"} }

// Completion is the script that teaches a shell the command line; "" for a shell that is not among Shells.
func (p *Program) Completion(shell string) string {
	switch shell {
	case "bash":
		return p.bash()
	case "zsh":
		return p.zsh()
	case "fish":
		return p.fish()
	}
	return ""
}

func (p *Program) bash() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# bash completion for %s; put it into ~/.local/share/bash-completion/completions/%[1]s\n\n_%[1]s() {\n", p.Name)
	b.WriteString("\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n\tCOMPREPLY=()\n\tcase $prev in\n")
	for _, f := range p.Flags() {
		if f.Arg == "" {
			continue
		}
		fmt.Fprintf(&b, "\t%s) %s; return ;;\n", f.Dashed(), map[ValueKind]string{
			Text:      ":",
			Words:     fmt.Sprintf("mapfile -t COMPREPLY < <(compgen -W %s -- \"$cur\")", quote(strings.Join(f.Words, " "))),
			Files:     `mapfile -t COMPREPLY < <(compgen -f -- "$cur")`,
			Processes: `mapfile -t COMPREPLY < <(compgen -W "$(ps -e -o pid=)" -- "$cur")`,
			Commands:  `mapfile -t COMPREPLY < <(compgen -c -- "$cur")`,
		}[f.Kind])
	}
	var names []string
	for _, f := range p.Flags() {
		names = append(names, f.Dashed())
	}
	fmt.Fprintf(&b, "\tesac\n\tif [[ $cur == -* ]]; then\n\t\tmapfile -t COMPREPLY < <(compgen -W %s -- \"$cur\")\n", quote(strings.Join(names, " ")))
	fmt.Fprintf(&b, "\telse\n\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n\tfi\n}\n\ncomplete -o filenames -F _%s %[1]s\n", p.Name)
	return b.String()
}

func (p *Program) zsh() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n# zsh completion; put it as _%[1]s into a folder of $fpath\n\n_arguments \\\n", p.Name)
	for _, f := range p.Flags() {
		text := strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`).Replace(f.Short)
		spec := fmt.Sprintf("*%s[%s]", f.Dashed(), text)
		if f.Arg != "" {
			spec += ":" + f.Arg + ":" + map[ValueKind]string{
				Text: " ", Words: "(" + strings.Join(f.Words, " ") + ")", Files: "_files", Processes: "_pids", Commands: "_command_names",
			}[f.Kind]
		}
		fmt.Fprintf(&b, "  %s \\\n", quote(spec))
	}
	b.WriteString("  '*:program:_files'\n")
	return b.String()
}

func (p *Program) fish() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# fish completion; put it into ~/.config/fish/completions/%s.fish\n\n", p.Name)
	for _, f := range p.Flags() {
		option := "-l " + f.Name
		switch len(f.Name) {
		case 1:
			option = "-s " + f.Name
		case 2:
			option = "-o " + f.Name
		}
		fmt.Fprintf(&b, "complete -c %s %s -d %s", p.Name, option, quote(f.Short))
		if f.Arg != "" {
			b.WriteString(map[ValueKind]string{
				Text: " -x", Words: " -x -a " + quote(strings.Join(f.Words, " ")), Files: " -r -F",
				Processes: " -x -a '(__fish_complete_pids)'", Commands: " -x -a '(__fish_complete_command)'",
			}[f.Kind])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// quote is text as one word of a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
