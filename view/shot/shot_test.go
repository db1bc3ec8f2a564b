package shot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the pictures in testdata anew")

// screen has all that is drawn in a way of its own: frames, colours of each kind, weights, blocks, wide and combining characters, and one that
// the font does not have.
const screen = "\x1b[38;2;108;197;221m╭─▸ \x1b[1mcounters\x1b[0m\x1b[38;2;108;197;221m ──╮\x1b[0m\n" +
	"│\x1b[7mopens\x1b[27m 世e\u0301 \x1b[32m●○◌\x1b[39m │\n" +
	"│\x1b[44m▁▃▅█\x1b[0m\x1b[38;5;208m━━╸\x1b[4m<&>\x1b[0m ░▓│\n" +
	"╰──────┴───────╯"

func TestPicturesAreAsTheyWere(t *testing.T) {
	for _, kind := range []string{".txt", ".ans", ".svg"} {
		got, err := Encode(screen, "x"+kind)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", "screen"+kind)
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
}

func TestSVGIsWellFormed(t *testing.T) {
	got, err := Encode(screen, "x.svg")
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(got)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPNGShowsEachCell looks at cells of the image: the colour that has most of the ground, and whether anything is drawn there.
func TestPNGShowsEachCell(t *testing.T) {
	data, err := Encode(screen, "x.PNG")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := img.Bounds(), image.Rect(0, 0, 16*cellWidth+2*margin, 4*cellHeight+2*margin); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	for _, c := range []struct {
		what   string
		x, y   int
		ground color.RGBA
		drawn  bool
	}{
		{"a corner", 0, 0, paper, true},
		{"a line", 1, 0, paper, true},
		{"a letter", 5, 0, paper, true},
		{"a space", 3, 0, paper, false},
		{"a reversed letter", 1, 1, ink, true},
		{"a wide character that the font does not have", 7, 1, paper, true},
		{"its second cell", 8, 1, paper, true},
		{"a disc", 11, 1, paper, true},
		{"a low block on blue", 1, 2, color.RGBA{0x6c, 0x9f, 0xe0, 0xff}, true},
		{"a space after all sequences", 11, 2, paper, false},
	} {
		ground, drawn := look(img, c.x, c.y)
		if ground != c.ground || drawn != c.drawn {
			t.Errorf("%s: ground %v, drawn %t; want %v, %t", c.what, ground, drawn, c.ground, c.drawn)
		}
	}
}

// look is the most frequent colour of a cell, and whether it has others.
func look(img image.Image, x, y int) (ground color.RGBA, drawn bool) {
	count := map[color.RGBA]int{}
	at := cornerOf(x, y)
	for dy := range cellHeight {
		for dx := range cellWidth {
			c, _ := color.RGBAModel.Convert(img.At(at.X+dx, at.Y+dy)).(color.RGBA)
			count[c]++
			if count[c] > count[ground] {
				ground = c
			}
		}
	}
	return ground, len(count) > 1
}

// TestLinesJoin: where two cells with lines meet, their edges have the same pixels.
func TestLinesJoin(t *testing.T) {
	data, err := Encode("╭──┬━━╮\n│  │  │\n├──┼──┤\n╰──┴──╯", "x.png")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for y := range 4 {
		for x := range 7 {
			at := cornerOf(x, y)
			if right := at.X + cellWidth; x == 0 || x == 1 {
				for dy := range cellHeight {
					if img.At(right-1, at.Y+dy) != img.At(right, at.Y+dy) {
						t.Errorf("cell %d,%d and the one right of it do not join %d pixels from above", x, y, dy)
					}
				}
			}
			if low := at.Y + cellHeight; y < 3 && x%3 == 0 {
				for dx := range cellWidth {
					if img.At(at.X+dx, low-1) != img.At(at.X+dx, low) {
						t.Errorf("cell %d,%d and the one below do not join %d pixels from the left", x, y, dx)
					}
				}
			}
		}
	}
}

func TestEveryShapeStaysInItsCell(t *testing.T) {
	for r := rune(0x2190); r < 0x2900; r++ {
		s, ok := shapeOf(r, 15, 31, 2)
		if !ok {
			continue
		}
		if len(s.polygons) == 0 && r != 0x2800 {
			t.Errorf("%c is drawn with nothing", r)
		}
		for _, polygon := range s.polygons {
			for _, p := range polygon {
				if p.x < -.01 || p.x > 15.01 || p.y < -.01 || p.y > 31.01 {
					t.Errorf("%c: %v is outside", r, p)
				}
			}
		}
	}
}

func TestColours(t *testing.T) {
	for _, c := range []struct {
		screen     string
		fore, back string
	}{
		{"x", hex(ink), hex(paper)},
		{"\x1b[31mx", "#e06c75", hex(paper)},
		{"\x1b[91;40mx", "#ff8b94", "#1c2229"},
		{"\x1b[38;5;196mx", "#ff0000", hex(paper)},
		{"\x1b[38;5;244;48;5;16mx", "#808080", "#000000"},
		{"\x1b[48;2;1;2;3mx", hex(ink), "#010203"},
		{"\x1b[38;2;1;2;3;7mx", hex(paper), "#010203"},
		{"\x1b[31;44;0mx", hex(ink), hex(paper)},
		{"\x1b[31;44m\x1b[mx", hex(ink), hex(paper)},
		{"\x1b[31;44;39;49mx", hex(ink), hex(paper)},
		{"\x1b[38;5mx", "#1c2229", hex(paper)},
		{"\x1b[2Jx", hex(ink), hex(paper)},
	} {
		g := parse(c.screen)
		fore, back := g.rows[0][0].style.colours()
		if g.rows[0][0].text != "x" || hex(fore) != c.fore || hex(back) != c.back {
			t.Errorf("%q: %q %s on %s, want %s on %s", c.screen, g.rows[0][0].text, hex(fore), hex(back), c.fore, c.back)
		}
	}
}

func TestOtherEndingsAreRefused(t *testing.T) {
	for _, name := range []string{"x", "x.jpg", "png", "x.png/"} {
		_, err := Encode("x", name)
		if err == nil || !strings.Contains(err.Error(), "a picture's name ends in .txt, .ans, .svg, .png") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
