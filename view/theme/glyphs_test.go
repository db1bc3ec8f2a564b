package theme

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// drawn are the runes of a text that ASCII does not have; of a screen without letters and marks, which are somebody's text and have no
// stand-ins.
func drawn(text string, screen bool) (runes []rune) {
	for _, r := range text {
		if r > unicode.MaxASCII && unicode.IsPrint(r) && !(screen && (unicode.IsLetter(r) || unicode.IsMark(r))) {
			runes = append(runes, r)
		}
	}
	return runes
}

// TestEveryGlyphHasAStandIn looks at all that the view and the prompt in it can draw by themselves: the strings of their sources, and the
// golden screens.
func TestEveryGlyphHasAStandIn(t *testing.T) {
	missing := map[rune]string{}
	looked := 0
	look := func(where, text string, screen bool) {
		looked++
		for _, r := range drawn(text, screen) {
			if _, known := standIns[r]; !known {
				missing[r] = where
			}
		}
	}
	for _, dir := range []string{"..", "../../repl"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || d.IsDir():
				if d != nil && d.Name() == "shot" {
					return filepath.SkipDir // pictures of terminals' own glyphs
				}
				return err
			case filepath.Base(filepath.Dir(path)) == "testdata" && strings.HasSuffix(path, ".txt") && !strings.Contains(path, "repl"):
				text, err := os.ReadFile(path)
				look(path, string(text), true)
				return err
			case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, "theme/ascii.go"):
				text, err := os.ReadFile(path)
				for _, s := range literals(text) {
					look(path, s, false)
				}
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for r, where := range missing {
		t.Errorf("%q (%U) of %s has no stand-in", r, r, where)
	}
	if looked < 500 {
		t.Errorf("only %d texts were looked at", looked)
	}
}

// literals are the strings and characters of a Go source.
func literals(src []byte) (out []string) {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(src)), src, nil, 0)
	for {
		_, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return out
		case token.STRING, token.CHAR:
			if text, err := strconv.Unquote(lit); err == nil {
				out = append(out, text)
			}
		}
	}
}
