package probes

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"go3s/incremental"
	"go3s/session"
	"go3s/view/pane"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

var start = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

// probe is probe i of a busy machine after some time.
func probe(i int, after time.Duration) session.Probe {
	names := []string{"opens", "sys_enter_read", "sw", "ev\x1b[31mil", "世界", "a_probe_with_a_name_that_is_longer_than_others"}
	states := []session.State{session.Attached, session.Attached, session.Suspended, session.Attached, session.Gone, session.Failed}
	p := session.Probe{
		Name: fmt.Sprint(names[i%len(names)], i/len(names)), State: states[i%len(states)], Version: 1 + i,
		Hook: incremental.Hook{Kind: "tracepoint", Category: "syscalls", Name: "sys_enter_openat"},
	}
	p.Group = p.Name
	p.Stats.Events = uint64(after.Seconds()*1e5) / uint64(i+1)
	p.Stats.Lost = uint64(i % 3 * 1500)
	p.Stats.Fault = uint64(i % 4)
	p.Stats.Missed, p.Stats.MapFull, p.Stats.Cut = uint64(i%5/3*12), uint64(i%7/4*3456), uint64(i%3/2)
	if p.State == session.Failed {
		p.Err = errors.New("detach it: \x1b[31mno such device")
	}
	return p
}

func status(n int, after time.Duration) pane.Status {
	s := pane.Status{Time: start.Add(after)}
	for i := range n {
		s.Probes = append(s.Probes, probe(i, after))
	}
	return s
}

// guarded is a status in which the guard samples the first probe and has suspended the second.
func guarded(n int) pane.Status {
	s := status(n, time.Minute)
	s.Probes[0].Factor, s.Probes[0].Guard = 8, "sampled, 1 of 8 events: took 3.1% of the machine's CPU, above the budget of 2%"
	s.Probes[0].Stats.Sampled = 123_456
	s.Probes[1].State, s.Probes[1].Guard = session.Suspended, "suspended: took 9% of the machine's CPU"
	return s
}

func costs(n int) pane.Costs {
	var c pane.Costs
	for i := range n {
		c.Costs = append(c.Costs, session.Cost{
			Probe: probe(i, 0).Name, Runs: 1000, Time: time.Duration(100_000 * (i + 1)), Over: 50 * time.Millisecond,
		})
	}
	return c
}

// busy is n probes that have been counting for some seconds.
func busy(n int) []any {
	var msgs []any
	for i := range 8 {
		msgs = append(msgs, status(n, time.Duration(i*i)*time.Second/2))
	}
	return append(msgs, costs(n), pane.Focus(true))
}

var scenes = []struct {
	name string
	msgs []any
}{
	{"empty", nil},
	{"normal", busy(6)},
	{"overflowing", append(busy(1000), "end", "up")},
	{"sorted", append(busy(9), "s", "s", "S", "down")},
	{"asked", append(busy(3), "D")},
	{"failed", append(busy(6), "end")},
	{"guarded", append(busy(3), guarded(3))},
	{"paused", append(busy(3), pane.Paused(true), status(6, time.Hour))},
	{"error", append(busy(3), pane.Costs{Err: errors.New("no permission")})},
}

func TestScreens(t *testing.T) {
	for _, size := range viewtest.Sizes {
		for _, scene := range scenes {
			name := fmt.Sprintf("%s-%dx%d", scene.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				p := New(theme.Plain())
				p.SetSize(size[0]-2, size[1]/4)
				viewtest.Play(p, scene.msgs...)
				viewtest.Fits(t, name, p, size[0]-2, size[1]/4)
				viewtest.Golden(t, name, p.Label().Name+" · "+p.Label().Note+"\n"+p.View())
			})
		}
	}
}

func TestFitsWhateverComes(t *testing.T) {
	keys := []string{"up", "down", "pgup", "pgdown", "home", "end", "s", "S", " ", "e", "enter", "D"}
	for seed := range uint64(30) {
		viewtest.Shake(t, seed, New(theme.Plain()), keys, func(r *rand.Rand) tea.Msg {
			n := r.IntN(30)
			switch r.IntN(4) {
			case 0:
				return costs(n)
			case 1:
				return pane.Focus(r.IntN(2) == 0)
			case 2:
				return tea.MouseMsg{X: r.IntN(100), Y: r.IntN(40), Button: tea.MouseButton(r.IntN(6)), Action: tea.MouseActionPress}
			}
			return status(n, time.Duration(r.IntN(100))*time.Second)
		})
	}
}

func TestKeysRunCommandsOnTheSelectedProbe(t *testing.T) {
	for _, c := range []struct {
		keys []any
		want []tea.Msg
	}{
		{[]any{" "}, []tea.Msg{pane.Do{Line: ":suspend opens0"}}},
		{[]any{"down", "down", " "}, []tea.Msg{pane.Do{Line: ":resume sw0"}}},
		{[]any{"down", "e"}, []tea.Msg{pane.Do{Line: ":edit sys_enter_read0"}}},
		{[]any{"enter"}, []tea.Msg{pane.Open{Pane: "source", Probe: "opens0"}}},
		{[]any{"D", "down", "D", "D"}, []tea.Msg{pane.Do{Line: ":detach sys_enter_read0"}}},
		{[]any{"end", " ", "D", "D"}, nil}, // it is gone
		{[]any{tea.MouseMsg{Y: 2, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}, "e"}, []tea.Msg{pane.Do{Line: ":edit sys_enter_read0"}}},
	} {
		p := New(theme.Plain())
		p.SetSize(100, 20)
		viewtest.Play(p, busy(6)...)
		if diff := cmp.Diff(c.want, viewtest.Play(p, c.keys...)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.keys, diff)
		}
	}
}
