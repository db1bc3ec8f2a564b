package theme

// Calm is the default palette: the terminal's own colour for what is read, one accent for what is chosen, amber for what needs an
// eye, and grey for everything that only gives shape.
var Calm = Palette{
	Border:  Look{Fore: edge},
	Frame:   Look{Fore: accent},
	Name:    Look{Fore: grey, Bold: true},
	Focus:   Look{Fore: accent, Bold: true},
	Dim:     Look{Fore: faint},
	Head:    Look{Fore: grey},
	Accent:  Look{Fore: accent, Bold: true},
	Strong:  Look{Bold: true},
	Time:    Look{Fore: faint},
	Origin:  Look{Fore: Colour{Light: "#3f6f80", Dark: "#8fb3bf"}},
	Choice:  Look{Back: Colour{Light: "#dfeaf2", Dark: "#223240"}},
	Match:   Look{Fore: Colour{Light: "#1d1f21", Dark: "#14181d"}, Back: Colour{Light: "#ffd98a", Dark: "#e3b55f"}},
	Keyword: Look{Fore: Colour{Light: "#0b6e8a", Dark: "#8fc7d8"}},
	Quote:   Look{Fore: Colour{Light: "#4b7a2b", Dark: "#a9c98a"}},
	Comment: Look{Fore: faint},
	Bar:     Look{Fore: Colour{Light: "#5a9bb3", Dark: "#4f8ea3"}},
	Good:    Look{Fore: Colour{Light: "#2b8a3e", Dark: "#7fc98b"}},
	Warn:    Look{Fore: Colour{Light: "#b35c00", Dark: "#f2b35e"}, Bold: true},
}

var (
	accent = Colour{Light: "#0b6e8a", Dark: "#6cc5dd"}
	grey   = Colour{Light: "#5b6470", Dark: "#98a2b0"}
	faint  = Colour{Light: "#8d95a0", Dark: "#6a7482"}
	edge   = Colour{Light: "#c3c9d1", Dark: "#424c59"}
)
