// Package theme is how the view looks, as data: a palette of colours for light and dark terminals, what each role is drawn with, and
// the plain-ASCII stand-ins for terminals that can't show more. It draws nothing itself.
package theme

import (
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"golang.org/x/term"
)

// Theme is a palette made ready for one terminal. It does not change after it is made, and may be used from any goroutine.
//
// Colour never carries a meaning alone: whatever an Ink marks is also said by a glyph, a word or a place.
type Theme struct {
	Border, Frame Ink // lines around a pane without and with the keyboard
	Name, Focus   Ink // the name of a pane without and with the keyboard
	Dim           Ink // separators, zeros, what is there only for orientation
	Head          Ink // column heads, labels
	Accent        Ink // the one thing chosen: sort column, tab, key names
	Strong        Ink // what stands out by weight
	Time          Ink // when a line was logged
	Origin        Ink // which probe a line comes from
	Choice        Ink // the selected row
	Match         Ink // what was searched for
	Bar           Ink // bars
	Keyword       Ink // source: keywords
	Quote         Ink // source: strings
	Comment       Ink // source: comments
	Good, Warn    Ink // attached; lost, failed, held back
	ascii         bool
}

// Ink is what a piece of text is drawn with: the escape sequences before and after it. The zero Ink draws text as it is.
type Ink struct{ on, off string }

// Text is s drawn with the ink. s must not hold escape sequences.
func (k Ink) Text(s string) string {
	if k.on == "" || s == "" {
		return s
	}
	return k.on + s + k.off
}

// Look is what a role looks like, as data.
type Look struct {
	Fore, Back Colour
	Bold       bool
	Reverse    bool
}

// Colour is a colour on a light and on a dark background, as "#rrggbb". The zero Colour is the terminal's own.
type Colour struct{ Light, Dark string }

// Palette says what each role looks like. The fields are those of Theme.
type Palette struct {
	Border, Frame, Name, Focus, Dim, Head, Accent, Strong, Time, Origin, Choice, Match, Bar, Keyword, Quote, Comment, Good, Warn Look
}

// For makes the palette ready for the terminal that out writes to, whose background is dark or light: colours as far as TERM and
// COLORTERM say, none under NO_COLOR, ASCII unless the locale is UTF-8. Anything but a terminal is drawn without escapes.
func For(out io.Writer, dark bool, p Palette) *Theme {
	r := lipgloss.NewRenderer(out)
	r.SetHasDarkBackground(dark)
	t := New(r, p, terminal(out) && os.Getenv("TERM") != "dumb")
	t.ascii = !utf8Locale(os.Getenv)
	return t
}

// Plain is the theme without colours and weights, as pictures of a screen in text need it.
func Plain() *Theme { return &Theme{} }

// ASCII is Plain restricted to ASCII.
func ASCII() *Theme { return &Theme{ascii: true} }

// New makes the palette ready for a renderer. Where that has no colours, attributes says whether bold and reverse text may be had all
// the same.
func New(r *lipgloss.Renderer, p Palette, attributes bool) *Theme {
	ink := func(l Look) Ink { return newInk(r, attributes, l) }
	return &Theme{
		Border: ink(p.Border), Frame: ink(p.Frame), Name: ink(p.Name), Focus: ink(p.Focus),
		Dim: ink(p.Dim), Head: ink(p.Head), Accent: ink(p.Accent), Strong: ink(p.Strong),
		Time: ink(p.Time), Origin: ink(p.Origin), Choice: ink(p.Choice), Match: ink(p.Match), Bar: ink(p.Bar),
		Keyword: ink(p.Keyword), Quote: ink(p.Quote), Comment: ink(p.Comment), Good: ink(p.Good), Warn: ink(p.Warn),
	}
}

// newInk has lipgloss draw a mark and keeps what it put around it: a screen has thousands of cells, and drawing each anew
// would cost more than all the rest. Without colours lipgloss drops weights too; NO_COLOR does not ask for that.
func newInk(r *lipgloss.Renderer, attributes bool, l Look) Ink {
	if r.ColorProfile().Name() == "Ascii" {
		switch {
		case !attributes:
			return Ink{}
		case l.Reverse || l.Back != Colour{}:
			return Ink{"\x1b[7m", "\x1b[0m"}
		case l.Bold:
			return Ink{"\x1b[1m", "\x1b[0m"}
		}
		return Ink{}
	}
	s := r.NewStyle().Bold(l.Bold).Reverse(l.Reverse)
	if l.Fore != (Colour{}) {
		s = s.Foreground(lipgloss.AdaptiveColor{Light: l.Fore.Light, Dark: l.Fore.Dark})
	}
	if l.Back != (Colour{}) {
		s = s.Background(lipgloss.AdaptiveColor{Light: l.Back.Light, Dark: l.Back.Dark})
	}
	const mark = "x"
	on, off, _ := strings.Cut(s.Render(mark), mark)
	return Ink{on, off}
}

func terminal(out io.Writer) bool {
	f, ok := out.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// utf8Locale reads the locale as the C library does: the first of LC_ALL, LC_CTYPE and LANG that is set decides. With none
// set, as under sudo, cron and containers, today's terminals are UTF-8 all the same; only a locale that says otherwise is believed.
func utf8Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return getenv("TERM") != "linux"
}
