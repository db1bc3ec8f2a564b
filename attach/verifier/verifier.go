// Package verifier reads what the kernel's verifier says of a program that it refuses: the reason in its own words, the instruction
// that it speaks of, and, for the kinds of reasons in its catalogue, what that means in plain words and what to change.
//
// It knows the log as Linux 4.x to 6.x write it, where the reason is among the last lines, and the newer one with "Verification failed:",
// "Reason:" and "At:".
//
// Source: verbose() in kernel/bpf/verifier.c, kernel/bpf/log.c.
package verifier

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Refusal is what a log says.
type Refusal struct {
	// Reason is the verifier's own words, one line; empty if the log has none.
	Reason string
	// Insn is the instruction that it speaks of, counted in 8-byte instructions from the start of the program; -1 if it names none.
	Insn int
	// Kind is the kind of the reason, nil for one that is not in the catalogue.
	Kind *Kind

	words, remedy string
}

// Kind is a kind of reasons.
type Kind struct {
	// Name is what the verifier takes the program to do, a few words; it is stable.
	Name string
	// Pattern is a regular expression of what the verifier says. A group called insn is the instruction at fault, where that is not the
	// last one that was looked at.
	Pattern string
	// Words say the same in plain words, in a sentence without a subject in front of it. ${name} is a group of Pattern.
	Words string
	// Remedy says what to change, in the same way.
	Remedy string
	// Only names the kernels that use these words, or what else has to be so; empty for words that Linux 6.18 uses of programs as they
	// are loaded here.
	Only string
}

// Words say in plain words what the verifier refuses; of a kind that is not in the catalogue, in its own.
func (r Refusal) Words() string {
	if r.Kind == nil {
		return r.Reason
	}
	return r.words
}

// Remedy says what to change; empty if nothing is known.
func (r Refusal) Remedy() string { return r.remedy }

// GaveUp reports that there were too many ways through the program for the verifier, or that the kernel's compiler did not come to an end.
// Nothing has been found to be wrong with the program: cut into other functions, with its variables outside of the stack, the same program may
// pass. So it may where the only fault is that a loop leaves the address of a variable on the stack.
func (r Refusal) GaveUp() bool {
	return r.Kind != nil && slices.Contains([]string{tooLong, tooManyBranches, notCompiled, leftBehind}, r.Kind.Name)
}

// Catalogue is all kinds, the special ones before those that are more general.
func Catalogue() []Kind { return slices.Clone(catalogue) }

var catalogue = slices.Concat(memoryKinds, arithmeticKinds, flowKinds, callKinds, codeKinds, privilegeKinds)

// patterns are the compiled patterns of the catalogue.
var patterns = sync.OnceValue(func() []*regexp.Regexp {
	all := make([]*regexp.Regexp, len(catalogue))
	for i, kind := range catalogue {
		all[i] = regexp.MustCompile(kind.Pattern)
	}
	return all
})

// onUse compiles a pattern when it is first used: few runs ever see a log, and to compile those here is a tenth of what comes before main.
func onUse(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// Parse reads a log, line by line.
func Parse(log []string) Refusal {
	lines, at := reasons(log)
	r := Refusal{Insn: at}
	for _, line := range lines {
		for i, pattern := range patterns() {
			m := pattern.FindStringSubmatchIndex(line)
			if m == nil {
				continue
			}
			kind := &catalogue[i]
			r.Kind, r.Reason = kind, strings.TrimSpace(line[m[0]:])
			r.words = string(pattern.ExpandString(nil, kind.Words, line, m))
			r.remedy = string(pattern.ExpandString(nil, kind.Remedy, line, m))
			if g := pattern.SubexpIndex("insn"); g >= 0 && m[2*g] >= 0 {
				r.Insn, _ = strconv.Atoi(line[m[2*g]:m[2*g+1]])
			}
			return r
		}
	}
	if len(lines) > 0 {
		r.Reason = lines[len(lines)-1]
	}
	return r
}

// An instruction in the log: its number, its opcode and its text.
var (
	insnLine = onUse(`^(\d+): \([0-9a-f]{2}\) `)
	insnOnly = onUse(`^\d+: \([0-9a-f]{2}\) [^;]*$`)
	insnAt   = onUse(`\binsn\s+#?(\d+)|^[\s|>]*(\d+)(:|$)`)
)

// reasons are the lines of a log that may hold the reason, the first ones first, and the instruction that was looked at last, -1 if none
// was.
func reasons(log []string) (lines []string, at int) {
	if lines, at, ok := report(log); ok {
		return lines, at
	}
	at = -1
	for _, line := range log {
		line, _, _ = cutStatistics(line)
		line = strings.TrimSpace(line)
		m := insnLine().FindStringSubmatch(line)
		if m == nil {
			if !isState(line) {
				lines = append(lines, line)
			}
			continue
		}
		at, _ = strconv.Atoi(m[1])
		lines = lines[:0]
		// Some reasons follow the instruction on its own line.
		if i := strings.Index(line, "infinite loop detected"); i >= 0 && insnOnly().MatchString(line) {
			lines = append(lines, line[i:])
		}
	}
	return lines, at
}

// report reads a log of the newer form.
func report(log []string) (lines []string, at int, ok bool) {
	start := slices.IndexFunc(log, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "Verification failed") })
	if start < 0 {
		return nil, 0, false
	}
	at = -1
	section := ""
	for _, line := range log[start+1:] {
		text, _, done := cutStatistics(line)
		text = strings.TrimSpace(text)
		if name, rest, found := strings.Cut(text, ":"); found && (name == "Reason" || name == "At") {
			section, text = name, strings.TrimSpace(rest)
		}
		switch {
		case text == "":
		case section == "Reason":
			lines = append(lines, text)
		case section == "At" && at < 0:
			if m := insnAt().FindStringSubmatch(text); m != nil {
				at, _ = strconv.Atoi(m[1] + m[2])
			}
		}
		if done {
			break
		}
	}
	return lines, at, len(lines) > 0
}

// statistics are what the kernel ends a log with (print_verification_stats); a reason without a newline stands right before.
var statistics = onUse(`(^|[^ ])(processed \d+ insns|verification time \d+ usec|stack depth \d|max_states_per_insn |mark_precise: )`)

// cutStatistics is the line up to the statistics in it, and they.
func cutStatistics(line string) (before, after string, found bool) {
	m := statistics().FindStringSubmatchIndex(line)
	if m == nil {
		return line, "", false
	}
	return line[:m[4]], line[m[4]:], true
}

// states are lines that say what the verifier knows and not what it refuses.
var states = onUse(`^(;|from \d+ to |func#\d+ @|cur state:|old state:|last_idx |regs=|parent |mark_precise|caller:|callee:|frame\d+:|` +
	`(\d+: )?(frame\d+: )?R\d+(_\w+)?=|Live regs|arg#\d+ reference type|func '.*' arg\d+ has btf_id |\d+: safe|\(\d+\) |Validating |returning from callee|to caller at|\w+\(\) is global)`)

func isState(line string) bool { return line == "" || states().MatchString(line) }
