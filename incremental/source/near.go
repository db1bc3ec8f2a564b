package source

import (
	"errors"
	"fmt"
	"strings"
)

// Near returns the candidate that the writer of name most likely meant, or "". Candidates of parts joined by colons
// are also known by their last part, and that by its ending: sched_swich finds sched:sched_switch, openat finds
// syscalls:sys_enter_openat. Of equally near candidates the first wins.
func Near(name string, candidates []string) string {
	name = strings.ToLower(name)
	if name == "" {
		return ""
	}
	best, score := "", farthest
	for _, c := range candidates {
		if s := distance(name, strings.ToLower(c), score); s < score {
			best, score = c, s
		}
	}
	return best
}

// Unknown is the error of a name that is not among known: it names the nearest of them, or all if they are few.
func Unknown(what, name string, known []string) error {
	msg := fmt.Sprintf("there is no %s %q", what, name)
	if near := Near(name, known); near != "" {
		msg += fmt.Sprintf("; did you mean %s?", near)
	} else if len(known) > 0 && len(known) <= 10 {
		msg += "; there is " + strings.Join(known, ", ")
	}
	return errors.New(msg)
}

// The steps of nearness that are no spelling: a whole part that fits lies between one typing error and none.
const (
	step     = 10 // of one typing error
	partial  = 3  // the last parts are equal
	ending   = 4  // the candidate's last part ends with the name
	entering = -1 // and it is the entry of a system call, what most mean by its name
	inside   = 35 // the last part holds the name somewhere
	farthest = 1 << 30
)

// distance scores how far candidate is from name, both in lower case; scores of limit and above may be inexact.
func distance(name, candidate string, limit int) int {
	if name == candidate {
		return 0
	}
	last := candidate[strings.LastIndexByte(candidate, ':')+1:]
	typed := name[strings.LastIndexByte(name, ':')+1:]
	score := farthest
	switch {
	case typed == last:
		return partial
	case len(typed) >= 3 && strings.HasSuffix(last, "_"+typed):
		score = ending
		if last == "sys_enter_"+typed {
			score += entering
		}
		return score
	case len(typed) >= 4 && strings.Contains(last, typed):
		score = inside + len(last) - len(typed)
	}
	if n, ok := edits(name, candidate, limit/step); ok {
		score = min(score, n*step)
	}
	if typed == name && last != candidate {
		if n, ok := edits(name, last, limit/step); ok {
			score = min(score, n*step+partial)
		}
	}
	return score
}

// edits counts the typing errors that lead from a to b: a character added, left out, changed, or two exchanged. It
// gives up above what may still be an error in a word of this length, and above limit.
func edits(a, b string, limit int) (n int, ok bool) {
	bound := min(len(a)/3, 3, limit)
	if d := len(a) - len(b); bound < 1 || d > bound || -d > bound {
		return 0, false
	}
	var short [3][64]int // the usual case, without allocation
	var rows [3][]int
	for i := range rows {
		rows[i] = short[i][:]
		if len(b) >= len(short[i]) {
			rows[i] = make([]int, len(b)+1)
		}
	}
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		row, up, up2 := rows[i%3], rows[(i+2)%3], rows[(i+1)%3]
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(up[j]+1, row[j-1]+1, up[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], up2[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > bound {
			return 0, false
		}
	}
	n = rows[len(a)%3][len(b)]
	return n, n <= bound
}
