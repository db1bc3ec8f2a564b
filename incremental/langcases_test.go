package incremental_test

// What follows runs twice: natively, and compiled by Go3s in the kernel. See TestTheLanguageIsGos.

type base struct {
	id  int
	tag uint8
}

func (b base) double() int { return b.id * 2 }
func (b *base) set(n int)  { b.id = n; b.tag++ }

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

func (p *pair[K, V]) swapWith(q *pair[K, V])        { *p, *q = *q, *p }
func mapPair[A, B any](a A, f func(A) B) pair[A, B] { return pair[A, B]{a, f(a)} }

type stack[T any] struct {
	items [8]T
	n     int
}

func (s *stack[T]) push(v T) bool {
	if s.n >= len(s.items) {
		return false
	}
	s.items[s.n] = v
	s.n++
	return true
}

func (s *stack[T]) pop() (v T, ok bool) {
	if s.n == 0 {
		return
	}
	s.n--
	return s.items[s.n], true
}

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

func lang2(in, by int) int {
	a, b := pair[int, int8]{in, int8(by)}, pair[int, int8]{2, 7}
	a.swapWith(&b)
	return a.key*1000 + int(a.val)*10 + int(b.val)
}

func lang3(in, by int) int {
	p := mapPair(int32(in), func(x int32) uint64 { return uint64(x) * 3 })
	return int(p.key) + int(p.val)
}

func lang4(in, by int) int {
	var s stack[int32]
	for i := range int32(10) {
		if !s.push(i * int32(by)) {
			break
		}
	}
	t := 0
	for range 3 {
		v, ok := s.pop()
		if ok {
			t = t*100 + int(v)
		}
	}
	return t
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
func lang8(in, by int) int {
	x := in
	f := func() func(int) int { x++; return func(y int) int { x += y; return x } }
	g := f()
	g(by)
	return g(7)*100 + x
}

func lang9(in, by int) int {
	i := in & 15
loop:
	if i < 10 {
		i += 3
		goto loop
	}
	return i
}

func lang10(in, by int) int {
	s := 0
outer:
	for i := 0; ; i++ {
		for j := 0; j < 5; j++ {
			switch {
			case i*j == 6+in&1:
				break outer
			case j > i:
				continue outer
			}
			s += i*10 + j
		}
	}
	return s
}

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

func lang16(in, by int) int {
	n := 0
	for i := range 3 {
		defer_ := i * in
		func() {
			n += defer_ * 10
			if i == 1 {
				return
			}
			n++
		}()
	}
	return n
}

func lang17(in, by int) int {
	return min(in, by, 2)*100 + max(4, 9, 7)*10 + int(min(uint8(200), 100)) + max(in, -5)
}

func lang18(in, by int) int {
	x := in
	{
		x := 2
		x++
		_ = x
	}
	if x := 5; x > 3 {
		x++
		in += x
	} else {
		x--
		in -= x
	}
	return x + in
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

func lang22(in, by int) int {
	x, y := in, by
	x, y = y, x+y
	x, y = y, x+y
	a := [2]int{0, 1}
	i := 0
	i, a[i] = 1, 9
	a[0], a[1] = a[1], a[0]
	return x*100 + y*10 + a[0] + a[1]*1000
}

func lang23(in, by int) int {
	n := in
	for i := 0; i < 3; i++ {
		p := &i
		*p++
		n = n*10 + i
	}
	return n
}

func lang24(in, by int) int {
	f := base.double
	g := (*base).set
	b := base{id: in}
	g(&b, by)
	return f(b)
}

func lang25(in, by int) int {
	sum := 0
	for i := int8(in); i > 0; i++ {
		sum += int(i)
	}
	return sum
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

func lang28(in, by int) int {
	s := 0
	for i := in & 63; i >= 0; i -= 3 {
		if i == 4 {
			continue
		}
		s = s*10 + i
	}
	return s
}

func fact(n int) int {
	r := 1
	for ; n > 1; n-- {
		r *= n
	}
	return r
}
func lang29(in, by int) int { return fact(in&15) + fact(5) }
func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
func lang30(in, by int) int { return gcd(in, by)*100 + gcd(17, 5) }
func collatz(n int) (steps int) {
	for n != 1 {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
		steps++
	}
	return
}
func lang31(in, by int) int { return collatz(in&1023 + 1) }
func lang32(in, by int) int {
	var a [10]int
	for i := range a {
		a[i] = (i * in) % by
	}
	for i := range a {
		for j := 0; j < len(a)-1-i; j++ {
			if a[j] > a[j+1] {
				a[j], a[j+1] = a[j+1], a[j]
			}
		}
	}
	r := 0
	for _, v := range a {
		r = (r*37 + v) % 1000003
	}
	return r
}

func fib(n int) int {
	a, b := 0, 1
	for range n {
		a, b = b, a+b
	}
	return a
}
func lang33(in, by int) int { return fib(in & 63) }
func multi(a int) (int, int8, bool) {
	if a > 0 {
		return a, int8(a), true
	}
	return -a, -1, false
}

func lang34(in, by int) int {
	a, b, c := multi(in)
	d, e, f := multi(by)
	n := 0
	if c && !f {
		n = 1
	}
	return a + int(b) + d*10 + int(e) + n*100000
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

func lang36(in, by int) int {
	b := in > by
	n := in & 1
	if b && !(n > 0) || n == 5 {
		n = 1
	}
	b = n != 1
	if b != true {
		n += 10
	}
	w := weekday(in)
	w += 10
	return n + int(w)*100
}

func sieve(n int) (count int) {
	var comp [200]bool
	for i := 2; i < n && i < len(comp); i++ {
		if comp[i] {
			continue
		}
		count++
		for j := i * i; j < len(comp); j += i {
			comp[j] = true
		}
	}
	return
}
func lang37(in, by int) int { return sieve(in & 255) }
func lang38(in, by int) int {
	x := 0
	add := func(n int) { x += n }
	twice := func(f func(int), n int) { f(n); f(n) }
	twice(add, in)
	twice(func(n int) { x *= n }, 3)
	return x
}

func lang39(in, by int) int {
	h := uint32(2166136261)
	for i := range uint32(in & 2047) {
		h ^= i & 0xff
		h *= 16777619
	}
	return int(h)
}

func lang40(in, by int) int {
	var g [3][4]int
	for i := range g {
		for j := range g[i] {
			g[i][j] = i*4 + j
		}
	}
	s := 0
	for _, row := range g {
		for _, v := range row {
			s = s*3 + v*in
		}
		row[0] = 99
	}
	return s + g[1][0] + g[by%3][0]
}

var (
	elements = map[int]int{}
	records  = map[int8]record{}
	history  [4]int
	last     record
	steps    int
	grid     [4]int
	kept     record
)

type record struct {
	n    int
	seen [2]bool
	sub  struct{ lo, hi int16 }
}

func lang41(in, by int) int {
	k := in & 7
	elements[k] |= by
	elements[k+1] += in
	elements[k+2] -= by
	elements[k+3] *= 3
	elements[k+4] <<= uint(by & 3)
	elements[k] ^= in
	elements[k+1] &^= 5
	elements[k]++
	elements[k+1]--
	old, ok := elements[by&15]
	if ok && old > 1000 {
		delete(elements, by&15)
	}
	_, still := elements[by&15]
	if still {
		old++
	}
	return elements[k] + elements[k+1]*3 + elements[k+2]*5 + elements[k+3]*7 + elements[k+4]*11 + old
}

func lang42(in, by int) int {
	k := int8(in & 3)
	r := records[k]
	r.n += by
	r.seen[by&1] = true
	r.sub.hi = int16(in)
	records[k] = r
	r.n = 0
	other := records[k^1]
	if other == (record{}) {
		return -1
	}
	if records[k] != r {
		return records[k].n + int(other.sub.hi)
	}
	return 1
}

func lang43(in, by int) int {
	steps++
	history[steps&3] = in
	p := &history[by&3]
	*p += by
	last.n, last.sub.lo = last.n+1, int16(by)
	q := &last
	q.seen[0] = !q.seen[0]
	s := 0
	for i, v := range history {
		s += v * (i + 1)
	}
	if q.seen[0] {
		s++
	}
	return s + last.n + int(q.sub.lo)
}

func lang44(in, by int) (r int) {
	switch x := in % 7; {
	case x < 0:
		r = -1
		fallthrough
	case x == 0:
		r += 10
	case x > 4, by < 0:
		r = 50
		if by > -10 {
			break
		}
		r++
	default:
		r = x
	}
	switch by & 3 {
	case 0, 2:
		r += 100
	case 1:
	default:
		r += 200
	}
	switch {
	}
	switch b := by > 3; b {
	case in > 3:
		r += 1000
	}
	return r
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

func lang46(in, by int) int {
	n := 0
	for i := range 40 {
		for j := range 40 {
			if (i*j+in)%7 == 0 {
				n += i ^ j
				continue
			}
			if j > by&63 {
				break
			}
			grid[j&3] ^= i
		}
	}
	return n + grid[0] + grid[3]
}

func lang47(in, by int) int {
	var buf [64]uint8
	h := uint64(in)
	for i := range buf {
		h = h*6364136223846793005 + 1442695040888963407
		if h>>63 == 1 {
			buf[i] = uint8(h >> 56)
		}
	}
	n := 0
	for i := 0; i < len(buf); i++ {
		if buf[i] > uint8(by) {
			n += int(buf[i])
		}
	}
	return n
}

func evens(limit int, visit func(int) bool) int {
	n := 0
	for i := 0; i < limit && i < 50; i += 2 {
		if !visit(i) {
			return n
		}
		n++
	}
	return n
}

func lang48(in, by int) int {
	sum := 0
	n := evens(in&63, func(i int) bool {
		sum += i
		return i < by&31
	})
	return n*1000 + sum
}

func lang49(in, by int) int {
	var a, b *record
	var local record
	if in&1 == 0 {
		a = &local
	}
	if by&1 == 0 {
		b = &kept
	}
	if a != nil {
		a.n = 5
	}
	if a == b {
		return 1
	}
	if b != nil {
		b.sub.hi++
	}
	if in&2 == 0 {
		b = a
	}
	return b.n + int(b.sub.hi)
}

func lang50(in, by int) int {
	c := in
	for c > by && c > 0 {
		if c&1 == 0 {
			c >>= 1
			continue
		}
		c -= 3
	}
	return c
}

func lang51(in, by int) int {
	var squares [6]int
	sum, last := 0, 0
	//go:unroll
	for i := range squares {
		squares[i] = i * in
	}
	//go:unroll 2
	for i := 9; i > 0; i -= 2 {
		if i == by&7 {
			continue
		}
		sum = sum*3 + i*in
		if sum > 1000 {
			last = i
			break
		}
	}
	//go:unroll 4
	for i := 0; i < by&31; i++ {
		sum = sum*5 + i
		last += squares[i%6]
	}
	return sum*7 + last
}
