package manual

import (
	"fmt"
	"strings"
)

// ManPage is the man page in section 1.
func (p *Program) ManPage() string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1\n.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n", strings.ToUpper(p.Name), p.Name, roff(p.Summary))
	for i, l := range p.Synopsis {
		if i > 0 {
			b.WriteString(".br\n")
		}
		fmt.Fprintf(&b, ".B %s\n", roff(l.Left))
	}
	b.WriteString(".SH DESCRIPTION\n")
	for i, t := range p.Text {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(roff(t) + "\n")
	}
	b.WriteString(".SH OPTIONS\n")
	for _, g := range p.Groups {
		fmt.Fprintf(&b, ".SS %s\n", roff(title(g.Title)))
		for _, f := range g.Flags {
			fmt.Fprintf(&b, ".TP\n.B %s", roff(f.Dashed()))
			if f.Arg != "" {
				fmt.Fprintf(&b, " \\fI%s\\fR", roff(f.Arg))
			}
			b.WriteString("\n" + roff(flagText(f)) + "\n")
		}
	}
	p.manList(&b, "EXIT STATUS", p.Exits)
	p.manList(&b, "ENVIRONMENT", p.Environ)
	p.manList(&b, "FILES", p.Files)
	b.WriteString(".SH EXAMPLES\n")
	for _, e := range p.Examples {
		if e.Text != "" {
			fmt.Fprintf(&b, ".PP\n%s:\n", roff(e.Text))
		}
		fmt.Fprintf(&b, ".PP\n.nf\n.RS\n%s\n.RE\n.fi\n", roff(e.Left))
	}
	if len(p.SeeAlso) > 0 {
		fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", roff(strings.Join(p.SeeAlso, ", ")))
	}
	return b.String()
}

func (p *Program) manList(b *strings.Builder, heading string, lines []Line) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", heading)
	for _, l := range lines {
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(l.Left), roff(sentence(l.Text)))
	}
}

// roff escapes what the formatter would take for its own: backslashes, hyphens that are no breaks, and a dot or quote that begins a line.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...", "—", `\-`, "→", `\->`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

// flagText is all that is to say of a flag, in full sentences.
func flagText(f Flag) string {
	text := sentence(f.Short)
	if f.Kind == Words {
		text += " " + f.Arg + " is one of " + strings.Join(f.Words, ", ") + "."
	}
	if f.Long != "" {
		text += " " + f.Long
	}
	return text
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string { return title(strings.TrimSuffix(text, ".")) + "." }

func title(text string) string {
	first, _, _ := strings.Cut(text, " ")
	if first == strings.ToUpper(first) { // a name in capitals, or no letters
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Markdown is the page of the documentation. The text before it is its first paragraph.
func (p *Program) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The command line\n\n`%s` is %s.\n\n```text\n", p.Name, p.Summary)
	columns(&b, p.Synopsis, 44)
	b.WriteString("```\n")
	for _, t := range p.Text {
		b.WriteString("\n" + paragraph(t) + "\n")
	}
	for _, g := range p.Groups {
		fmt.Fprintf(&b, "\n## %s\n\n| flag | what it does |\n|---|---|\n", title(g.Title))
		for _, f := range g.Flags {
			fmt.Fprintf(&b, "| `%s` | %s |\n", f.Usage(), cell(flagText(f)))
		}
	}
	for _, part := range []struct {
		title, left string
		lines       []Line
	}{
		{"Exit status", "status", p.Exits}, {"Environment", "variable", p.Environ}, {"Files", "file", p.Files},
	} {
		if len(part.lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| %s | meaning |\n|---|---|\n", part.title, part.left)
		for _, l := range part.lines {
			fmt.Fprintf(&b, "| %s | %s |\n", cell(l.Left), cell(l.Text))
		}
	}
	b.WriteString("\n## Examples\n\n```sh\n")
	for _, e := range p.Examples {
		b.WriteString(e.Left + "\n")
	}
	b.WriteString("```\n")
	return b.String()
}

// paragraph is a text in lines of at most 140 letters.
func paragraph(text string) string { return strings.Join(wrap(text, 140), "\n") }

// cell is text in a table of Markdown.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
