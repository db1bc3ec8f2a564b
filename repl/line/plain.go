package line

// Plain reports whether neither a list of candidates nor a search of the history is open.
func (e *Editor) Plain() bool { return e.menu == nil && e.search == nil }

// Pasted is the key for a text that was pasted: it has the line ends of Unix and nothing that can't be typed.
func Pasted(text string) Key { return Key{Paste, plain(text)} }
