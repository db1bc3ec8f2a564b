package incremental_test

// What follows runs twice: natively, and compiled by Go3s in the kernel. See TestTheLanguageIsGos. Here: types, constants, operators.

type base struct {
	id  int
	tag uint8
}

func (b base) double() int { return b.id * 2 }

func (b *base) set(n int) { b.id = n; b.tag++ }

type (
	derived struct {
		base
		extra [3]int16
	}
	pair[K, V any] struct {
		key K
		val V
	}
)

type color int

const (
	red color = iota
	green
	blue
	_
	black
)

func (c color) next() color {
	switch c {
	case red:
		return green
	case green:
		return blue
	case blue:
		fallthrough
	default:
		return black
	}
}

type matrix [3][3]int

func (m matrix) mul(o matrix) (r matrix) {
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				r[i][j] += m[i][k] * o[k][j]
			}
		}
	}
	return
}

const (
	KB = 1 << (10 * (iota + 1))
	MB
	GB
)

type (
	weekday uint8
	flags   uint16
)

const (
	fa flags = 1 << iota
	fb
	fc
)

func lang1(in, by int) int {
	d := derived{base{in, 1}, [3]int16{1, -2, int16(by)}}
	d.set(in * 3)
	return d.double()*100 + int(d.tag) + int(d.extra[1+in&1])
}

func lang5(in, by int) int {
	c := color(in & 3)
	n := 0
	for range 5 {
		c = c.next()
		n = n*10 + int(c)
	}
	return n
}

func lang6(in, by int) int {
	m := matrix{{in, by, 3}, {4, 5, 6}, {7, 8, 9}}
	r := m.mul(m)
	return r[0][0] + r[1][2]*1000 + r[2][2]*1000000
}

func lang7(in, by int) int { var a [8]int; a[by&7] = in; return KB + MB*3 + GB>>20 + a[in&7] }

func lang11(in, by int) int {
	var a [5]int
	p := &a[2]
	*p = by
	q := &a
	q[3] = *p + 1
	for i := range q {
		q[i]++
	}
	b := *q
	b[0] = 100
	return a[0] + a[2]*10 + a[3]*100 + b[0]*1000
}

func lang12(in, by int) int {
	x := int8(in)
	x++
	y := uint8(by)
	y--
	z := int16(in)
	z = -z
	w := int32(in << 20)
	w /= int32(by)
	return int(x) + int(y)*1000 + int(z) + int(w)
}

func lang13(in, by int) int {
	a, b := in, by
	return a/b*1000 + a%b*100 + (a>>1)*10 + (a & b) + (a | 1) ^ 3&^1
}

func lang14(in, by int) int {
	u := uint32(in)
	n := by
	m := uint64(in) << 60
	return int(u<<n) + int(m>>60) + int(int64(m)>>62) + int(int8(-1)>>7) + int(uint16(n*1000)<<4>>8)
}

func lang15(in, by int) int {
	type k struct{ a, b int8 }
	x, y := k{1, 2}, k{int8(in), 2}
	n := 0
	if x == y {
		n++
	}
	y.b = 3
	if x != y {
		n += 10
	}
	if [2]k{x, y} == [2]k{{1, 2}, {1, 3}} {
		n += 100
	}
	return n
}

func lang17(in, by int) int {
	return min(in, by, 2)*100 + max(4, 9, 7)*10 + int(min(uint8(200), 100)) + max(in, -5)
}

func lang19(in, by int) int { f := fa | flags(in); f &^= fa; f |= fb; return int(f) + int(fc)*10 }

func lang20(in, by int) (r int) {
	var arr [4]struct {
		x  int
		ok bool
	}
	for i := range arr {
		e := &arr[i]
		e.x = i * in
		e.ok = i%2 == 0
	}
	for _, e := range arr {
		if e.ok {
			r += e.x
		} else {
			r -= e.x
		}
	}
	return
}

func lang21(in, by int) int {
	a := [...]int{5: in, 2, 1: by}
	return len(a)*1000 + a[5]*100 + a[6]*10 + a[1]
}

func lang26(in, by int) int {
	x := uint64(in)
	return int(x%10) + int(x/1000000000000000000) + int(uint32(x)>>28) + int(int32(x))
}

func lang27(in, by int) int {
	type inner struct{ v [2]int }
	type outer struct {
		a, b inner
		p    int
	}
	o := outer{a: inner{[2]int{in, by}}}
	o.b = o.a
	o.a.v[0] = 50
	c := o
	c.b.v[1] = 70
	o.p = c.b.v[1]
	return o.a.v[0] + o.b.v[0]*10 + o.b.v[1]*100 + o.p*1000
}

func lang35(in, by int) int {
	var p *base
	b := base{id: 1}
	if in > by {
		p = nil
	}
	if p == nil {
		p = &b
	}
	q := p
	q.set(in)
	if p != q {
		return -1
	}
	return b.id + p.double()
}

func lang45(in, by int) int {
	type key struct {
		a [2]int8
		b bool
	}
	x := key{[2]int8{int8(in), int8(by)}, in > by}
	y := x
	y.a[in&1]++
	x, y = y, x
	z := [2]key{x, y}
	w := z
	w[by&1].b = !w[by&1].b
	n := 0
	for i := range z {
		if z[i] == w[i] {
			n += 1 << i
		}
	}
	if z[0] == y {
		n += 4
	}
	return n*1000 + int(w[0].a[0]) + int(z[1].a[1])
}

func lang62(in, by int) (n int) {
	var cube [2][3][2]int16
	for i, plane := range cube {
		for j, row := range plane {
			for k := range row {
				cube[i][j][k] = int16(in*i + by*j + k)
			}
			n += int(row[1]) // a copy from before
		}
		plane[1] = [2]int16{7, 8}
		n += int(plane[1][i])
	}
	for _, plane := range &cube {
		for _, row := range plane {
			if row == [2]int16{0, 1} {
				n += 1000
			}
			n = n*3 + int(row[0])
		}
	}
	return n
}

func samePlace(p, q *[2]int) bool { return p == q }

// lang64 compares the addresses of variables that nobody reads, or that hold the same.
func lang64(in, by int) (n int) {
	x, y := 1, 1
	p, q := &x, &y
	if in > by {
		p, q = q, p
	}
	if p == q {
		n |= 1
	}
	if p == &x {
		n |= 2
	}
	a, b := [2]int{in, by}, [2]int{in, by}
	if samePlace(&a, &b) {
		n |= 4
	}
	if samePlace(&a, &a) && &a[0] != &a[in&1] {
		n |= 8
	}
	return n
}
