package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"go3s/incremental"
	"go3s/incremental/layout"
	"go3s/incremental/source"
	"go3s/session"
	"go3s/session/guard"
	"go3s/session/record"
	"go3s/session/table"
)

var (
	openat = incremental.Hook{Kind: "tracepoint", Category: "syscalls", Name: "sys_enter_openat"}
	when   = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
)

// opened is a struct as a program emits it.
var opened = layout.StructValue{
	Type:   layout.StructOf("file", layout.Field{Name: "fd", Type: layout.Int32}, layout.Field{Name: "name", Type: layout.StringOf(8)}),
	Values: []any{int64(3), "x"},
}

// examples writes the objects of docs/JSON.md, by their type and in its order.
var examples = []struct {
	kind  string
	write func(j *JSON)
}{
	{"attached", func(j *JSON) {
		j.Event(session.Event{Kind: session.ChangedEvent, Probe: session.Probe{Name: "opens", Hook: openat, State: session.Attached, Version: 1}})
		j.Event(session.Event{Kind: session.ChangedEvent, Probe: session.Probe{Name: "opens", Hook: openat, State: session.Detaching}})
		j.Event(session.Event{Kind: session.ChangedEvent, Probe: session.Probe{Name: "opens", Hook: openat, State: session.Gone}})
	}},
	{"printf", func(j *JSON) {
		path := "/etc/\x1b[31mpasswd"
		j.Event(session.Event{Kind: session.RecordEvent, Arrived: record.Decoded(record.Record{
			Probe: "opens", CPU: 1, Time: when.Add(789012345).In(time.FixedZone("", 3600)),
			Text: "1234 " + path + "\n", Args: []any{int64(1234), path},
		})})
	}},
	{"print", func(j *JSON) {
		j.record(&record.Record{
			Probe: "opens", CPU: 1, Time: when, Schema: &incremental.Schema{Kind: incremental.Print},
			Text: `1234 {fd: 3 name: "x"}`, Args: []any{int64(1234), opened},
		})
	}},
	{"log", func(j *JSON) {
		schema := &incremental.Schema{Kind: incremental.Log, Format: "opened", Fields: []layout.Field{{Name: "file"}, {Name: "ret"}}}
		j.record(&record.Record{Probe: "opens", Time: when, Schema: schema, Args: []any{"/etc/passwd", int64(3)}})
	}},
	{"emit", func(j *JSON) {
		j.record(&record.Record{Probe: "opens", Time: when, Schema: &incremental.Schema{Kind: incremental.Emit}, Args: []any{opened}})
	}},
	{"exit", func(j *JSON) {
		j.Event(session.Event{Kind: session.ExitEvent, Probe: session.Probe{Name: "opens"}, Status: 3})
	}},
	{"value", func(j *JSON) {
		j.Value("-e#2", &session.Value{Type: "int", Value: int64(832040)})
		j.Value("-e#3", &session.Value{Type: "file", Value: opened, Notes: []string{"a string was cut to its place"}})
		j.Value("-e#4", &session.Value{Type: "(int, string)", Value: []any{int64(3), "x"}})
	}},
	{"map", func(j *JSON) {
		j.Map(table.Table{
			Map:  table.Map{Name: "reads", Kind: "per-CPU hash", Columns: []string{"pid", "comm"}, PerCPU: true},
			Time: when, CPUs: 2,
			Rows: []table.Row{
				{Key: []any{uint64(7), "cat"}, Total: uint64(5), PerCPU: []uint64{2, 3}},
				{Key: []any{uint64(1), "<init>"}, Total: uint64(9), PerCPU: []uint64{9, 0}},
			},
		})
		j.Map(table.Table{
			Map: table.Map{Name: "hot", Kind: "per-CPU hash", Columns: []string{"hot"}, PerCPU: true}, Time: when, CPUs: 2, Factor: 8,
			Rows: []table.Row{{Key: []any{"cat"}, Total: uint64(80), Counted: uint64(10), PerCPU: []uint64{72, 8}}},
		})
		j.Map(table.Table{
			Map: table.Map{Name: "total", Kind: "per-CPU counter", PerCPU: true}, Time: when, CPUs: 2,
			Rows: []table.Row{{Total: uint64(14), PerCPU: []uint64{11, 3}}},
		})
		j.Map(table.Table{
			Map: table.Map{Name: "last", Kind: "hash", Columns: []string{"last"}}, Time: when,
			Rows: []table.Row{{Key: []any{uint64(1<<32 - 1)}, Total: int64(-1)}},
		})
		j.Map(table.Table{Map: table.Map{Name: "none", Kind: "hash", Columns: []string{"none"}}, Time: when})
		j.Map(table.Table{
			Map: table.Map{Name: "lat", Kind: "histogram", Columns: []string{"lat"}}, Time: when,
			Rows: []table.Row{{Key: []any{"cat"}, Total: table.Histogram{N: 3, Buckets: []table.Bucket{
				{Lo: nil, Hi: int64(0), N: 1}, {Lo: int64(0), Hi: int64(1)}, {Lo: int64(1), Hi: int64(2), N: 2},
			}}}},
		})
		j.Map(table.Table{
			Map: table.Map{Name: "slow", Kind: "quantiles"}, Time: when,
			Rows: []table.Row{{Total: table.Quantiles{
				N: 1000, P50: uint64(71), P90: uint64(1032), P99: uint64(2064), P999: uint64(9024), P9999: uint64(9024), Max: uint64(9024),
			}}},
		})
		j.Map(table.Table{
			Map: table.Map{Name: "sizes", Kind: "statistics"}, Time: when,
			Rows: []table.Row{{Total: table.Summary{N: 2, Sum: int64(5), Avg: int64(2), Min: int64(-1), Max: int64(6)}}},
		})
		j.Map(table.Table{
			Map: table.Map{Name: "mean", Kind: "average"}, Time: when,
			Rows: []table.Row{{Total: table.Summary{N: 2, Sum: uint64(5), Avg: uint64(2)}}},
		})
	}},
	{"lost", func(j *JSON) {
		j.Event(session.Event{Kind: session.LostEvent, Probe: session.Probe{Name: "opens", Stats: session.Stats{Lost: 900}}, Lost: 250})
	}},
	{"guard", func(j *JSON) {
		j.Event(session.Event{Kind: session.GuardEvent, Decision: &guard.Decision{
			Action: guard.SampleAction, Probes: []string{"opens"}, Factor: 8, Share: 8.25, Budget: 2, Rate: 1_200_000, PerRun: 137,
		}})
	}},
	{"probe", func(j *JSON) {
		j.Probe(session.Probe{Name: "opens", Stats: session.Stats{Events: 9000, Lost: 250, MapFull: 3, Cut: 2, Missed: 1}})
		j.Probe(session.Probe{
			Name: "reads", Stats: session.Stats{Events: 12, Fault: 3},
			Faults: []session.Fault{{Fault: incremental.Fault{Place: incremental.Place{Cell: "-e", Line: 2, Column: 10}, Cause: "a division by zero"}, Count: 3}},
		})
	}},
	{"error", func(j *JSON) {
		j.Diagnostic(source.Diagnostic{
			Code: "undefined-name", Msg: "undefined: conut", Hint: "did you mean count?",
			Span: source.Span{Cell: "-e", Start: 8, End: 13},
		}, "a\n{ a = conut }")
		j.Event(session.Event{
			Kind: session.ErrorEvent,
			Err:  errors.New("tracing needs root, or CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN); run it with sudo"),
		})
	}},
}

// written is what write makes a JSON write.
func written(t *testing.T, write func(j *JSON)) string {
	t.Helper()
	var b bytes.Buffer
	j := NewJSON(&b)
	write(j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// documented returns the JSON blocks of docs/JSON.md by the heading above them, and the headings in order.
func documented(t *testing.T) (blocks map[string]string, kinds []string) {
	t.Helper()
	doc, err := os.ReadFile("../docs/JSON.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks = make(map[string]string)
	kind, inside := "", false
	for line := range strings.Lines(string(doc)) {
		switch {
		case strings.HasPrefix(line, "## "):
			kind = strings.TrimSpace(line[3:])
			kinds = append(kinds, kind)
		case strings.HasPrefix(line, "```"):
			inside = line == "```json\n"
		case inside:
			blocks[kind] += line
		}
	}
	return blocks, kinds
}

func TestObjectsAreThoseOfTheDocument(t *testing.T) {
	blocks, kinds := documented(t)
	var have []string
	for _, e := range examples {
		have = append(have, e.kind)
		if d := cmp.Diff(blocks[e.kind], written(t, e.write)); d != "" {
			t.Errorf("%s (-docs/JSON.md +written):\n%s", e.kind, d)
		}
		for line := range strings.Lines(blocks[e.kind]) {
			var o struct{ Type string }
			if err := json.Unmarshal([]byte(line), &o); err != nil || o.Type != e.kind {
				t.Errorf("%s: not an object of its type: %v %s", e.kind, err, line)
			}
		}
	}
	if d := cmp.Diff(kinds, have); d != "" {
		t.Errorf("types (-docs/JSON.md +tested):\n%s", d)
	}
}

func TestFailedDetachIsAnError(t *testing.T) {
	got := written(t, func(j *JSON) {
		j.Event(session.Event{Kind: session.ChangedEvent, Probe: session.Probe{
			Name: "opens", Hook: openat, State: session.Failed, Err: errors.New("device is busy"),
		}})
	})
	want := `{"type":"error","message":"detach opens from syscalls:sys_enter_openat: device is busy"}` + "\n"
	if got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestStringsSurviveJSON(t *testing.T) {
	for _, c := range []struct{ in, want, back string }{
		{"plain <a&b>", `"plain <a&b>"`, "plain <a&b>"},
		{`a"b\c`, `"a\"b\\c"`, `a"b\c`},
		{"\n\t\r\x00\x1b\x7f", `"\n\t\r\u0000\u001b\u007f"`, "\n\t\r\x00\x1b\x7f"},
		{"日本 \u009b \u202e \u2028 \u200d", `"日本 \u009b \u202e \u2028 \u200d"`, "日本 \u009b \u202e \u2028 \u200d"},
		{"\U000e0041😀", `"\udb40\udc41😀"`, "\U000e0041😀"},
		{"ca\xff\xc3", `"ca\\xff\\xc3"`, `ca\xff\xc3`},
		{"\ufffd", `"` + "\ufffd" + `"`, "\ufffd"},
	} {
		got, err := marshal(text(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%q is written as %s, want %s; %v", c.in, got, c.want, err)
		}
		var back string
		if err := json.Unmarshal(got, &back); err != nil || back != c.back {
			t.Errorf("%q comes back as %q, want %q; %v", c.in, back, c.back, err)
		}
	}
}

func TestNestedValues(t *testing.T) {
	inner := &layout.Type{Kind: layout.Struct, Fields: []layout.Field{{Name: "b"}, {Name: "a"}}}
	got := written(t, func(j *JSON) {
		j.Event(session.Event{Kind: session.RecordEvent, Arrived: record.Decoded(record.Record{
			Probe: "p", Time: when, Text: "x",
			Args: []any{
				true, layout.Addr(0xffff8880),
				[]byte{1, 255},
				[]any{int64(-1), "\xff<"},
				layout.StructValue{Type: inner, Values: []any{uint64(1<<64 - 1), "\u202e<"}},
			},
		})})
	})
	want := `{"type":"printf","probe":"p","cpu":0,"time":"2026-02-03T04:05:06Z","text":"x",` +
		`"args":[true,"0xffff8880",[1,255],[-1,"\\xff<"],{"b":18446744073709551615,"a":"\u202e<"}]}` + "\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestSignedPerCPUValues(t *testing.T) {
	minus := int64(-3)
	got := written(t, func(j *JSON) {
		j.Map(table.Table{Map: table.Map{Name: "d", Kind: "per-CPU counter", PerCPU: true}, Time: when, CPUs: 2, Rows: []table.Row{
			{Total: int64(-2), PerCPU: []uint64{uint64(minus), 1}},
		}})
	})
	want := `{"type":"map","map":"d","kind":"per-CPU counter","time":"2026-02-03T04:05:06Z","rows":[{"value":-2,"per_cpu":[-3,1]}]}` + "\n"
	if got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

// pipe passes on what is written, whole writes at a time.
type pipe struct {
	mu     sync.Mutex
	writes []string
	err    error
	wrote  chan struct{}
}

func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes = append(p.writes, string(b))
	if p.wrote != nil {
		p.wrote <- struct{}{}
	}
	return len(b), p.err
}

func TestLinesLeaveTheBufferWhenNoMoreCome(t *testing.T) {
	p := &pipe{wrote: make(chan struct{}, 10)}
	j := NewJSON(p)
	for range 2 {
		j.Error(errors.New("x"))
		<-p.wrote
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j.Error(errors.New("after Close"))
	want := `{"type":"error","message":"x"}` + "\n"
	if d := cmp.Diff([]string{want, want}, p.writes); d != "" {
		t.Errorf("writes (-want +got):\n%s", d)
	}
}

func TestFirstWriteErrorIsKept(t *testing.T) {
	p := &pipe{err: errors.New("broken pipe")}
	j := NewJSON(p)
	for range 2 {
		j.Error(errors.New(strings.Repeat("x", 100_000)))
	}
	for range 2 {
		if got := fmt.Sprint(j.Close()); got != "write JSON: broken pipe" {
			t.Errorf("error %s", got)
		}
	}
}

func TestWritersDoNotMixLines(t *testing.T) {
	p := &pipe{}
	j := NewJSON(p)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for range 500 {
				j.Error(errors.New(strings.Repeat(fmt.Sprint(g), 100)))
			}
		})
	}
	wg.Wait()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(strings.Join(p.writes, "")) {
		var o struct{ Message string }
		if err := json.Unmarshal([]byte(line), &o); err != nil || strings.Count(o.Message, o.Message[:1]) != 100 {
			t.Fatalf("bad line %s", line)
		}
		lines++
	}
	if lines != 2000 {
		t.Errorf("%d lines, want 2000", lines)
	}
}
