package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// check is a program with what it must count of work, or what must be said where a kernel can't run it.
type check struct {
	name    string
	program []string // each with one probe, or declarations
	probes  int      // how many probes there are; 0 for one
	work    []string // the command
	ends    bool     // it ends by itself
	want    string   // what counted has, in order, with blanks between
	since   int      // the first kernel that can, as number has it
	refused string   // what is said by others
}

var (
	opening = []string{"/opener", "1000", "2"}
	calling = []string{"/worker", "calls", "1000"}
)

var checks = []check{
	{name: "tracepoint", program: []string{`syscalls:sys_enter_openat { if comm == "opener" { n++ } }`}, work: opening, want: "n=1000"},
	{name: "tracepoint with a predicate", program: []string{`syscalls:sys_enter_openat @comm == "opener" { n++ }`}, work: opening, want: "n=1000"},
	{name: "by name", program: []string{`syscalls:sys_enter_openat @comm == "opener" { m[comm]++ }`}, work: opening, want: "m[opener]=1000"},
	{name: "a Go program by name", program: []string{`syscalls:sys_enter_getppid @comm == "worker" { m[comm]++ }`}, work: calling, want: "m[worker]=1000"},
	{name: "return of a system call", program: []string{`syscalls:sys_exit_openat @comm == "opener" { m[ctx.ret]++ }`}, work: opening, want: "m[-2]=1000"},
	{name: "raw_tp", program: []string{`raw_tp:sys_enter @comm == "opener" && ctx.id == 257 { n++ }`}, work: opening, want: "n=1000"},
	{name: "tp_btf", program: []string{`tp_btf:sys_enter @comm == "opener" && ctx.id == 257 { n++ }`}, work: opening, want: "n=1000"},
	{name: "kprobe", program: []string{`kprobe:do_sys_openat2 @comm == "opener" { n++ }`}, work: opening, want: "n=1000"},
	{name: "kretprobe", program: []string{`kretprobe:do_sys_openat2 @comm == "opener" { m[int64(retval)]++ }`}, work: opening, want: "m[-2]=1000"},
	{name: "fentry", program: []string{`fentry:do_sys_openat2 @comm == "opener" { n++ }`}, work: opening, want: "n=1000"},
	{name: "fexit", program: []string{`fexit:do_sys_openat2 @comm == "opener" { m[retval]++ }`}, work: opening, want: "m[-2]=1000"},
	{name: "uprobe", program: []string{`uprobe:/worker:main.called { m[comm]++ }`}, work: []string{"/worker", "functions", "1000"}, want: "m[worker]=1000"},
	{name: "uretprobe", program: []string{`uretprobe:/worker:main.called { n++ }`}, work: []string{"/worker", "functions", "1000"}, want: "n=1000"},
	{name: "task", program: []string{`syscalls:sys_enter_openat @comm == "opener" && task.tgid == int32(pid) { m[task.comm]++ }`}, work: opening, want: "m[opener]=1000"},
	{name: "user and group", program: []string{`syscalls:sys_enter_openat @comm == "opener" && uid == 0 && gid == 0 { m[uid+gid]++ }`}, work: opening, want: "m[0]=1000"},
	{
		name: "time per thread", probes: 2, work: opening, want: "took=1000",
		program: []string{
			`a := syscalls:sys_enter_openat @comm == "opener" { start[tid] = nsecs }`,
			`b := syscalls:sys_exit_openat { if since, ok := start[tid]; ok { took.hist(nsecs - since); delete(start, tid) } }`,
		},
	},
	{name: "loop of 10 rounds", program: []string{`syscalls:sys_enter_openat @comm == "opener" { for i := range 10 { sum += i } }`}, work: opening, want: "sum=45000"},
	{
		name: "loop of 10000 rounds", program: []string{`syscalls:sys_enter_openat @comm == "opener" { s := 0; for i := range 10_000 { s += i }; sum += s }`},
		work: []string{"/opener", "10"}, want: "sum=499950000", since: 5017, refused: "5.17",
	},
	{name: "function call", program: []string{`func f(a, b int) int { return a*b + 1 }`, `syscalls:sys_enter_openat @comm == "opener" { sum += f(int(ctx.flags), 3) + 1 }`}, work: opening, want: "sum=1572866000"},
	{name: "strings", program: []string{`syscalls:sys_enter_openat @comm == "opener" { m[strings.HasPrefix(str(ctx.filename), "/tmp/opener-0000000")]++ }`}, work: opening, want: "m[false]=900 m[true]=100"},
	{name: "aggregates", program: []string{`syscalls:sys_enter_openat @comm == "opener" { q.quantile(nsecs%1000); l.lhist(cpu, 0, 8, 1); s[comm].stats(int64(cpu)) }`}, work: opening, want: "l=1000 q=1000 s[opener]=1000"},
	{name: "clock", program: []string{`interval:50ms @n < 10 { n++; if n == 10 { exit() } }`}, ends: true, want: "n=10"},
	{name: "profile", program: []string{`profile:99hz { if n < 10 { n++; if n == 10 { exit() } } }`}, ends: true, want: "n=10"},
	{name: "begin and end", program: []string{`begin { n++ }`, `end { n += 10 }`}, probes: 2, want: "n=11"},
	{name: "expression", program: []string{`sq(12)`, `func sq(n int) int { return n * n }`}, want: "value=144"},
	{name: "log lines", program: []string{`p := syscalls:sys_enter_openat @comm == "opener" { printf("%s", str(ctx.filename)) }`}, work: opening, want: "records=1000"},
	{name: "no such function", program: []string{`kprobe:no_such_function_here { n++ }`}, refused: "no_such_function_here", since: 1 << 30},
	{name: "no such function of a program", program: []string{`uprobe:/worker:main.none { n++ }`}, refused: "/worker has no function main.none", since: 1 << 30},
	{name: "xdp", program: []string{`xdp:lo { n++ }`}, work: []string{"/worker", "datagrams", "100"}, want: "n=100"},
	{name: "tc", program: []string{`tc:lo { n++ }`}, work: []string{"/worker", "datagrams", "100"}, want: "n=100", since: 6006, refused: "6.6"},
}

// run runs a check in a guest.
func (c check) run(kernel int) outcome {
	text, ok := c.try(kernel)
	return outcome{Check: c.name, OK: ok, Text: text}
}

func (c check) try(kernel int) (text string, ok bool) {
	var args []string
	for _, p := range c.program {
		args = append(args, "-e", p)
	}
	t, err := trace(max(c.probes, 1), args...)
	if err != nil {
		return err.Error(), false
	}
	if kernel < c.since {
		<-t.done
		_ = t.Wait()
		said := strings.TrimSpace(t.stderr.String())
		code := t.ProcessState.ExitCode()
		if code != 1 || !strings.Contains(said, c.refused) {
			return fmt.Sprintf("exit status %d, and it says\n%s", code, said), false
		}
		lines := strings.Split(said, "\n")
		return "refused: " + strings.TrimPrefix(lines[0], "go3sh: "), true
	}
	if len(c.work) > 0 {
		if out, err := exec.Command(c.work[0], c.work[1:]...).CombinedOutput(); err != nil {
			_ = t.finish()
			return fmt.Sprintf("%s: %v\n%s", strings.Join(c.work, " "), err, out), false
		}
	}
	if c.ends {
		select {
		case <-t.done:
		case <-time.After(time.Minute):
		}
	}
	if err := t.finish(); err != nil {
		return err.Error(), false
	}
	got := t.told()
	if got != c.want {
		return fmt.Sprintf("got %s\nwant %s\n%s", got, c.want, &t.stderr), false
	}
	return got, true
}

// told is what was counted in order, the records, and values.
func (t *traced) told() string {
	counted := t.counted()
	records := 0
	for _, o := range t.objects {
		switch o["type"] {
		case "printf":
			records++
		case "value":
			counted["value"] = fmt.Sprint(o["value"])
		}
	}
	if records > 0 {
		counted["records"] = fmt.Sprint(records)
	}
	var all []string
	for name, value := range counted {
		all = append(all, name+"="+value)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
