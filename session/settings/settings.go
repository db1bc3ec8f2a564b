// Package settings is what a user may choose: which settings there are, the words they take, and the values that they have.
package settings

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/incremental/universe"
)

// Setting is something that a user may choose, with its value of now.
type Setting struct {
	Name    string
	Type    string // "bytes"
	Range   string // the values it may have, in words
	Default string
	Value   string
	Text    string // what it is, in one line
	Effect  string // when a change is felt, in one line
}

// UsualMemory is how many bytes the maps may take at most while nobody has said otherwise.
const UsualMemory = 256 << 20

// UnitSetting is the beginning of the names of the settings that give one map a unit: units.NAME.
const UnitSetting = "units."

// The bounds of the sizes that can be set.
const (
	mostKeys = 16 << 20
	mostRing = 1 << 30
)

// choices are all settings in the order they are shown. Values are kept as text in the form that parse returns.
var choices = []struct {
	Setting
	parse func(string) (string, error)
}{
	{
		Setting{
			Name: "strlen", Type: "bytes", Range: fmt.Sprintf("1 to %d", universe.MaxString), Default: strconv.Itoa(universe.DefaultStrLen),
			Text: "what str(p) takes of a string when it is not told how much", Effect: "the next entry; probes that read strings are compiled anew by it",
		},
		sizeBetween(1, universe.MaxString),
	},
	{
		Setting{
			Name: "mapsize", Type: "entries", Range: fmt.Sprintf("1 to %d", mostKeys), Default: strconv.Itoa(incremental.DefaultEntries),
			Text: "how many keys a map can hold that does not say so by @bpf_map(max_entries=…)", Effect: "maps that are made from the next entry on",
		},
		sizeBetween(1, mostKeys),
	},
	{
		Setting{
			Name: "ringsize", Type: "bytes", Range: "a power of two from one page to 1G", Default: strconv.Itoa(incremental.RingSize),
			Text: "the ring buffer through which log lines come", Effect: "the first entry with a probe that logs, which makes the ring; it keeps its size then",
		},
		powerOfTwo(os.Getpagesize(), mostRing),
	},
	{
		Setting{
			Name: "mapmemory", Type: "bytes", Range: "1M to 1T", Default: strconv.Itoa(UsualMemory),
			Text: "how much of the kernel's memory the maps may take together; at first a twentieth of all, if that is less", Effect: "the next entry that makes a map",
		},
		sizeBetween(1<<20, 1<<40),
	},
	{
		Setting{
			Name: "colours", Type: "word", Range: "auto, always, never", Default: "auto",
			Text: "whether text has colours; auto: on a terminal, if NO_COLOR is not set", Effect: "the next line",
		},
		oneOf("auto", "always", "never"),
	},
	{
		Setting{
			Name: "budget", Type: "percent", Range: "0.1 to 100 of the machine's CPU, or off", Default: BudgetText(DefaultBudget),
			Text: "what all probes together may cost; beyond it they are sampled, then suspended", Effect: "the next seconds; :resume takes back what was done",
		},
		percent,
	},
	{
		Setting{
			Name: "view", Type: "panes", Range: "names of panes with weights from 1 to 9, probes:2 counters:3, a bar, and those of the right column", Default: "as they come",
			Text: "how the panes of the full screen stand; a minus before a name puts the pane away", Effect: "the next :view, whose keys change it too",
		},
		arrangement,
	},
	{
		Setting{
			Name: "units", Type: "word", Range: "plain, count, bytes, time", Default: "plain",
			Text: "how the numbers of maps are written; units.NAME is that of one map", Effect: "the next table",
		},
		unit,
	},
}

// Values are the settings with the values that are not their defaults. All methods may be called at once.
type Values struct {
	mu     sync.Mutex
	values map[string]string
}

// All are all settings, and behind them the units of single maps.
func (v *Values) All() []Setting {
	v.mu.Lock()
	defer v.mu.Unlock()
	var all []Setting
	for _, c := range choices {
		all = append(all, v.valued(c.Setting))
	}
	for _, name := range slices.Sorted(maps.Keys(v.values)) {
		if strings.HasPrefix(name, UnitSetting) {
			all = append(all, v.valued(unitOf(name)))
		}
	}
	return all
}

// unitOf is the setting of one map's unit.
func unitOf(name string) Setting {
	for _, c := range choices {
		if c.Name+"." == UnitSetting {
			c.Name, c.Default, c.Text = name, "that of units", "how the numbers of "+strings.TrimPrefix(name, UnitSetting)+" are written"
			return c.Setting
		}
	}
	panic("settings: there is no setting of units")
}

// valued is a setting with its value. The caller holds mu.
func (v *Values) valued(of Setting) Setting {
	of.Value = cmp.Or(v.values[of.Name], of.Default)
	return of
}

// Get is the setting of a name.
func (v *Values) Get(name string) (Setting, error) {
	of, _, err := choice(name)
	if err != nil {
		return Setting{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.valued(of), nil
}

// Value is the value of a setting; empty for one that is not there.
func (v *Values) Value(name string) string {
	of, err := v.Get(name)
	if err != nil {
		return ""
	}
	return of.Value
}

// Own is the value of a setting that is not the default's; empty for the default.
func (v *Values) Own(name string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.values[name]
}

// Unit is the unit that a map's numbers are to be written in: its own, or that of all maps.
func (v *Values) Unit(m string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return cmp.Or(v.values[UnitSetting+m], v.values["units"], "plain")
}

// Parse reads a value for the setting of a name. "default" stands for its default. The error says what the setting takes.
func Parse(name, value string) (of Setting, parsed string, err error) {
	of, parse, err := choice(name)
	if err != nil {
		return of, "", err
	}
	if value == "default" || value == of.Default {
		return of, of.Default, nil
	}
	if value, err = parse(value); err != nil {
		return of, "", fmt.Errorf("%s takes %s: %w", of.Name, of.Range, err)
	}
	return of, value, nil
}

// Put gives a setting a value that Parse has returned.
func (v *Values) Put(of Setting, value string) {
	if value != of.Default {
		v.Start(of.Name, value)
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.values, of.Name)
}

// Start gives a setting a value that is shown as set, be it the default.
func (v *Values) Start(name, value string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.values == nil {
		v.values = make(map[string]string)
	}
	v.values[name] = value
}

// Save notes all values; what it returns brings them back.
func (v *Values) Save() (restore func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := maps.Clone(v.values)
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.values = before
	}
}

// OfProgram reports whether there is a setting of that name that belongs to what runs. The others are a matter of the host and its user.
func OfProgram(name string) bool {
	return slices.Contains([]string{"strlen", "mapsize", "ringsize", "units", "view"}, name) || strings.HasPrefix(name, UnitSetting)
}

// Lines are the settings OfProgram that have values of their own, as lines that begin with a word.
func (v *Values) Lines(word string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(v.values)) {
		if OfProgram(name) {
			fmt.Fprintf(&b, "%s%s %s\n", word, name, v.values[name])
		}
	}
	return b.String()
}

// choice finds a setting by its name.
func choice(name string) (of Setting, parse func(string) (string, error), err error) {
	if m, ok := strings.CutPrefix(name, UnitSetting); ok && m != "" {
		return unitOf(name), unit, nil
	}
	var known []string
	for _, c := range choices {
		if c.Name == name || c.Name == "colours" && name == "colors" {
			return c.Setting, c.parse, nil
		}
		known = append(known, c.Name)
	}
	return Setting{}, nil, source.Unknown("setting", name, known)
}

// sizeBetween parses a size of lo to hi.
func sizeBetween(lo, hi int) func(string) (string, error) {
	return func(text string) (string, error) {
		n, err := parseSize(text)
		if err == nil && (n < lo || n > hi) {
			err = fmt.Errorf("%s is out of range", text)
		}
		return strconv.Itoa(n), err
	}
}

// powerOfTwo parses a size that is a power of two.
func powerOfTwo(lo, hi int) func(string) (string, error) {
	return func(text string) (string, error) {
		value, err := sizeBetween(lo, hi)(text)
		if n, _ := strconv.Atoi(value); err == nil && n&(n-1) != 0 {
			err = fmt.Errorf("%s is none", text)
		}
		return value, err
	}
}

// parseSize reads a number such as 4096, 64K or 4M, by powers of 1,024.
func parseSize(text string) (int, error) {
	number := strings.TrimRight(text, "KMGTkmgt")
	shift := map[string]int{"": 0, "k": 10, "m": 20, "g": 30, "t": 40}
	by, ok := shift[strings.ToLower(text[len(number):])]
	n, err := strconv.ParseUint(number, 10, 62)
	if err != nil || !ok {
		return 0, fmt.Errorf("%q is no number", text)
	}
	if n>>(62-by) != 0 {
		return 0, fmt.Errorf("%s is out of range", text)
	}
	return int(n << by), nil
}

// oneOf takes one of some words.
func oneOf(words ...string) func(string) (string, error) {
	return func(text string) (string, error) {
		if slices.Contains(words, text) {
			return text, nil
		}
		return "", source.Unknown("choice", text, words)
	}
}

// unit takes a unit of output, which has one under two names.
func unit(text string) (string, error) {
	if text == "human" {
		text = "count"
	}
	return oneOf("plain", "count", "bytes", "time")(text)
}

// DefaultBudget is the default of the setting "budget", in percent.
const DefaultBudget = 2

// ParseBudget reads a part of the machine's CPU in percent, such as 5 or 0.5%; off is 0.
func ParseBudget(text string) (float64, error) {
	if text == "off" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !(n >= 0.1 && n <= 100) {
		return 0, fmt.Errorf("%q is none of these", text)
	}
	return n, nil
}

func percent(text string) (string, error) {
	n, err := ParseBudget(text)
	return BudgetText(n), err
}

// BudgetText is a budget as the setting has it.
func BudgetText(percent float64) string {
	if percent == 0 {
		return "off"
	}
	return strconv.FormatFloat(percent, 'g', -1, 64) + "%"
}

// arrangement takes how panes stand, which the view alone understands.
func arrangement(text string) (string, error) {
	for _, r := range text {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789:-| ", r) {
			return "", fmt.Errorf("%q is none", text)
		}
	}
	return strings.Join(strings.Fields(text), " "), nil
}
