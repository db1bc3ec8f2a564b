package syntax

import "strings"

// respell rewrites the spellings that are not Go, each in place and with the same length, so that all positions
// stay true: bpf::map::X and bpf::tcp::X become bpf.X and bpf.TcpX, X<T> becomes X[T] where X is a generic type of bpf.
func respell(text string) string {
	colons := strings.Contains(text, "bpf::")
	if !colons && !mayHaveAngles(text) {
		return text
	}
	out := []byte(text)
	for pos := 0; pos < len(out); {
		switch c := out[pos]; {
		case c == '"' || c == '`' || c == '\'':
			pos = literalEnd(text, pos)
		case c == '/' && pos+1 < len(out) && (out[pos+1] == '/' || out[pos+1] == '*') && !inPath(text, pos):
			pos = commentEnd(text, pos)
		case isIdent(c):
			end := pos
			for end < len(out) && isIdent(out[end]) {
				end++
			}
			if string(out[pos:end]) == "bpf" {
				end = respellPath(out, end)
			}
			if generic[string(out[pos:end])] || generic[lastWord(out[pos:end])] {
				respellAngles(out, end)
			}
			pos = max(end, pos+1)
		default:
			pos++
		}
	}
	return string(out)
}

// generic are the type names whose arguments may be written in angle brackets.
var generic = nameSet(`PerCpuArray PerCPUArray PerCpuHash PerCPUHash PerCpuHashMap LruHash LRUHash LruHashMap LruPerCpuHash PerCPULRUHash Hash
	HashMap Array Hist RingBuf Stack Queue`)

// mayHaveAngles reports whether a generic type's name may precede an angle bracket.
func mayHaveAngles(text string) bool {
	for pos := 0; ; {
		i := strings.IndexByte(text[pos:], '<')
		if i < 0 {
			return false
		}
		pos += i
		start := pos
		for start > 0 && isIdent(text[start-1]) {
			start--
		}
		if generic[text[start:pos]] {
			return true
		}
		pos++
	}
}

// lastWord is the identifier at the end of b.
func lastWord(b []byte) string {
	i := len(b)
	for i > 0 && isIdent(b[i-1]) {
		i--
	}
	return string(b[i:])
}

// respellPath rewrites ::x::Y after bpf, which ends at pos, and returns where Y ends.
func respellPath(out []byte, pos int) int {
	start, modules := pos, []string{}
	for {
		if pos+2 >= len(out) || out[pos] != ':' || out[pos+1] != ':' || !isIdent(out[pos+2]) {
			break
		}
		end := pos + 2
		for end < len(out) && isIdent(out[end]) {
			end++
		}
		modules = append(modules, string(out[pos+2:end]))
		pos = end
	}
	if len(modules) == 0 {
		return start
	}
	name := ""
	for i, m := range modules {
		if i < len(modules)-1 && m == "map" {
			continue
		}
		if i < len(modules)-1 {
			m = strings.ToUpper(m[:1]) + m[1:]
		}
		name += m
	}
	spelled := "." + strings.Repeat(" ", pos-start-1-len(name)) + name
	copy(out[start:pos], spelled)
	return pos
}

// respellAngles turns <…> at pos into […], nested ones too, if nothing but types stands between.
func respellAngles(out []byte, pos int) {
	if pos >= len(out) || out[pos] != '<' {
		return
	}
	depth := 0
	for i := pos; i < len(out); i++ {
		switch c := out[i]; {
		case c == '<':
			depth++
		case c == '>':
			depth--
		case isIdent(c), strings.IndexByte(" .,[]*", c) >= 0:
			continue
		default:
			return
		}
		if depth == 0 {
			for j := pos; j <= i; j++ {
				switch out[j] {
				case '<':
					out[j] = '['
				case '>':
					out[j] = ']'
				}
			}
			return
		}
	}
}

// inPath reports whether the slash at pos belongs to a path of a hook, as in uprobe:/usr/*:f, where /* is no comment.
func inPath(text string, pos int) bool {
	start := strings.LastIndexAny(text[:pos], " \t\r\n;,{") + 1
	return strings.Contains(text[start:pos+1], ":/")
}

// literalEnd returns the offset after the string or character literal at pos.
func literalEnd(text string, pos int) int {
	quote := text[pos]
	for i := pos + 1; i < len(text); i++ {
		switch {
		case text[i] == quote:
			return i + 1
		case quote == '`':
		case text[i] == '\n':
			return i
		case text[i] == '\\' && i+1 < len(text) && text[i+1] != '\n':
			i++
		}
	}
	return len(text)
}
