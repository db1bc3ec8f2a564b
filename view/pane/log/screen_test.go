package log

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"go3s/incremental"
	"go3s/incremental/layout"
	"go3s/session"
	"go3s/session/record"
	"go3s/view/pane"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

var began = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

var opened = &incremental.Schema{Fields: []layout.Field{
	{Name: "comm", Type: &layout.Type{Kind: layout.String, Name: "string", Size: 16}},
	{Name: "pid", Type: layout.Int64},
	{Name: "path", Type: &layout.Type{Kind: layout.String, Name: "string", Size: 256}},
}}

// opens is record n of a log of a busy machine: of three probes, some long, some with what a terminal must not get.
func opens(n uint64) record.Record {
	probes := []string{"opens", "sys_enter_read", "sw", "opens"}
	paths := []string{
		"/etc/hosts", "/var/lib/postgresql/16/main/base/16384/2619_fsm", "/proc/self/status", "/tmp/\x1b[31mevil\x07\nname", "/home/世界/e\u0301té",
		"/usr/lib/" + strings.Repeat("a-long-name/", 30) + "end",
	}
	r := record.Record{
		Probe: probes[n%4], CPU: int(n % 2), Time: began.Add(time.Duration(n*n%977+n*1000) * time.Microsecond), Schema: opened,
		Args: []any{"opener", int64(1000 + n*7%9000), paths[n%6]},
	}
	r.Text = fmt.Sprintf("%s[%d] opens %s = %d\n", r.Args[0], r.Args[1], r.Args[2], int(n%11)-2)
	return r
}

// library is a log of next records, of which size are kept.
func library(size, next uint64) Fetch {
	return func(seq uint64, n int) (uint64, []record.Record) {
		seq = max(seq, next-min(next, size))
		var out []record.Record
		for i := seq; i < min(seq+uint64(n), next); i++ {
			out = append(out, opens(i))
		}
		return seq, out
	}
}

// tailOf is the news that the log has next records, of which size are kept.
func tailOf(size, next uint64) pane.Tail {
	at, records := library(size, next)(next-min(next, 100), 100)
	return pane.Tail{First: next - min(next, size), Next: at + uint64(len(records)), Records: records}
}

var status = pane.Status{
	Time: began, Totals: session.Totals{Since: began},
	Probes: []session.Probe{
		{Name: "opens", Hook: incremental.Hook{Kind: "tracepoint", Category: "syscalls", Name: "sys_enter_openat"}},
		{Name: "sys_enter_read", Hook: incremental.Hook{Kind: "tracepoint", Category: "syscalls", Name: "sys_enter_read"}},
		{Name: "sw", Hook: incremental.Hook{Kind: "raw_tp", Name: "sched_switch"}},
	},
}

const many, kept = 25_000, 10_000

var scenes = []struct {
	name string
	next uint64
	msgs []any
}{
	{"empty", 0, nil},
	{"few", 5, nil},
	{"following", many, nil},
	{"held", many, []any{"up", "up", "up", tailOf(kept, many+7_000)}},
	{"oldest", many, []any{"home", "down"}},
	{"wrapped", many, []any{"L", "up", "up"}},
	{"sideways", many, []any{"right", "right"}},
	{"filtered", many, typing("/", `evil.*= 8`, "enter")},
	{"filtering", many, typing("/", `hosts = 8(`)},
	{"filtered-none", many, typing("/", `NoSuch`, "enter")},
	{"probes", many, []any{"P", "down", " "}},
	{"one-probe", many, []any{"P", "down", "o", "enter"}},
	{"searched", many, typing(`\`, "postgres.*= 3", "enter", "n", "n")},
	{"searching", many, typing(`\`, "postgres")},
	{"not-found", many, typing(`\`, "nowhere", "enter")},
	{"detail", many, []any{"up", "up", "up", "enter"}},
	{"since-line", many, []any{"t"}},
	{"since-start", many, []any{"t", "t"}},
	{"cleared", many, []any{"x"}},
	{"paused", many, []any{pane.Paused(true), tailOf(kept, many+5000)}},
}

// typing is keys that stand before and after a text that is typed.
func typing(key, text string, after ...any) []any {
	out := []any{key}
	for _, r := range text {
		out = append(out, string(r))
	}
	return append(out, after...)
}

func TestScreens(t *testing.T) {
	for _, size := range viewtest.Sizes {
		for _, scene := range scenes {
			name := fmt.Sprintf("%s-%dx%d", scene.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				p := New(theme.Plain(), library(kept, scene.next))
				w, h := size[0]-2, size[1]/3
				p.SetSize(w, h)
				viewtest.Play(p, status, pane.Focus(true))
				if scene.next > 0 {
					viewtest.Play(p, tailOf(kept, scene.next))
				}
				for _, m := range scene.msgs {
					viewtest.Play(p, m)
				}
				viewtest.Fits(t, name, p, w, h)
				viewtest.Golden(t, name, p.Label().Name+" · "+p.Label().Note+"\n"+p.View())
			})
		}
	}
}

func TestFitsWhateverComes(t *testing.T) {
	keys := []string{
		"up", "down", "pgup", "pgdown", "home", "end", "f", " ", "ctrl+u", "ctrl+d", "left", "right", "L", "t", "enter", "esc", "/", `\`, "n", "N",
		"P", "x", "X", "e", "9", "世", "backspace", "o",
	}
	for seed := range uint64(25) {
		next := uint64(0)
		p := New(theme.Plain(), func(seq uint64, n int) (uint64, []record.Record) { return library(5000, next)(seq, n) })
		viewtest.Shake(t, seed, p, keys, func(r *rand.Rand) tea.Msg {
			switch r.IntN(6) {
			case 0:
				return pane.Focus(r.IntN(2) == 0)
			case 1:
				return pane.Paused(r.IntN(2) == 0)
			case 2:
				return tea.MouseMsg{X: r.IntN(100), Y: r.IntN(40) - 1, Button: tea.MouseButton(r.IntN(6)), Action: tea.MouseActionPress}
			case 3:
				return status
			}
			next += uint64(r.IntN(3000))
			return tailOf(5000, next)
		})
	}
}
