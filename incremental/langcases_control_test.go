package incremental_test

// What follows runs twice: natively, and compiled by Go3s in the kernel. See TestTheLanguageIsGos. Here: statements, loops, what
// maps and package variables keep.

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

func lang25(in, by int) int {
	sum := 0
	for i := int8(in); i > 0; i++ {
		sum += int(i)
	}
	return sum
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
