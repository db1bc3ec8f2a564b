package shot

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// The measures of an SVG, in its units.
const (
	unitFont   = 14
	unitWidth  = 8.4
	unitHeight = 18
	unitBase   = 13.5
	unitLine   = 1
	unitMargin = 12
)

// svg is the screen as text in a monospaced font and paths.
func (g *grid) svg() []byte {
	var b bytes.Buffer
	w, h := float64(g.w)*unitWidth+2*unitMargin, float64(len(g.rows)*unitHeight+2*unitMargin)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="6" fill="%s"/>`+"\n", hex(paper))
	fmt.Fprintf(&b, `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="%d" xml:space="preserve">`+"\n", unitFont)
	for y, row := range g.rows {
		for x := 0; x < len(row); {
			n := 1
			for x+n < len(row) && row[x+n].style == row[x].style {
				n++
			}
			svgRun(&b, row[x:x+n], float64(x)*unitWidth+unitMargin, float64(y*unitHeight+unitMargin))
			x += n
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// svgRun draws cells that have one style.
func svgRun(b *bytes.Buffer, cells []cell, x, y float64) {
	fore, back := cells[0].style.colours()
	if back != paper {
		fmt.Fprintf(b, `<rect x="%.1f" y="%g" width="%.1f" height="%d" fill="%s"/>`+"\n", x, y, float64(len(cells))*unitWidth, unitHeight, hex(back))
	}
	var path strings.Builder
	alpha := 1.0
	flush := func() {
		if path.Len() > 0 {
			fmt.Fprintf(b, `<path d="%s" fill="%s" fill-opacity="%g"/>`+"\n", strings.TrimSpace(path.String()), hex(fore), alpha)
		}
		path.Reset()
	}
	for i := 0; i < len(cells); {
		at := x + float64(i)*unitWidth
		if s, ok := shapeOf([]rune(cells[i].text + " ")[0], unitWidth, unitHeight, unitLine); ok {
			if s.alpha != alpha {
				flush()
				alpha = s.alpha
			}
			svgPath(&path, s, at, y)
			i++
			continue
		}
		if cells[i].text == " " && !cells[i].style.underline {
			i++
			continue
		}
		text, n := phrase(cells[i:])
		svgText(b, text, n, at, y, cells[0].style, hex(fore))
		i += n
	}
	flush()
}

// phrase is the text that is drawn in one piece, and the cells that it takes: up to a shape or a gap, because readers of SVG make one space of
// several. A wide character is drawn alone, because fonts differ in its width.
func phrase(cells []cell) (text string, n int) {
	text, n = cells[0].text, max(cells[0].width, 1)
	for cells[0].width == 1 && n < len(cells) && cells[n].width == 1 {
		if _, shape := shapeOf([]rune(cells[n].text)[0], unitWidth, unitHeight, unitLine); shape {
			break
		}
		if cells[n].text == " " && (n+1 == len(cells) || cells[n+1].text == " ") {
			break
		}
		text += cells[n].text
		n++
	}
	return text, n
}

// svgText draws text that takes n cells.
func svgText(b *bytes.Buffer, text string, n int, x, y float64, s style, fill string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs" fill="%s"`, x, y+unitBase, float64(n)*unitWidth, fill)
	if s.bold {
		b.WriteString(` font-weight="bold"`)
	}
	if s.underline {
		b.WriteString(` text-decoration="underline"`)
	}
	b.WriteString(">")
	_ = xml.EscapeText(b, []byte(text)) // a buffer takes all
	b.WriteString("</text>\n")
}

// svgPath adds the polygons of a shape at a place to the data of a path.
func svgPath(b *strings.Builder, s shape, x, y float64) {
	for _, polygon := range s.polygons {
		for i, p := range polygon {
			command := "L"
			if i == 0 {
				command = "M"
			}
			fmt.Fprintf(b, "%s%.2f %.2f", command, x+p.x, y+p.y)
		}
		b.WriteString("Z ")
	}
}
