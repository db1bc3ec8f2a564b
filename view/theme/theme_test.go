package theme

import (
	"bytes"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

func TestStandInsAreAsWideAsWhatTheyStandFor(t *testing.T) {
	for r, c := range standIns {
		if w := ansi.StringWidth(string(r)); w != 1 || c < ' ' || c > '~' {
			t.Errorf("%q is %d cells wide and stood for by %q", r, w, c)
		}
	}
}

func TestASCIIScreenKeepsWidths(t *testing.T) {
	in := "╭─▸ é 世界 e\u0301 \x1b[1mx\x1b[0m ━╸"
	got := ASCII().Screen(in)
	if want := "+-> ? ???? e \x1b[1mx\x1b[0m =-"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if ansi.StringWidth(got) != ansi.StringWidth(in) {
		t.Errorf("%d cells became %d", ansi.StringWidth(in), ansi.StringWidth(got))
	}
	if got := Plain().Screen(in); got != in {
		t.Errorf("a Unicode theme changed %q to %q", in, got)
	}
}

func TestLocaleDecidesAboutUnicode(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"LANG": "en_US.UTF-8"}, true},
		{map[string]string{"LANG": "C.utf8"}, true},
		{map[string]string{"LANG": "C"}, false},
		{map[string]string{"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, false},
		{map[string]string{"LC_CTYPE": "C.UTF-8", "LANG": "C"}, true},
		{map[string]string{"TERM": "xterm"}, true},
		{map[string]string{"TERM": "linux"}, false},
	} {
		if got := utf8Locale(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %t, want %t", c.env, got, c.want)
		}
	}
}

func TestWhatIsNotATerminalIsDrawnWithoutEscapes(t *testing.T) {
	th := For(&bytes.Buffer{}, true, Calm)
	if got := th.Warn.Text("x") + th.Choice.Text("y") + th.Strong.Text("z"); got != "xyz" {
		t.Errorf("got %q", got)
	}
}

func TestNoColourKeepsWeights(t *testing.T) {
	r := lipgloss.NewRenderer(&bytes.Buffer{})
	r.SetColorProfile(termenv.Ascii)
	th := New(r, Calm, true)
	got := th.Strong.Text("a") + th.Choice.Text("b") + th.Dim.Text("c")
	if want := "\x1b[1ma\x1b[0m\x1b[7mb\x1b[0mc"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestColoursFollowTheBackground(t *testing.T) {
	draw := func(dark bool) string {
		r := lipgloss.NewRenderer(&bytes.Buffer{})
		r.SetColorProfile(termenv.TrueColor)
		r.SetHasDarkBackground(dark)
		return New(r, Palette{Warn: Look{Fore: Colour{Light: "#010203", Dark: "#fdfeff"}, Bold: true}}, true).Warn.Text("x")
	}
	if got, want := draw(true), "\x1b[1;38;2;253;254;255mx\x1b[0m"; got != want {
		t.Errorf("dark: got %q, want %q", got, want)
	}
	if got, want := draw(false), "\x1b[1;38;2;1;2;3mx\x1b[0m"; got != want {
		t.Errorf("light: got %q, want %q", got, want)
	}
}

func TestEveryRoleOfThePaletteIsDrawn(t *testing.T) {
	r := lipgloss.NewRenderer(&bytes.Buffer{})
	r.SetColorProfile(termenv.TrueColor)
	th := New(r, Calm, true)
	for name, ink := range map[string]Ink{
		"Border": th.Border, "Frame": th.Frame, "Name": th.Name, "Focus": th.Focus, "Dim": th.Dim, "Head": th.Head, "Accent": th.Accent,
		"Strong": th.Strong, "Time": th.Time, "Origin": th.Origin, "Choice": th.Choice, "Match": th.Match, "Bar": th.Bar, "Keyword": th.Keyword, "Quote": th.Quote, "Comment": th.Comment,
		"Good": th.Good, "Warn": th.Warn,
	} {
		if ink == (Ink{}) {
			t.Errorf("%s draws nothing", name)
		}
	}
}

// TestEveryRoleIsToldFromPlainTextOnEveryTerminal: 16 and 256 colours have no exact match for those of the palette, but some.
func TestEveryRoleIsToldFromPlainTextOnEveryTerminal(t *testing.T) {
	for _, profile := range []termenv.Profile{termenv.ANSI, termenv.ANSI256, termenv.TrueColor} {
		for _, dark := range []bool{true, false} {
			r := lipgloss.NewRenderer(&bytes.Buffer{})
			r.SetColorProfile(profile)
			r.SetHasDarkBackground(dark)
			th := New(r, Calm, true)
			for i, ink := range []Ink{
				th.Border, th.Frame, th.Name, th.Focus, th.Dim, th.Head, th.Accent, th.Strong, th.Time, th.Origin, th.Choice, th.Match, th.Bar,
				th.Keyword, th.Quote, th.Comment, th.Good, th.Warn,
			} {
				if got := ink.Text("x"); got == "x" || ansi.Strip(got) != "x" {
					t.Errorf("profile %v, dark %t: role %d draws %q", profile, dark, i, got)
				}
			}
			if th.Warn == th.Good || th.Choice == th.Match || th.Accent == th.Dim {
				t.Errorf("profile %v, dark %t: roles that mean different things look the same", profile, dark)
			}
		}
	}
}
