package session

import (
	"regexp"
	"strings"
	"testing"
)

func TestDumpsHaveTheSourceBesideThem(t *testing.T) {
	s, _ := compiled(t)
	enter(t, s, "limits", "const limit = 3")
	enter(t, s, "opens", "opens := syscalls:sys_enter_openat {\n\tif pid > limit {\n\t\tn[comm]++\n\t}\n}")
	enter(t, s, "other", "other := sched:sched_switch { m++ }")
	for stage, want := range map[string][]string{
		"go":     {`^//   2  \tif pid > limit {$`, `^func opens\(`},
		"ast":    {`^//   3  \t\tn\[comm\]\+\+$`, `Ident`},
		"types":  {`^//   1  opens := syscalls:sys_enter_openat \{$`, `map +n +map\[string\]uint64`},
		"ssa":    {`^//   3  \t\tn\[comm\]\+\+$`, `\*bpf\.pid`},
		"ir":     {`^//   3  \t\tn\[comm\]\+\+$`, `^    v\d+ = slot\.ptr comm +; 3:5 comm\]\+\+$`},
		"asm":    {`; opens:3:\d+: `, `^ +\d+: call get_current_comm$`},
		"json":   {`"program": "opens"`},
		"xlated": {`^ +\d+: call get_current_comm$`, `^ +\d+: exit$`},
	} {
		text, err := s.Dump(stage, "opens")
		if err != nil {
			t.Errorf("%s: %v", stage, err)
		}
		for _, rx := range want {
			if !regexp.MustCompile("(?m)" + rx).MatchString(text) {
				t.Errorf("%s has no %s:\n%s", stage, rx, text)
			}
		}
		if strings.Contains(text, "sched") {
			t.Errorf("%s is of the other probe too:\n%s", stage, text)
		}
	}
	for i, stage := range Stages() {
		_, err := s.Dump(stage, "limit")
		if wants := i < 3; (err == nil) != wants {
			t.Errorf("%s of a constant gives %v", stage, err)
		}
		if _, err := s.Dump(stage, "opems"); err == nil || !strings.Contains(err.Error(), "did you mean opens?") {
			t.Errorf("%s of an unknown name gives %v", stage, err)
		}
	}
	if _, err := s.Dump("xlate", "opens"); err == nil || !strings.Contains(err.Error(), "did you mean xlated?") {
		t.Errorf("an unknown stage gives %v", err)
	}
	if got := enter(t, s, "opens", "opens := syscalls:sys_enter_openat {\n\tif pid > limit {\n\t\tn[comm]++\n\t}\n}"); got != "kept opens" {
		t.Errorf("after dumps the same text is entered: %s", got)
	}
}

func TestDumpTellsTheProbesOfAGroupApart(t *testing.T) {
	s, _ := compiled(t)
	enter(t, s, "both", "both := syscalls:sys_enter_openat, syscalls:sys_enter_read { n++ }")
	for _, stage := range []string{"ssa", "ir", "asm", "xlated"} {
		text, err := s.Dump(stage, "both")
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(text, "\n// both") + strings.Count("\n"+text[:2], "\n//"); n < 2 {
			t.Errorf("%s names %d programs:\n%s", stage, n, text)
		}
	}
}
