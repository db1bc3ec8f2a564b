package session

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go3s/incremental"
	"go3s/incremental/ir"
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
	apply func(s *Session, value string) error // nil: the value is only kept. The caller holds changing
}{
	{
		Setting{
			Name: "strlen", Type: "bytes", Range: fmt.Sprintf("1 to %d", universe.MaxString), Default: strconv.Itoa(universe.DefaultStrLen),
			Text: "what str(p) takes of a string when it is not told how much", Effect: "the next entry; probes that read strings are compiled anew by it",
		},
		sizeBetween(1, universe.MaxString), nil,
	},
	{
		Setting{
			Name: "mapsize", Type: "entries", Range: fmt.Sprintf("1 to %d", mostKeys), Default: strconv.Itoa(incremental.DefaultEntries),
			Text: "how many keys a map can hold that does not say so by @bpf_map(max_entries=…)", Effect: "maps that are made from the next entry on",
		},
		sizeBetween(1, mostKeys), nil,
	},
	{
		Setting{
			Name: "ringsize", Type: "bytes", Range: "a power of two from one page to 1G", Default: strconv.Itoa(incremental.RingSize),
			Text: "the ring buffer through which log lines come", Effect: "the first entry with a probe that logs, which makes the ring; it keeps its size then",
		},
		powerOfTwo(os.Getpagesize(), mostRing), (*Session).setRing,
	},
	{
		Setting{
			Name: "mapmemory", Type: "bytes", Range: "1M to 1T", Default: strconv.Itoa(usualMemory),
			Text: "how much of the kernel's memory the maps may take together; at first a twentieth of all, if that is less", Effect: "the next entry that makes a map",
		},
		sizeBetween(1<<20, 1<<40), nil,
	},
	{
		Setting{
			Name: "colours", Type: "word", Range: "auto, always, never", Default: "auto",
			Text: "whether text has colours; auto: on a terminal, if NO_COLOR is not set", Effect: "the next line",
		},
		oneOf("auto", "always", "never"), nil,
	},
	{
		Setting{
			Name: "budget", Type: "percent", Range: "0.1 to 100 of the machine's CPU, or off", Default: budgetText(DefaultBudget),
			Text: "what all probes together may cost; beyond it they are sampled, then suspended", Effect: "the next seconds; :resume takes back what was done",
		},
		percent, nil,
	},
	{
		Setting{
			Name: "view", Type: "panes", Range: "names of panes with weights from 1 to 9, probes:2 counters:3, a bar, and those of the right column", Default: "as they come",
			Text: "how the panes of the full screen stand; a minus before a name puts the pane away", Effect: "the next :view, whose keys change it too",
		},
		arrangement, nil,
	},
	{
		Setting{
			Name: "units", Type: "word", Range: "plain, count, bytes, time", Default: "plain",
			Text: "how the numbers of maps are written; units.NAME is that of one map", Effect: "the next table",
		},
		unit, nil,
	},
}

// settings are the values that are not the defaults.
type settings struct {
	mu     sync.Mutex
	values map[string]string
}

// start gives a setting the value that the session opens with.
func (s *settings) start(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values == nil {
		s.values = make(map[string]string)
	}
	s.values[name] = value
}

// Settings are all settings, and behind them the units of single maps.
func (s *Session) Settings() []Setting {
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	var all []Setting
	for _, c := range choices {
		all = append(all, s.settings.valued(c.Setting))
	}
	for _, name := range slices.Sorted(maps.Keys(s.settings.values)) {
		if strings.HasPrefix(name, UnitSetting) {
			all = append(all, s.settings.valued(unitOf(name)))
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
	panic("session: there is no setting of units")
}

// valued is a setting with its value. The caller holds mu.
func (s *settings) valued(of Setting) Setting {
	of.Value = cmp.Or(s.values[of.Name], of.Default)
	return of
}

// Get is the setting of a name.
func (s *Session) Get(name string) (Setting, error) {
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	of, _, _, err := choice(name)
	if err != nil {
		return Setting{}, err
	}
	return s.settings.valued(of), nil
}

// Value is the value of a setting; empty for one that is not there.
func (s *Session) Value(name string) string {
	of, err := s.Get(name)
	if err != nil {
		return ""
	}
	return of.Value
}

// Unit is the unit that a map's numbers are to be written in: its own, or that of all maps.
func (s *Session) Unit(m string) string {
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	return cmp.Or(s.settings.values[UnitSetting+m], s.settings.values["units"], "plain")
}

// choice finds a setting by its name.
func choice(name string) (of Setting, parse func(string) (string, error), apply func(*Session, string) error, err error) {
	if m, ok := strings.CutPrefix(name, UnitSetting); ok && m != "" {
		return unitOf(name), unit, nil, nil
	}
	var known []string
	for _, c := range choices {
		if c.Name == name || c.Name == "colours" && name == "colors" {
			return c.Setting, c.parse, c.apply, nil
		}
		known = append(known, c.Name)
	}
	return Setting{}, nil, nil, unknown("setting", name, known)
}

// Set gives a setting a value. "default" stands for its default. The error says what the setting takes.
func (s *Session) Set(name, value string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.set(name, value)
}

// set is Set. The caller holds changing.
func (s *Session) set(name, value string) error {
	of, parse, apply, err := choice(name)
	if err != nil {
		return err
	}
	if value == "default" {
		value = of.Default
	}
	if value != of.Default {
		if value, err = parse(value); err != nil {
			return fmt.Errorf("%s takes %s: %w", of.Name, of.Range, err)
		}
	}
	if apply != nil {
		if err := apply(s, value); err != nil {
			return fmt.Errorf("set %s: %w", of.Name, err)
		}
	}
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	if s.settings.values == nil {
		s.settings.values = make(map[string]string)
	}
	s.settings.values[of.Name] = value
	if value == of.Default {
		delete(s.settings.values, of.Name)
	}
	return nil
}

// tuned is a program whose compiler takes strings to be as long as the user has set, which Undo and a change of the setting make another one. The
// caller holds changing.
func (s *Session) tuned(p program) program {
	length, err := strconv.Atoi(s.Value("strlen"))
	now, ok := p.snapshot.(snapshot)
	if err != nil || !ok || now.Universe().StrLen() == length {
		return p
	}
	p.snapshot = snapshot{incremental.New(withStrings{s.formats, length}), now.lines, now.wary}
	for _, c := range p.cells {
		p.snapshot = p.snapshot.with(c.Cell)
	}
	return p
}

// setRing sets the size of the ring, which can't change once it is there.
func (s *Session) setRing(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil {
		return err
	}
	if most := s.mapMemory(); uint64(n) > most {
		return fmt.Errorf("all maps may take %s, and the ring is one of them; :set mapmemory first", size(most))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ring := s.live(incremental.RingMap); ring != nil && n != s.options.RingSize {
		return errors.New("the ring is there since the first probe that logs, and keeps its size")
	}
	s.options.RingSize = n
	return nil
}

// sized is a map as it is to be created or found: with the number of entries that the user has set where the program says nothing, and that of
// the map which is there already where it was made so. One without keys, or of another kind of aggregate, was not: it may have one entry.
// The caller holds changing.
func (s *Session) sized(m *incremental.Map) *incremental.Map {
	entries := m.Entries
	switch {
	case m.Kind == ir.Ring && s.options.RingSize > 0:
		entries = s.options.RingSize
	case m.Kind != ir.Ring && m.KeyType != nil && !m.Sized && m.Entries == incremental.DefaultEntries:
		entries, _ = strconv.Atoi(s.Value("mapsize"))
		s.mu.Lock()
		if live := s.live(m.Name); live != nil && live.KeyType != nil && live.Aggregate == m.Aggregate && !live.Sized && live.Entries > 0 {
			entries = live.Entries
		}
		s.mu.Unlock()
	}
	if entries == m.Entries {
		return m
	}
	resized := *m
	resized.Entries = entries
	return &resized
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
		return "", unknown("choice", text, words)
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
	return budgetText(n), err
}

// budgetText is a budget as the setting has it.
func budgetText(percent float64) string {
	if percent == 0 {
		return "off"
	}
	return strconv.FormatFloat(percent, 'g', -1, 64) + "%"
}

// withStrings is what the compiler sees of a session's kernel when the user has said how long strings are.
type withStrings struct {
	*formats
	length int
}

// StrLen is how many bytes str(p) takes that says no number.
func (w withStrings) StrLen() int { return w.length }
