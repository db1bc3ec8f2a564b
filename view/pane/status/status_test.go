package status

import (
	"errors"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"go3s/session"
	"go3s/view/pane"
	"go3s/view/sheet"
	"go3s/view/theme"
)

var start = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

// news is the session after some time.
func news(after time.Duration, stats session.Stats, states ...session.State) pane.Status {
	s := pane.Status{Time: start.Add(after), Totals: session.Totals{Stats: stats, Since: start}}
	for _, state := range states {
		s.Probes = append(s.Probes, session.Probe{State: state})
	}
	return s
}

// costs are of two probes on a machine of four CPUs, together a share of them in percent.
func costs(share float64) pane.Costs {
	half := time.Duration(share / 100 * 4 / 2 * float64(time.Second))
	return pane.Costs{Costs: []session.Cost{{Probe: "a", Time: half, Over: time.Second}, {Probe: "b", Time: half, Over: time.Second}}}
}

// apart is a line with one text at each end.
func apart(left, right string, w int) string {
	if right == "" {
		return pane.Fit(left, w)
	}
	return pane.Fit(left, w-1-ansi.StringWidth(right)) + right + " "
}

func TestLineSaysMoreWhereThereIsRoom(t *testing.T) {
	p := New(theme.Plain())
	p.Update(pane.Machine{Host: "db-7", Kernel: "Linux 6.18.44", CPUs: 4})
	p.Update(news(0, session.Stats{}, session.Attached))
	last := news(83*time.Second, session.Stats{Events: 8_300_000, Lost: 1234, Fault: 2}, session.Attached, session.Attached, session.Gone, session.Failed, session.Suspended)
	last.Budget = 2
	p.Update(last)
	p.Update(costs(0.25))
	for _, c := range []struct {
		w           int
		left, right string
	}{
		{180, " ● 2 probes │ ◌ 1 suspended │ ▲ 1 failed │ 8,300,000 events │ 100,000/s │ ▲ lost 1,234 │ ▲ faults 2 │ cpu 0.25% of 2%", "db-7 · Linux 6.18.44 │ 00:01:23"},
		{140, " ● 2 probes │ ◌ 1 suspended │ ▲ 1 failed │ 8,300,000 events │ 100,000/s │ ▲ lost 1,234 │ ▲ faults 2 │ cpu 0.25% of 2%", "db-7 │ 00:01:23"},
		{100, " ● 2 │ ◌ 1 │ ▲ 1 failed │ 8.3M ev │ 100k/s │ ▲ lost 1,234 │ ▲2 faults │ 0.25%/2% │", "db-7 │ 00:01:23"},
		{80, " ● 2 │ ◌ 1 │ ▲1 failed │ 8.3M ev │ 100k/s │ ▲1.2k lost │ ▲2 faults │ 0.25%/2%", ""},
		{60, " ● 2 │ ◌ 1 │ ▲1 failed │ 100k/s │ ▲1.2k lost │ 0.25%/2%", ""},
		{40, " ● 2 │ ▲1 failed │ 100k/s │ ▲1.2k lost", ""},
		{20, " ▲1.2k lost", ""},
	} {
		p.SetSize(c.w, 1)
		if got, want := p.View(), apart(c.left, c.right, c.w); got != want {
			t.Errorf("%d cells:\ngot  %q\nwant %q", c.w, got, want)
		}
	}
}

func TestBudgetIsTold(t *testing.T) {
	for _, c := range []struct {
		share, budget float64
		want          string
	}{
		{0, 2, " ○ 0 probes │ 0 events │ –/s │ lost 0 │ cpu 0% of 2%"},
		{0.004, 0.5, " ○ 0 probes │ 0 events │ –/s │ lost 0 │ cpu <0.01% of 0.5%"},
		{3.14, 2, " ○ 0 probes │ 0 events │ –/s │ lost 0 │ ▲ cpu 3.1% of 2%"},
		{31.4, 0, " ○ 0 probes │ 0 events │ –/s │ lost 0 │ cpu 31%"},
	} {
		p := New(theme.Plain())
		p.SetSize(120, 1)
		p.Update(pane.Machine{CPUs: 4})
		p.Update(pane.Status{Budget: c.budget})
		p.Update(costs(c.share))
		if got := p.View(); got != pane.Fit(c.want, 120) {
			t.Errorf("%g of %g:\ngot  %q\nwant %q", c.share, c.budget, got, c.want)
		}
		p.Update(pane.Costs{Err: errors.New("no permission")})
		if got, want := p.View(), pane.Fit(" ○ 0 probes │ 0 events │ –/s │ lost 0", 120); got != want {
			t.Errorf("without costs:\ngot  %q\nwant %q", got, want)
		}
	}
}

func TestTheGuardsDecisionsAreTold(t *testing.T) {
	p := New(theme.Plain())
	p.SetSize(100, 1)
	s := news(0, session.Stats{Sampled: 4321, Quiet: 7}, session.Attached, session.Attached, session.Suspended)
	s.Probes[1].Factor = 8
	p.Update(s)
	want := " ● 2 probes │ ▲ 1 sampled │ ◌ 1 suspended │ 0 events │ –/s │ lost 0 │ ▲ sampled out 4,321 │ ▲ passed over 7"
	p.SetSize(ansi.StringWidth(want)+12, 1)
	if got, want := p.View(), apart(want+" │ ", "00:00:00", ansi.StringWidth(want)+12); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestLossIsToldEvenWhenThereIsNone(t *testing.T) {
	p := New(theme.Plain())
	p.SetSize(80, 1)
	p.Update(news(25*time.Hour, session.Stats{Events: 1}))
	if got, want := p.View(), apart(" ○ 0 probes │ 1 event │ –/s │ lost 0", "1d 01:00:00", 80); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestPauseAndUnreadMapsAreTold(t *testing.T) {
	p := New(theme.Plain())
	p.SetSize(120, 1)
	p.Update(news(0, session.Stats{}))
	p.Update(pane.Paused(true))
	p.Update(sheet.News{Err: errors.New("read opens: \x1b[2J")})
	if got, want := p.View(), apart(` PAUSED │ ○ 0 probes │ 0 events │ –/s │ lost 0 │ ▲ read opens: \x1b[2J`, "00:00:00", 120); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	p.Update(pane.Paused(false))
	p.Update(sheet.News{})
	if got, want := p.View(), apart(" ○ 0 probes │ 0 events │ –/s │ lost 0", "00:00:00", 120); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRateLooksBackOneSecond(t *testing.T) {
	p := New(theme.Plain())
	events := uint64(0)
	for i := range 20 {
		p.Update(news(time.Duration(i)*250*time.Millisecond, session.Stats{Events: events}))
		if i < 10 {
			events += 250
		}
	}
	if p.rate != 0 {
		t.Errorf("%v events a second, more than a second after the last", p.rate)
	}
	p.Update(news(5*time.Second, session.Stats{Events: events + 500}))
	if p.rate != 500 {
		t.Errorf("%v events a second, want 500", p.rate)
	}
}

func TestNeverWiderThanItsPlace(t *testing.T) {
	p := New(theme.Plain())
	p.Update(news(0, session.Stats{Events: 1 << 63, Lost: 1 << 63, Missed: 5, MapFull: 6, Fault: 7}, session.Failed))
	p.Update(pane.Paused(true))
	for w := range 200 {
		p.SetSize(w, 1)
		if got := ansi.StringWidth(p.View()); got > w {
			t.Errorf("%d cells in a place of %d", got, w)
		}
	}
	p.SetSize(80, 0)
	if p.View() != "" {
		t.Error("a line in a place without height")
	}
}
