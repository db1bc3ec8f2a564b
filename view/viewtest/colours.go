package viewtest

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"go3s/view/theme"
)

// Colours is the default palette on a dark terminal of 16 million colours.
func Colours() *theme.Theme {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.TrueColor)
	r.SetHasDarkBackground(true)
	return theme.New(r, theme.Calm, true)
}
