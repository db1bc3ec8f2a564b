package settings

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettingsTakeWhatTheySay(t *testing.T) {
	var s Values
	s.Start("budget", BudgetText(0))
	set := func(name, value string) error {
		of, value, err := Parse(name, value)
		if err == nil {
			s.Put(of, value)
		}
		return err
	}
	for _, c := range []struct{ name, value, want, problem string }{
		{"strlen", "128", "128", ""},
		{"strlen", "0", "", "strlen takes 1 to 256: 0 is out of range"},
		{"strlen", "257", "", "strlen takes 1 to 256: 257 is out of range"},
		{"strlen", "long", "", `strlen takes 1 to 256: "long" is no number`},
		{"strlen", "", "", `strlen takes 1 to 256: "" is no number`},
		{"strlen", "-1", "", `strlen takes 1 to 256: "-1" is no number`},
		{"mapsize", "64K", "65536", ""},
		{"mapsize", "99999999999999999999G", "", `mapsize takes 1 to 16777216: "99999999999999999999G" is no number`},
		{"mapsize", "default", "10240", ""},
		{"ringsize", "1M", "1048576", ""},
		{"ringsize", "3M", "", "ringsize takes a power of two from one page to 1G: 3M is none"},
		{"colours", "never", "never", ""},
		{"colors", "always", "always", ""},
		{"colours", "alway", "", `colours takes auto, always, never: there is no choice "alway"; did you mean always?`},
		{"budget", "5", "5%", ""},
		{"budget", "0.5%", "0.5%", ""},
		{"budget", "0", "", `budget takes 0.1 to 100 of the machine's CPU, or off: "0" is none of these`}, // nothing at all, or all there is?
		{"budget", "NaN", "", `budget takes 0.1 to 100 of the machine's CPU, or off: "NaN" is none of these`},
		{"budget", "off", "off", ""},
		{"units", "human", "count", ""},
		{"units.lat", "time", "time", ""},
		{"units.lat", "miles", "", `units.lat takes plain, count, bytes, time: there is no choice "miles"; there is plain, count, bytes, time`},
		{"strlan", "1", "", `there is no setting "strlan"; did you mean strlen?`},
	} {
		err := set(c.name, c.value)
		if c.problem != "" {
			if err == nil || err.Error() != c.problem {
				t.Errorf("set %s %s: %v\nwant %s", c.name, c.value, err, c.problem)
			}
			continue
		}
		if got, _ := s.Get(c.name); err != nil || got.Value != c.want {
			t.Errorf("set %s %s: %v, and it is %q, want %q", c.name, c.value, err, got.Value, c.want)
		}
	}
	got := map[string]string{}
	for _, of := range s.All() {
		got[of.Name] = of.Value
		if of.Type == "" || of.Range == "" || of.Default == "" || of.Text == "" || of.Effect == "" {
			t.Errorf("%s is not described in full: %+v", of.Name, of)
		}
	}
	want := map[string]string{
		"strlen": "128", "mapsize": "10240", "ringsize": "1048576", "mapmemory": "268435456", "colours": "always", "budget": "off", "units": "count", "units.lat": "time", "view": "as they come",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("settings (-want +got):\n%s", d)
	}
	if lat, opens := s.Unit("lat"), s.Unit("opens"); lat != "time" || opens != "count" {
		t.Errorf("lat is in %s, opens in %s", lat, opens)
	}
	if err := set("units.lat", "default"); err != nil || s.Unit("lat") != "count" {
		t.Errorf("lat is in %s, %v", s.Unit("lat"), err)
	}
}
