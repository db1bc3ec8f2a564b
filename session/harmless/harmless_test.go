package harmless

import (
	"testing"
	"unicode"

	"go3s/incremental/source"
)

func TestEscape(t *testing.T) {
	for _, c := range []struct{ what, in, want string }{
		{"plain text", "cat /etc/passwd", "cat /etc/passwd"},
		{"a backslash stays", `a\nb`, `a\nb`},
		{"letters of the world", "naïve 日本 ‣ é", "naïve 日本 ‣ é"},
		{"newline, tab, return", "a\nb\tc\rd", `a\nb\tc\rd`},
		{"colour", "\x1b[31mred", `\x1b[31mred`},
		{"clipboard write", "\x1b]52;c;cm0gLXJm\x07", `\x1b]52;c;cm0gLXJm\x07`},
		{"title", "\x1b]0;x\x1b\\", `\x1b]0;x\x1b\`},
		{"C1 control as a rune", "\u009b31m", `\u009b31m`},
		{"C1 control as a byte", "\x9b31m", `\x9b31m`},
		{"backspace and delete", "a\bb\x7f", `a\x08b\x7f`},
		{"nul", "a\x00b", `a\x00b`},
		{"bidi override", "user\u202egnp.exe", `user\u202egnp.exe`},
		{"bidi isolate", "\u2066x\u2069", `\u2066x\u2069`},
		{"line separators", "a\u2028b\u0085c", `a\u2028b\u0085c`},
		{"zero-width joiner and space", "a\u200db\u200b", `a\u200db\u200b`},
		{"byte order mark", "\ufeffx", `\ufeffx`},
		{"soft hyphen", "a\u00adb", `a\u00adb`},
		{"no-break space", "a\u00a0b", `a\u00a0b`},
		{"Hangul filler", "a\u3164b", `a\u3164b`},
		{"variation selector", "❤\ufe0f", `❤\ufe0f`},
		{"tags", "a\U000e0041", `a\U000e0041`},
		{"supplementary variation selector", "a\U000e0100", `a\U000e0100`},
		{"private use", "\ue000\U000f0000", `\ue000\U000f0000`},
		{"not UTF-8", "a\xff\xfeb\xc3", `a\xff\xfeb\xc3`},
		{"overlong and surrogate", "\xc0\x80\xed\xa0\x80", `\xc0\x80\xed\xa0\x80`},
		{"the replacement character itself", "\ufffd", "\ufffd"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("\x1b]52;c;x\x07\u202e\x9b")
	f.Fuzz(func(t *testing.T, in string) {
		out := Text(in)
		for _, r := range out {
			if !unicode.IsPrint(r) || invisible(r) {
				t.Errorf("%q becomes %q, which has %U", in, out, r)
			}
		}
		if again := Text(out); again != out {
			t.Errorf("%q becomes %q and then %q", in, out, again)
		}
		if source.Width(out) < len([]rune(in))/8 && len(in) < 8 {
			t.Errorf("%q becomes %q: text is gone", in, out)
		}
	})
}
