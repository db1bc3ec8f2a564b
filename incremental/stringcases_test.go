package incremental_test

import "strings"

// What follows runs twice: natively, and compiled by Go3s in the kernel. See TestStringsAreGos.

func caseLen(s, t string, i, j int) (int, string) { return len(s)*1000 + len(t), s }

func caseIndexing(s, t string, i, j int) (int, string) { return int(s[i]), t }

func caseFirstByte(s, t string, i, j int) (int, string) { return int(s[0]), t }

func caseByteAt31(s, t string, i, j int) (int, string) { return int(s[31]), t }

func caseTable(s, t string, i, j int) (int, string) {
	return int("0123456789abcdef"[i&15]), t
}

func caseSliceConst(s, t string, i, j int) (int, string) { return 0, s[3:10] }

func caseSliceHead(s, t string, i, j int) (int, string) { return 0, s[:16] }

func caseSliceTail(s, t string, i, j int) (int, string) { return 0, s[1:] }

func caseSliceEight(s, t string, i, j int) (int, string) { return 0, s[8:] + t[:1] }

func caseSliceAll(s, t string, i, j int) (int, string) { return len(s[:]), s[:] }

func caseSliceLow(s, t string, i, j int) (int, string) { return 0, s[i:] }

func caseSliceHigh(s, t string, i, j int) (int, string) { return 0, s[:j] }

func caseSliceBoth(s, t string, i, j int) (int, string) { return 0, s[i:j] }

func caseSliceOfSlice(s, t string, i, j int) (int, string) { return len(s[2:][:3]), s[2:][1:] }

func caseShift(s, t string, i, j int) (int, string) {
	n := 0
	for len(s) > 0 {
		if s[0] == 'a' {
			n++
		}
		s = s[1:]
		if n > 5 {
			break
		}
	}
	return n, s
}

func caseCompare(s, t string, i, j int) (int, string) {
	n := 0
	if s == t {
		n |= 1
	}
	if s != t {
		n |= 2
	}
	if s < t {
		n |= 4
	}
	if s <= t {
		n |= 8
	}
	if s > t {
		n |= 16
	}
	if s >= t {
		n |= 32
	}
	return n, min(s, t)
}

func caseCompareConst(s, t string, i, j int) (int, string) {
	n := 0
	if s == "" {
		n |= 1
	}
	if s == "a" {
		n |= 2
	}
	if s != "ab" {
		n |= 4
	}
	if s == "abababa" {
		n |= 8
	}
	if s == "abababab" {
		n |= 16
	}
	if s > "ab" {
		n |= 32
	}
	if s <= "baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
		n |= 64
	}
	if s == "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
		n |= 128
	}
	return n, max(s, t, "abb")
}

func caseSwitch(s, t string, i, j int) (int, string) {
	switch s {
	case "", "a":
		return 1, "short"
	case "ab", "ba":
		return 2, "a pair"
	case t:
		return 3, "the other"
	}
	return 4, ""
}

func casePrefix(s, t string, i, j int) (int, string) {
	n := 0
	for k, p := range [6]bool{
		strings.HasPrefix(s, t), strings.HasPrefix(s, ""), strings.HasPrefix(s, "a"), strings.HasPrefix(s, "aba"),
		strings.HasPrefix(s, "abababa"), strings.HasPrefix(t, s),
	} {
		if p {
			n |= 1 << k
		}
	}
	return n, strings.TrimPrefix(s, "ab")
}

func casePrefixOfConst(s, t string, i, j int) (int, string) {
	if strings.HasPrefix("abababababab", s) {
		return 1, strings.TrimPrefix("abababababab", s)
	}
	return 0, strings.TrimPrefix(s, t)
}

func caseSuffix(s, t string, i, j int) (int, string) {
	n := 0
	if strings.HasSuffix(s, t) {
		n |= 1
	}
	if strings.HasSuffix(s, "") {
		n |= 2
	}
	if strings.HasSuffix(s, "ba") {
		n |= 4
	}
	if strings.HasSuffix(s, "abababababababab") {
		n |= 8
	}
	return n, strings.TrimSuffix(s, "ba")
}

func caseTrimSuffix(s, t string, i, j int) (int, string) { return 0, strings.TrimSuffix(s, t) }

func caseIndex(s, t string, i, j int) (int, string) { return strings.Index(s, t), "" }

func caseIndexConst(s, t string, i, j int) (int, string) {
	return strings.Index(s, "b")*10000 + strings.Index(s, "bab")*100 + strings.Index(s, ""), ""
}

func caseIndexByte(s, t string, i, j int) (int, string) {
	return strings.IndexByte(s, 'b')*100 + strings.IndexByte(s, byte(i)), ""
}

func caseContains(s, t string, i, j int) (int, string) {
	n := 0
	if strings.Contains(s, t) {
		n |= 1
	}
	if strings.Contains(s, "aab") {
		n |= 2
	}
	if !strings.Contains(s, "bb") {
		n |= 4
	}
	if strings.Contains("ababbab", t) {
		n |= 8
	}
	return n, ""
}

func caseJoin(s, t string, i, j int) (int, string) { return 0, s + t }

func caseJoinConst(s, t string, i, j int) (int, string) {
	return len("<" + s + ">"), "<" + s + ">, <" + t + ">"
}

func caseJoinAligned(s, t string, i, j int) (int, string) {
	return 0, "12345678" + s + "a longer constant"
}

func caseJoinTwice(s, t string, i, j int) (int, string) {
	s += t
	s += "!"
	return len(s), s
}

func caseJoinLoop(s, t string, i, j int) (int, string) {
	r := ""
	for k := range 5 {
		if k < len(s) {
			r += s[k : k+1]
		}
		r += "-"
	}
	return len(r), r
}

func caseRangeSum(s, t string, i, j int) (int, string) {
	n := 0
	for k, r := range s {
		n = n*31 + k*7 + int(r)
	}
	return n, ""
}

func caseRangeKeys(s, t string, i, j int) (int, string) {
	n, last := 0, 0
	for k := range s {
		n++
		last = k
	}
	return n*100 + last, ""
}

func caseRangeBreak(s, t string, i, j int) (int, string) {
	for k, r := range s {
		if r == 'b' {
			continue
		}
		if k >= i || r > 0x7f {
			return k, s[:k]
		}
	}
	return -1, t
}

func caseRangeTwo(s, t string, i, j int) (int, string) {
	n := 0
	for _, a := range s[:4] {
		for _, b := range t {
			if a == b {
				n++
			}
		}
	}
	return n, ""
}

func caseRangeConst(s, t string, i, j int) (int, string) {
	n := 0
	for k, r := range "aé→😀\xff!" {
		n = n*13 + k + int(r)
	}
	return n, ""
}

func caseBytes(s, t string, i, j int) (int, string) {
	n := 0
	for k := 0; k < len(s); k++ {
		n = n*3 + int(s[k])
	}
	return n, ""
}

func caseRune(s, t string, i, j int) (int, string) {
	return len(string(rune(i*j*61 | 1))), "<" + string(rune(i*i*j|1)) + ">"
}

func caseArray(s, t string, i, j int) (int, string) {
	var b [7]byte
	for k := range b {
		if k < len(s) {
			b[k] = s[k]
		} else {
			b[k] = 'z'
		}
	}
	return 0, string(b[:]) + string(b[1:3])
}

type twoTexts struct {
	first, second string
	n             int
}

func (p twoTexts) swapped() twoTexts { return twoTexts{p.second, p.first, -p.n} }

func caseStruct(s, t string, i, j int) (int, string) {
	p := twoTexts{s, t, i}.swapped()
	if p == (twoTexts{t, s, -i}) {
		p.n++
	}
	return p.n, p.first + p.second
}

func caseArrayOfStrings(s, t string, i, j int) (int, string) {
	a := [3]string{s, "constant", t}
	n := 0
	for _, x := range a {
		n += len(x)
	}
	return n, a[i]
}

func oneOf(c bool, s, t string) string {
	if c {
		return s
	}
	return t
}

func casePhi(s, t string, i, j int) (int, string) {
	r := "none"
	if i < j {
		r = s
	}
	u := oneOf(i > j, t, "equal or less")
	return len(r), r + u
}

func casePointer(s, t string, i, j int) (int, string) {
	p, q := &s, &t
	if i < j {
		p, q = q, p
	}
	*p += "x"
	return len(*q), *p
}

func caseClosure(s, t string, i, j int) (int, string) {
	add := func(x string) { s += x }
	add("1")
	if i > j {
		add(t)
	}
	return 0, s
}

func caseNamed(s, t string, i, j int) (int, string) {
	type text string
	x := text(s)
	if x < "b" {
		x = text(t) + "b"
	}
	return len(x), string(x)
}

func caseRangeAssign(s, t string, i, j int) (int, string) {
	var k int
	var r rune
	for k, r = range s {
		if r == 'b' {
			s = t
		}
	}
	return k*1000 + int(r), s
}

func caseRangeLabel(s, t string, i, j int) (int, string) {
	n := 0
	s = s[:5]
outer:
	for a, r := range s {
		for b := range 6 {
			if b > a || b >= len(t) {
				continue outer
			}
			if r == rune(t[b]) && a > 1 {
				n += a * b
				break outer
			}
			n++
		}
	}
	return n, ""
}

func caseRangeClosure(s, t string, i, j int) (int, string) {
	n := 0
	for k, r := range s {
		add := func() { n += k + int(r) }
		add()
		if r > 127 {
			return n, s[k:]
		}
	}
	return -n, ""
}

func reverseText(s string) string {
	r := ""
	for _, c := range s {
		r = string(c) + r
	}
	return r
}

func caseReverse(s, t string, i, j int) (int, string) {
	if len(s) > 20 {
		s = s[:20]
	}
	return len(s), reverseText(s)
}

func caseFields(s, t string, i, j int) (int, string) {
	n := 0
	for {
		at := strings.Index(s, "b")
		if at < 0 {
			break
		}
		s = s[at+1:]
		n++
		if n > 6 {
			break
		}
	}
	return n, s
}

func caseCount(s, t string, i, j int) (int, string) {
	var counts [256]uint8
	for k := range len(s) {
		counts[s[k]]++
	}
	return int(counts['a'])*100 + int(counts['b']), ""
}

func caseNibbles(s, t string, i, j int) (int, string) {
	r := ""
	for k := range 8 {
		if k >= len(s) {
			break
		}
		r += string("0123456789abcdef"[s[k]>>4]) + "0123456789abcdef"[s[k]&15:][:1]
	}
	return len(r), r
}

func caseHash(s, t string, i, j int) (int, string) {
	h := uint32(2166136261)
	for k := 0; k < len(s); k++ {
		h = (h ^ uint32(s[k])) * 16777619
	}
	return int(h), ""
}

func caseAtoi(s, t string, i, j int) (int, string) {
	n := 0
	for _, c := range "12345" + t {
		if c < '0' || c > '9' {
			return n, "no digit"
		}
		n = n*10 + int(c-'0')
	}
	return n, ""
}

func caseTernary(s, t string, i, j int) (int, string) {
	if s < t && (s == "" || t[0] != 'a') || strings.HasPrefix(t, s) {
		s, t = t, s
	}
	return len(s) - len(t), t + "|" + s
}

func caseSliceOverlap(s, t string, i, j int) (int, string) {
	for range 3 {
		if len(s) > 9 {
			s = s[8:]
		}
		if len(s) > 3 {
			s = s[:len(s)-1]
		}
	}
	return len(s), s
}

// caseFirstRunes has loops with one round: a body that always leaves.
func caseFirstRunes(s, t string, i, j int) (int, string) {
	n := 0
	for k := range 3 {
		for at, r := range s {
			n += at + int(r)*k
			break
		}
	}
	for range t {
		n++
		for _, r := range t {
			return n*3 + int(r), s
		}
	}
	return n, t
}
