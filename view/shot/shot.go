// Package shot makes pictures of a screen of text: as plain text, with its escape sequences, as SVG and as PNG.
//
// Lines, blocks and the few signs that tables and bars are made of are drawn as shapes, so that they join as they do on a terminal whatever
// the font has. All else is drawn in Go Mono.
package shot

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Kinds are the endings of file names that say what kind of picture is made.
func Kinds() []string { return []string{".txt", ".ans", ".svg", ".png"} }

// Check says what is wrong with the name of a file for a picture; nil if its ending is one of Kinds.
func Check(name string) error {
	if ending := strings.ToLower(filepath.Ext(name)); !slices.Contains(Kinds(), ending) {
		return fmt.Errorf("a picture's name ends in %s (not %q)", strings.Join(Kinds(), ", "), ending)
	}
	return nil
}

// Encode is a picture of a screen: lines of text with SGR sequences between. The ending of name says what kind it is.
func Encode(screen, name string) ([]byte, error) {
	if err := Check(name); err != nil {
		return nil, err
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".txt":
		return []byte(parse(screen).text()), nil
	case ".ans":
		return []byte(strings.TrimRight(screen, "\n") + "\x1b[0m\n"), nil
	case ".svg":
		return parse(screen).svg(), nil
	}
	return parse(screen).png()
}

// text is the screen without colours; spaces at the ends of lines are left out.
func (g *grid) text() string {
	var b strings.Builder
	for _, row := range g.rows {
		var line strings.Builder
		for _, c := range row {
			line.WriteString(c.text)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
