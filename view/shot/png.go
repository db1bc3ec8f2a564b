package shot

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// The measures of a PNG, in pixels. In this size a character of Go Mono is a whole number of pixels wide.
const (
	fontSize   = 25
	cellWidth  = 15
	cellHeight = 31
	baseline   = 23
	lineWidth  = 2
	margin     = 24
)

// painter draws cells on an image.
type painter struct {
	img   *image.RGBA
	fonts [2]*sfnt.Font // regular, bold
	faces [2]font.Face
	buf   sfnt.Buffer
	fill  vector.Rasterizer
}

// png is the screen as an image.
func (g *grid) png() ([]byte, error) {
	p := &painter{img: image.NewRGBA(image.Rect(0, 0, g.w*cellWidth+2*margin, len(g.rows)*cellHeight+2*margin))}
	for i, data := range [][]byte{gomono.TTF, gomonobold.TTF} {
		f, err := opentype.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("read the font: %w", err)
		}
		p.fonts[i] = f
		if p.faces[i], err = opentype.NewFace(f, &opentype.FaceOptions{Size: fontSize, DPI: 72, Hinting: font.HintingFull}); err != nil {
			return nil, fmt.Errorf("read the font: %w", err)
		}
	}
	draw.Draw(p.img, p.img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	for y, row := range g.rows {
		for x, c := range row {
			p.ground(x, y, c)
		}
		for x, c := range row {
			p.cell(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p.img); err != nil {
		return nil, fmt.Errorf("encode a PNG: %w", err)
	}
	return b.Bytes(), nil
}

// corner is the upper left corner of a cell.
func cornerOf(x, y int) image.Point { return image.Pt(margin+x*cellWidth, margin+y*cellHeight) }

// ground draws the background of a cell.
func (p *painter) ground(x, y int, c cell) {
	if _, back := c.style.colours(); back != paper {
		at := cornerOf(x, y)
		draw.Draw(p.img, image.Rectangle{at, at.Add(image.Pt(cellWidth, cellHeight))}, image.NewUniform(back), image.Point{}, draw.Src)
	}
}

// cell draws the text of a cell.
func (p *painter) cell(x, y int, c cell) {
	fore, _ := c.style.colours()
	at := cornerOf(x, y)
	if c.style.underline {
		draw.Draw(p.img, image.Rect(at.X, at.Y+baseline+2, at.X+cellWidth, at.Y+baseline+2+lineWidth), image.NewUniform(fore), image.Point{}, draw.Src)
	}
	if c.text == "" || c.text == " " {
		return
	}
	weight := 0
	if c.style.bold {
		weight = 1
	}
	for i, r := range c.text {
		if s, ok := shapeOf(r, cellWidth, cellHeight, lineWidth); ok {
			p.shape(at, s, fore)
			continue
		}
		if glyph, err := p.fonts[weight].GlyphIndex(&p.buf, r); err != nil || glyph == 0 {
			if i == 0 {
				p.shape(at, missing(c.width, cellWidth, cellHeight), fore)
			}
			continue // a mark that the font does not have
		}
		d := font.Drawer{Dst: p.img, Src: image.NewUniform(fore), Face: p.faces[weight], Dot: fixed.P(at.X, at.Y+baseline)}
		d.DrawString(string(r))
	}
}

// shape fills polygons in the cell at a corner.
func (p *painter) shape(at image.Point, s shape, c color.RGBA) {
	w, h := 2*cellWidth, cellHeight
	p.fill.Reset(w, h)
	for _, polygon := range s.polygons {
		for i, q := range polygon {
			if i == 0 {
				p.fill.MoveTo(float32(q.x), float32(q.y))
			} else {
				p.fill.LineTo(float32(q.x), float32(q.y))
			}
		}
		p.fill.ClosePath()
	}
	src := image.NewUniform(color.NRGBA{c.R, c.G, c.B, uint8(255 * s.alpha)})
	p.fill.Draw(p.img, image.Rectangle{at, at.Add(image.Pt(w, h))}, src, image.Point{})
}

// missing is a frame that stands for a character that the font does not have.
func missing(cells int, w, h float64) shape {
	right := w*float64(cells) - 2
	hole := box(4, h*.25+2, right-2, h*.8-2)
	hole[1], hole[3] = hole[3], hole[1]
	return shape{polygons: [][]point{box(2, h*.25, right, h*.8), hole}, alpha: .6}
}
