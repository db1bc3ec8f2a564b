package incremental_test

// What follows runs twice: natively, and compiled by Go3s in the kernel. See TestTheLanguageIsGos. Here: functions, methods,
// generics, functions as values.

func (p *pair[K, V]) swapWith(q *pair[K, V]) { *p, *q = *q, *p }

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

func lang8(in, by int) int {
	x := in
	f := func() func(int) int { x++; return func(y int) int { x += y; return x } }
	g := f()
	g(by)
	return g(7)*100 + x
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

func lang24(in, by int) int {
	f := base.double
	g := (*base).set
	b := base{id: in}
	g(&b, by)
	return f(b)
}

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

func lang38(in, by int) int {
	x := 0
	add := func(n int) { x += n }
	twice := func(f func(int), n int) { f(n); f(n) }
	twice(add, in)
	twice(func(n int) { x *= n }, 3)
	return x
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

func sumOf(xs ...int) (n int) {
	for i, x := range xs {
		n += x * (i + 1)
	}
	return n + len(xs)*1000
}

func lang52(in, by int) int {
	return sumOf(in, by, 3)*7 + sumOf()*5 + sumOf(by)
}

func plusOne(x int) int { return x + 1 }
func twofold(x int) int { return x * 2 }

func choose(k int) func(int) int {
	switch k & 3 {
	case 0:
		return plusOne
	case 1:
		return twofold
	case 2:
		return func(x int) int { return -x }
	}
	return nil
}

func lang53(in, by int) int {
	f := plusOne
	n := 0
	for i := range 6 {
		n = n*3 + f(i+in)
		if (i+by)&1 == 0 {
			f = twofold
		} else {
			f = plusOne
		}
	}
	return n
}

func lang54(in, by int) int {
	f := choose(in)
	if f == nil {
		return -7
	}
	return f(by) + choose(by)(in)
}

func lang55(in, by int) int {
	type step struct {
		do func(int) int
		by int
	}
	steps := [3]step{{plusOne, 1}, {twofold, in}, {func(x int) int { return x ^ 5 }, by}}
	fs := [4]func(int, int) int{1: func(a, b int) int { return a - b }, 3: func(a, b int) int { return a * b }}
	n := 0
	for i, s := range steps {
		n += s.do(s.by) * (i + 1)
	}
	return n + fs[by&3](in, by)
}

func upTo(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func pairsOf(a [5]int) func(func(int, int) bool) {
	return func(yield func(int, int) bool) {
		for i, v := range a {
			if !yield(i, v) {
				return
			}
		}
	}
}

func thrice(yield func() bool) {
	for i := 0; i < 3 && yield(); i++ {
	}
}

func lang56(in, by int) (r int) {
	n := 0
	for i := range upTo(in & 31) {
		if i == 3 {
			continue
		}
		if i > by&15 {
			break
		}
		n += i*i + 1
	}
	for range thrice {
		n = n*2 + 1
	}
	return n
}

func lang57(in, by int) int {
	n := 0
outer:
	for i, v := range pairsOf([5]int{in, by, 3, in ^ by, 5}) {
		for j := range upTo(4) {
			switch {
			case j == 2 && i == 1:
				continue outer
			case v == j+100:
				return n*10 + j
			case n > 5000:
				break outer
			}
			n += v*j + i
		}
	}
	return n
}

func lang58(in, by int) int {
	var a [6]int
	for i := range a {
		a[i] = in * i
	}
	n := copy(a[1:4], a[:])
	for i, v := range a[2:5] {
		n = n*7 + v + i
	}
	clear(a[4:])
	s := a[1:]
	s[by&7]++
	return n + sumOf(s[1:3]...) + len(a[3:]) + a[5]
}

func lang59(in, by int) int {
	var f func(int) int
	g := func(x int) int { return f(x) + 1 }
	if in&1 == 0 {
		f = plusOne
	}
	return g(by)
}

type adder struct{ n int }

func (a adder) add(x int) int { return a.n + x }

func lang60(in, by int) int {
	f := adder{in}.add
	g := adder.add
	h := func(g func(adder, int) int, a adder) int { return g(a, by) }
	return f(by)*3 + h(g, adder{7})
}

func lang61(in, by int) (n int) {
	fs := [2]func(string) string{
		func(s string) string { return s + "longer" },
		func(s string) string {
			if len(s) > 1 {
				return s[1:]
			}
			return "none"
		},
	}
	for i := range 2 {
		s := fs[(in+i)&1]("four")
		n = n*100 + len(s)
		if s == "fourlonger" {
			n += 50
		}
	}
	return n
}

func those(seq func(func(int) bool), ok func(int) bool) func(func(int) bool) {
	return func(yield func(int) bool) {
		for x := range seq {
			if ok(x) && !yield(x) {
				return
			}
		}
	}
}

func isOdd(n int) bool { return n&1 == 1 }

// lang63 has iterators and functions within themselves, each time over other functions.
func lang63(in, by int) (n int) {
	apply := func(f func(int) int, x int) int { return f(x) }
outer:
	for i := range upTo(4) {
		for j := range upTo(i + 1) {
			if j == by&3 {
				continue outer
			}
			if i == in&7 {
				break outer
			}
			n = n*5 + j
		}
	}
	for x := range those(those(upTo(9), isOdd), func(x int) bool { return x > in&7 }) {
		n = n*10 + apply(func(x int) int { return apply(plusOne, x) * by }, x)
	}
	return n
}
