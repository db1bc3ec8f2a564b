package session

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go3s/incremental/source"
	"go3s/session/sessiontest"
)

// consistent checks that what is in the fake kernel is what the session says.
func consistent(t *testing.T, s *Session, k *sessiontest.Kernel) {
	t.Helper()
	s.detaches.Wait()
	s.Forget()
	var links []string
	linked := 0
	for _, p := range s.Probes() {
		running := k.Running(p.Name)
		if (p.State == Attached) != (running != nil) {
			t.Errorf("%s is %s, and the program in its slot is %v", p.Name, p.State, running != nil)
		}
		if !p.State.Linked() {
			continue
		}
		linked++
		links = append(links, p.Name+" "+p.Hook.Category+":"+p.Hook.Name)
		i := slices.IndexFunc(s.probes, func(q *probe) bool { return q.name == p.Name })
		if running != nil && running.ID != s.probes[i].program {
			t.Errorf("%s runs program %d, the session says %d", p.Name, running.ID, s.probes[i].program)
		}
		if running != nil {
			for name, id := range running.Maps {
				if m := s.live(name); m == nil || m.id != id {
					t.Errorf("%s uses a map %s that is not the session's", p.Name, name)
				}
			}
		}
		if versions := s.Versions(p.Group); !versions[p.Version-1].Current || versions[p.Version-1].Source != p.Source {
			t.Errorf("%s is version %d, %q, of %+v", p.Name, p.Version, p.Source, versions)
		}
	}
	slices.Sort(links)
	same(t, "links", k.Links(), append([]string{}, links...))
	same(t, "objects", k.Objects(), fmt.Sprintf("%d maps, %d programs, %d links", len(s.maps), linked, linked))
	runsWhatIsBuilt(t, s)
}

// runsWhatIsBuilt checks that the programs that run are those that the cells give.
func runsWhatIsBuilt(t *testing.T, s *Session) {
	t.Helper()
	s.changing.Look()
	defer s.changing.Unlock()
	if s.program.Built == nil {
		return // a probe was detached; what the others would be without it they become with the next edit
	}
	build := s.program.Build(func(string) {})
	var built, runs []string
	for _, p := range build.Probes {
		built = append(built, fmt.Sprintf("%s %x", p.Name, p.Hash))
	}
	for _, p := range s.linked() {
		runs = append(runs, fmt.Sprintf("%s %x", p.name, p.hash))
	}
	slices.Sort(built)
	slices.Sort(runs)
	same(t, "programs that the cells give and that run", runs, built)
}

// exports checks that the exported program, run from nothing, gives the same probes and maps.
func exports(t *testing.T, s *Session) {
	t.Helper()
	text, err := s.Export()
	if err != nil {
		t.Fatal(err)
	}
	state := func(s *Session) []string {
		var all []string
		for _, p := range s.linked() {
			all = append(all, fmt.Sprintf("probe %s on %s %s %x", p.name, p.hook, p.state, p.hash))
			for _, name := range p.maps {
				m := s.live(name)
				all = append(all, fmt.Sprintf("map %s %d", name, m.Kind)) // a map keeps its size when its declaration goes
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	again, _ := compiled(t)
	if r := again.Enter(source.Cell{Name: "saved.go3s", Text: text}); !r.OK() {
		t.Fatalf("%v %v\n%s", r.Diags, r.Err, text)
	}
	same(t, "state of the exported program", state(again), state(s))
}

// names and bodies that random cells are made of.
var (
	randomHooks  = []string{"syscalls:sys_enter_openat", "syscalls:sys_enter_read", "syscalls:sys_exit_read", "syscalls:sys_enter_write", "syscalls:sys_enter_read, syscalls:sys_enter_write", "begin", "end"}
	randomBodies = []string{
		"n++", "m[pid]++", "m[pid] += 2; n++", "m[uint64(pid)]++", "k[key{pid, 0}]++", "k[key{a: tid}]++; if k[key{}] > 1 { n++ }", "lat[pid].hist(nsecs)",
		"lat[uint64(pid)].hist(nsecs)", `printf("%d\n", pid)`, "n = 5", "last[tid] = nsecs", "if last[tid] > 0 { delete(last, tid) }", "n += twice(pid)",
		"m[comm]++", "lat[pid].avg(nsecs)", "undefined(3)", "n++ +", "x[y] = z", "if total > 4 { total = 0 }; total++",
	}
	randomDecls = []string{
		"type key struct { a uint32; b uint64 }", "type key struct { a uint64; b uint32; c uint8 }", "type key struct { b uint64; a uint32 }", "type key struct { b uint64 }",
		"func twice(n uint32) uint64 { return uint64(n) * 2 }", "func twice(n uint32) uint64 { return uint64(n) * 3 }",
		"var total uint32", "var total uint64", "// @bpf_map(max_entries=16)\nvar m map[uint32]uint64", "// @bpf_map(type=lru_hash, max_entries=32)\nvar m map[uint32]uint64",
	}
	randomFailures = []string{"CreateMap", "Load", "Attach", "Swap", "Empty", "FillMap", "Patch", "Exchange", "Settle", "ReadMap", "Run"}
)

func randomCell(r *rand.Rand) source.Cell {
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	if r.IntN(4) == 0 {
		return source.Cell{Name: "d", Text: pick(randomDecls)}
	}
	cell := source.Cell{Name: "c"}
	if r.IntN(4) == 0 {
		cell.Name = pick([]string{"f.go3s", "g.go3s"})
	}
	for range 1 + r.IntN(3) {
		cell.Text += fmt.Sprintf("%c := %s { %s }\n", 'a'+r.IntN(5), pick(randomHooks), pick(randomBodies))
	}
	return cell
}

// randomStep does one thing to a session.
func randomStep(t *testing.T, r *rand.Rand, s *Session) string {
	if r.IntN(5) < 2 {
		return lifeStep(r, s)
	}
	cell := randomCell(r)
	switch r.IntN(3) {
	case 0:
		s.Prepare(cell)
	case 1:
		s.Prepare(randomCell(r))
	}
	result := s.Enter(cell)
	for _, d := range result.Diags {
		if d.Code == source.CompilerBug {
			t.Errorf("%s: %+v", cell.Text, d)
		}
	}
	for _, c := range result.Carried {
		if c.Text == "" {
			t.Errorf("%s: nothing is said of %s", cell.Text, c.Map)
		}
	}
	return fmt.Sprintf("enter %s: %q %v %v %v", cell.Name, cell.Text, len(result.Diags), result.Err, result.Carried)
}

// A session is put through random edits, some of which are refused by the compiler and some by the kernel.
func TestRandomEditsLeaveWhatTheSessionSays(t *testing.T) {
	steps := 150
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			s, k := compiled(t)
			s.Enter(source.Cell{Name: "d", Text: randomDecls[0] + "\n" + randomDecls[4]})
			var did []string
			for step := range steps {
				if r.IntN(3) == 0 {
					method := randomFailures[r.IntN(len(randomFailures))]
					nth := 1 + r.IntN(3)
					k.Fail(method, nth, errors.New("the test wants "+method+" to fail"))
					did = append(did, fmt.Sprint("fail ", method, nth))
				}
				did = append(did, randomStep(t, r, s))
				k.Heal()
				consistent(t, s, k)
				if step%10 == 0 && s.program.Built != nil {
					exports(t, s)
				}
				if t.Failed() {
					t.Fatal(strings.Join(did[max(0, len(did)-12):], "\n"))
				}
			}
		})
	}
}

// Every call of the kernel that an edit makes fails once; each time the edit is taken back whole, and works when it is tried again.
func TestEveryFailureOfAnEditIsTakenBack(t *testing.T) {
	const first = `type key struct { a uint32 }
a := syscalls:sys_enter_read { m[key{pid}]++; n++ }
b := syscalls:sys_exit_read { m[key{tid}]++ }
c := syscalls:sys_enter_write { v[pid] = tid }`
	const edit = `type key struct { a uint64; b uint32 }
b := syscalls:sys_exit_read { m[key{a: 1}]++; n = 5 }
c := syscalls:sys_enter_openat { v[pid] = nsecs }
d := syscalls:sys_enter_write { x++ }
e := begin { y++ }`
	for _, method := range randomFailures {
		for nth := 1; ; nth++ {
			s, k := compiled(t)
			if r := s.Enter(source.Cell{Name: "f.go3s", Text: first}); !r.OK() {
				t.Fatal(r.Diags, r.Err)
			}
			if r := s.Enter(source.Cell{Name: "w", Text: "c := syscalls:sys_enter_write { v[pid] = uint32(nsecs) }"}); !r.OK() {
				t.Fatal(r.Diags, r.Err)
			}
			k.Set("m", key32(1), 3, 4)
			k.Set("v", key32(1), 3)
			k.OnSettle(func() { k.Add("m", 1, key32(1), 0, 1); k.Add("v", 1, key32(2), 0, 1) })
			before := []any{s.Probes(), s.Cells()}
			wanted := errors.New("no " + method)
			k.Fail(method, nth, wanted)
			r := s.Enter(source.Cell{Name: "edit", Text: edit})
			left := k.Heal()
			consistent(t, s, k)
			if left > 0 {
				break // there is no such call
			}
			switch {
			case r.OK():
				// Too late to go back: it is said.
				if !slices.ContainsFunc(r.Carried, func(c Carry) bool { return strings.Contains(c.Text, wanted.Error()) }) {
					t.Errorf("%s %d failed without a word: %+v", method, nth, r)
				}
			case !errors.Is(r.Err, wanted):
				t.Errorf("%s %d: %v", method, nth, r.Err)
			default:
				same(t, fmt.Sprint(method, nth), []any{s.Probes(), s.Cells()}, before)
				if r := s.Enter(source.Cell{Name: "edit", Text: edit}); !r.OK() {
					t.Errorf("%s %d: once more: %v %v", method, nth, r.Diags, r.Err)
				}
				consistent(t, s, k)
			}
			if t.Failed() {
				return
			}
		}
	}
}
