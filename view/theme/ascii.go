package theme

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// standIns are the ASCII characters for the glyphs that the view draws with; each is as wide as what it stands for.
var standIns = map[rune]byte{
	'─': '-', '│': '|', '╭': '+', '╮': '+', '╰': '+', '╯': '+', '├': '+', '┤': '+', '┬': '+', '┴': '+', '┼': '+',
	'▸': '>', '▾': 'v', '▴': '^', '▌': '>', '●': '*', '○': 'o', '·': '.', '…': '~', '↑': '^', '↓': 'v', '←': '<', '→': '>', '▲': '!',
	'◌': 'o', '▁': '_', '▂': '.', '▃': ':', '▄': '-', '▅': '=', '▆': '+', '▇': '*', '█': '#',
	'◂': '<', '›': '>', '≥': '>', '≤': '<', '▏': '|', 'µ': 'u',
	'━': '=', '╸': '-', '–': '-', '░': ':', '▒': '+', '▓': 'x',
}

// Screen is the last step before the terminal: with an ASCII theme every other character becomes one that ASCII has, of the same
// width. Otherwise it is s.
func (t *Theme) Screen(s string) string {
	if !t.ascii {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch c, known := standIns[r]; {
		case r < 0x80:
			b.WriteRune(r)
		case known:
			b.WriteByte(c)
		default:
			b.WriteString(strings.Repeat("?", ansi.StringWidth(string(r))))
		}
	}
	return b.String()
}
