package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go3s/incremental"
	"go3s/incremental/ir"
	"go3s/incremental/source"
	"go3s/session"
	"go3s/session/harmless"
)

// verify compiles all cells together and has the kernel load them. What is wrong with several is shown at once.
func (t *sitting) verify() int {
	if status := t.compile(incremental.BuildOptions{}); status != exitOK {
		return status
	}
	res := t.session.Verify(t.cells...)
	if !res.OK() {
		return t.refused(res)
	}
	if len(t.cells) > 0 {
		t.tellTimes(t.cells[0], res)
	}
	return exitOK
}

// descriptor is what --emit=json says of a program, as far as it is of interest here.
type descriptor struct {
	Program, Type, Hook, Linux string
	Instructions               int
	Maps                       []struct {
		Name, Kind, Key, Value string
		Entries                int
	}
}

// descriptors compiles all cells together.
func (t *sitting) descriptors() (programs []descriptor, status int) {
	status = t.compile(incremental.BuildOptions{Dump: func(stage incremental.Stage, _, text string) {
		var d descriptor
		if stage == incremental.StageJSON && json.Unmarshal([]byte(text), &d) == nil {
			programs = append(programs, d)
		}
	}})
	return programs, status
}

// plan says what would be attached and created.
func (t *sitting) plan() int {
	programs, status := t.descriptors()
	if status != exitOK {
		return status
	}
	for _, d := range programs {
		if d.Hook == "" {
			t.stdout.line(fmt.Sprintf("would run once: %s program of %d instructions, needs Linux %s", d.Type, d.Instructions, d.Linux))
			continue
		}
		t.stdout.line(harmless.Text(fmt.Sprintf("would attach %s to %s: %s program of %d instructions, needs Linux %s",
			d.Program, d.Hook, d.Type, d.Instructions, d.Linux)))
	}
	told := make(map[string]bool)
	for _, d := range programs {
		for _, m := range d.Maps {
			if told[m.Name] || m.Value == "" && m.Kind != ringKind {
				continue // the probes' own
			}
			told[m.Name] = true
			t.stdout.line(harmless.Text(planned(m.Name, m.Kind, m.Key, m.Value, m.Entries)))
		}
	}
	if t.command != "" {
		t.stdout.line("would run: " + harmless.Text(t.command))
	}
	if len(t.pids) > 0 {
		t.stdout.line(fmt.Sprintf("would trace %d processes and those they start", len(family(t.pids...))))
	}
	return exitOK
}

// ringKind is how descriptors call the ring of events.
var ringKind = ir.Ring.String()

// planned is what is said of a map.
func planned(name, kind, key, value string, entries int) string {
	text := fmt.Sprintf("would create %s: %s", name, kind)
	switch {
	case kind == ringKind:
		return fmt.Sprintf("%s of %d KB", text, entries>>10)
	case key != "" && entries == 0:
		return fmt.Sprintf("%s, %s to %s, one for each thread", text, key, value)
	case key != "":
		return fmt.Sprintf("%s, %s to %s, %d entries", text, key, value, entries)
	}
	return text + ", " + value
}

// tellTimes says with -v what entering a cell took, stage by stage.
func (t *sitting) tellTimes(c source.Cell, res session.Result) {
	if !t.verbose {
		return
	}
	var b strings.Builder
	var sum time.Duration
	for _, s := range res.Time {
		fmt.Fprintf(&b, ", %s %.2f", s.Name, float64(s.Time)/float64(time.Millisecond))
		sum += s.Time
	}
	t.say(fmt.Sprintf("%s: %.2f ms%s", c.Name, float64(sum)/float64(time.Millisecond), strings.Replace(b.String(), ",", ":", 1)))
}

// tellKernel says with -v what this kernel has and what the program needs.
func (t *sitting) tellKernel() {
	if !t.verbose {
		return
	}
	features, err := t.kernel.Features()
	if err != nil {
		t.say(err.Error())
		return
	}
	t.say(fmt.Sprintf("Linux %d.%d, instruction set v%d, %d CPUs", features.Version>>16, features.Version>>8&0xff, features.ISA, features.CPUs))
	programs, status := t.descriptors()
	if status != exitOK {
		return // it is said when the cells are entered
	}
	for _, d := range programs {
		t.say(fmt.Sprintf("%s: %s program of %d instructions, needs Linux %s", d.Program, d.Type, d.Instructions, d.Linux))
	}
}
