package counters

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"go3s/session/table"
	"go3s/view/pane"
	"go3s/view/sheet"
	"go3s/view/theme"
	"go3s/view/viewtest"
)

// big is a map of n keys of two columns on so many CPUs, after some seconds.
func big(n, cpus, second int) table.Table {
	t := table.Table{
		Map:  table.Map{Name: "opens", Kind: "per-CPU hash", Key: "key", Value: "uint64", Columns: []string{"comm", "path"}, PerCPU: true, Entries: n},
		Time: start.Add(time.Duration(second) * time.Second), CPUs: cpus,
	}
	comms := []string{"opener", "世界", "ev\x1b[31mil\n", "e\u0301te\u0301", "postgres"}
	for i := range n {
		r := table.Row{Key: []any{comms[i%len(comms)], strings.Repeat(fmt.Sprintf("/var/lib/%d", i), 20)}, PerCPU: make([]uint64, cpus)}
		var total uint64
		for c := range cpus {
			r.PerCPU[c] = uint64(second*second*1000/(i+1)) >> (c * 16 / cpus)
			total += r.PerCPU[c]
		}
		r.Total = total
		t.Rows = append(t.Rows, r)
	}
	return t
}

// seconds are messages with what some maps hold after each of the first n seconds.
func seconds(n int, maps func(second int) []table.Table) []any {
	msgs := []any{pane.Focus(true)}
	for i := range n {
		msgs = append(msgs, maps(i))
	}
	return msgs
}

func few(second int) []table.Table {
	n, after := uint64(second), time.Duration(second)*time.Second
	return []table.Table{
		hash("opens", after, "opener", []uint64{n * n * 100, n * 50}, "bash", []uint64{7, n / 3}, "世界", []uint64{n, 3 * n}, "idle", []uint64{0, 12}),
		counter("switches", after, n*1234, n*n),
		counter("forks", after, n/2, 0),
	}
}

func one(cpus, keys int) func(int) []table.Table {
	return func(second int) []table.Table { return []table.Table{big(keys, cpus, second)} }
}

var scenes = []struct {
	name string
	msgs []any
}{
	{"empty", nil},
	{"nothing-counted", seconds(1, func(int) []table.Table { return []table.Table{hash("opens", 0)} })},
	{"normal", seconds(12, few)},
	{"overflowing", append(seconds(4, one(2, 1000)), "end", "up")},
	{"many-cpus", seconds(6, one(64, 30))},
	{"many-maps", seconds(3, func(s int) (all []table.Table) {
		for i := range 30 {
			all = append(all, hash(fmt.Sprintf("map_%d", i), time.Duration(s)*time.Second, "k", []uint64{uint64(s * i), 1}))
		}
		return all
	})},
	{"filtered", append(seconds(6, one(2, 1000)), "/", "世", "enter")},
	{"filtering", append(seconds(6, one(2, 1000)), "/", "n", "o", "n", "e")},
	{"top", append(seconds(6, one(2, 1000)), "n", "down")},
	{"frozen", append(append(seconds(6, one(2, 50)), "f"), seconds(9, one(2, 50))[6:]...)},
	{"paused", append(seconds(6, few), pane.Paused(true), few(30), "down")},
	{"asked", append(seconds(6, one(2, 50)), "x")},
	{"error", append(seconds(6, one(2, 50)), viewtest.Broken("opens"))},
}

func TestScreens(t *testing.T) {
	for _, size := range viewtest.Sizes {
		for _, scene := range scenes {
			name := fmt.Sprintf("%s-%dx%d", scene.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				w, h := size[0]-2, size[1]/2
				p, shelf := New(theme.Plain()), viewtest.Shelf{}
				p.SetSize(w, h)
				shelf.Play(p, scene.msgs...)
				viewtest.Fits(t, name, p, w, h)
				viewtest.Golden(t, name, p.Label().Name+" · "+p.Label().Note+"\n"+p.View())
			})
		}
	}
}

func left(x, y int) tea.MouseMsg {
	return tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress}
}

// TestKeysAct has keys and clicks, and what they come to: the note, the selected row, and what goes beyond the pane.
func TestKeysAct(t *testing.T) {
	wheel := tea.MouseMsg{Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress}
	maps := []table.Table{
		hash("opens", 0, "ls", []uint64{1, 2}, "cat", []uint64{0, 9}, "ev\x1bil", []uint64{6, 0}, "sshd", []uint64{40, 2}),
		counter("forks", 0, 5, 0),
		counter("execs", 0, 2, 0),
	}
	for _, c := range []struct {
		keys     []any
		note     string
		selected any
		want     []tea.Msg
	}{
		{nil, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"down", "j"}, "opens · 4 keys, map 1 of 2", "ev\x1bil", nil},
		{[]any{"end", "k"}, "opens · 4 keys, map 1 of 2", "ev\x1bil", nil},
		{[]any{wheel}, "opens · 4 keys, map 1 of 2", "ls", nil},
		{[]any{left(3, 3)}, "opens · 4 keys, map 1 of 2", "cat", nil},
		{[]any{left(3, 20)}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{left(2, 1)}, "opens · 4 keys, map 1 of 2", "cat", nil},
		{[]any{left(2, 1), left(2, 1)}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{left(14, 0)}, "counters · 2 without a key, map 2 of 2", "forks", nil},
		{[]any{"/", "s", "enter"}, "opens · 2 of 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"/", "S", "S", "enter"}, "opens · 1 of 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"/", "s", "enter", "esc"}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"/", "s", "esc"}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"n"}, "opens · top 10 of 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"n", "n", "n", "n", "n"}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"f"}, "opens · 4 keys, frozen, map 1 of 2", "sshd", nil},
		{[]any{"f", "f"}, "opens · 4 keys, map 1 of 2", "sshd", nil},
		{[]any{"x"}, "x again clears opens", "sshd", nil},
		{[]any{"x", "down", "x"}, "x again clears opens", "cat", nil},
		{[]any{"x", "x"}, "opens · 4 keys, map 1 of 2", "sshd", []tea.Msg{pane.Do{Line: ":clear opens"}}},
		{[]any{"]", "down", "x", "x"}, "counters · 2 without a key, map 2 of 2", "execs", []tea.Msg{pane.Do{Line: ":clear execs"}}},
		{[]any{"end", "up", "y"}, "opens · 4 keys, map 1 of 2", "ev\x1bil", []tea.Msg{pane.Copy{Pane: "counters", Text: "ev\\x1bil\t6\n", What: "1 row"}}},
		{[]any{"Y"}, "copying", "sshd", []tea.Msg{
			pane.Copy{Pane: "counters", Text: "key\ttotal\nsshd\t42\ncat\t9\nev\\x1bil\t6\nls\t3\n", What: "4 rows"},
		}},
		{[]any{pane.Copied{Pane: "counters", What: "4 rows"}}, "4 rows sent to the clipboard", "sshd", nil},
		{[]any{pane.Copied{Pane: "histogram", What: "4 rows"}}, "opens · 4 keys, map 1 of 2", "sshd", nil},
	} {
		p := sized(80, 8)
		p.play("t", maps)
		out := p.play(c.keys...)
		if got := p.Label().Note; got != c.note {
			t.Errorf("%v: note %q, want %q", c.keys, got, c.note)
		}
		if r := p.current().Row(p.current().Sel); r == nil || r.Key[0] != c.selected {
			t.Errorf("%v: row %v is selected, want %v", c.keys, r, c.selected)
		}
		if diff := cmp.Diff(c.want, out); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.keys, diff)
		}
	}
}

func TestWantsOnlyWhatIsShown(t *testing.T) {
	p := New(theme.Plain())
	p.SetSize(80, 8)
	wanted := func(msg tea.Msg) (names []string) {
		if cmd := p.Update(msg); cmd != nil {
			if w, ok := cmd().(sheet.Want); ok {
				for _, c := range w.Cuts {
					names = append(names, c.Map)
				}
				return names
			}
		}
		return []string{"as before"}
	}
	shelf := viewtest.Shelf{}
	news := shelf.Set([]table.Table{hash("a", 0), hash("b", 0), {Map: table.Map{Name: "h", Kind: "histogram", Columns: []string{"h"}}}, counter("c", 0, 1)})
	got := [][]string{wanted(news), wanted(news), wanted(viewtest.Key("]")), wanted(viewtest.Key("]"))}
	p.SetSize(80, 0)
	got = append(got, wanted(nil))
	p.SetSize(80, 40)
	got = append(got, wanted(nil))
	want := [][]string{{"a"}, {"as before"}, {"b"}, {sheet.Loose}, nil, {"a", "b", sheet.Loose}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNumbersAreInTheUnitOfTheMap(t *testing.T) {
	p := sized(80, 4)
	p.shelf.Unit = "bytes"
	p.show(hash("m", 0, "a", []uint64{0, 0}))
	p.show(hash("m", time.Second, "a", []uint64{3 << 20, 1 << 10}))
	check(t, p, `
 key     ▾total    delta/s             trend │   cpu0    cpu1
▌a         3MiB       3MiB                 █ │   3MiB    1KiB  ━━━━━━━━━━━━━━━━
`)
}
