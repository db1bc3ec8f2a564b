package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/term"

	"go3s/attach"
	"go3s/cmd/go3sh/keeper"
	"go3s/demo"
	"go3s/incremental"
	"go3s/incremental/source"
	"go3s/output"
	"go3s/repl"
	"go3s/repl/history"
	"go3s/session"
	"go3s/session/harmless"
	"go3s/session/journal"
	"go3s/session/settings"
)

// sitting is one run of the program: a session, what is entered into it, and where its results go.
type sitting struct {
	options
	kernel    *attach.Kernel
	session   *session.Session
	stdout    *outlet
	stderr    io.Writer
	json      *output.JSON    // with --json
	evaluated bool            // a cell was an expression or statements
	filter    *session.Filter // of -c and -p
	child     *command        // of -c, until it runs
	deltas    *session.Deltas
	reports   int // how often maps were printed

	ctx context.Context
	end context.CancelCauseFunc
}

func newSitting(o options) *sitting { return &sitting{options: o, stderr: os.Stderr} }

// errors that end a sitting and need no words.
var (
	errSignal = errors.New("ended by a signal")
	errTime   = errors.New("time is up")
	errEnded  = errors.New("the processes have ended")
	errPipe   = errors.New("nobody reads the output")
)

// exitCall ends a sitting because a program has called exit.
type exitCall struct{ status int }

func (e exitCall) Error() string { return fmt.Sprintf("exit %d", e.status) }

// run opens the session, does what the options ask for, and gives everything back. It returns the exit status.
func (t *sitting) run() (status int) {
	t.ctx, t.end = context.WithCancelCause(context.Background())
	defer t.end(nil)
	t.stdout = newOutlet(os.Stdout, func(err error) {
		if errors.Is(err, syscall.EPIPE) {
			err = errPipe
		}
		t.end(err)
	})
	if t.options.json {
		t.json = output.NewJSON(t.stdout)
	}
	defer func() { status = max(status, t.flush()) }()
	stop := catchSignals(t.end, t.prompt || t.view)
	defer stop()

	var err error
	if t.kernel, err = attach.Open(attach.Options{Expect: t.expect(), Refill: t.prompt || t.view}); err != nil {
		return t.fail(err)
	}
	if !t.dryRun {
		err = t.follow()
	}
	if err == nil {
		t.session, err = session.Open(t.kernel, session.Options{Filter: t.filter, Budget: t.budget, Final: !t.plain && !t.prompt && !t.view})
	}
	defer func() {
		if err := t.close(); err != nil && status == exitOK {
			status = t.fail(err)
		}
	}()
	if err != nil {
		return t.fail(err)
	}
	if !t.noJournal {
		log := journal.Open(journal.Socket)
		defer log.Close()
		defer t.session.Subscribe(log.Event)()
		defer t.session.Stop() // which detaches, and that is told
	}
	if err := t.set(); err != nil {
		return t.fail(err)
	}
	t.deltas = session.NewDeltas(t.session)
	return t.use()
}

// set gives settings the values that the command line has for them.
func (t *sitting) set() error {
	if t.mapMemory != "" {
		if err := t.session.Set("mapmemory", t.mapMemory); err != nil {
			return err
		}
	}
	for _, u := range t.units {
		name := "units"
		if u.name != "" {
			name = settings.UnitSetting + u.name
		}
		if err := t.session.Set(name, u.unit); err != nil {
			return err
		}
	}
	return nil
}

// expect guesses from the text which maps the program will have: to create them takes the kernel as long as all that comes before, and
// the compiler knows for certain only then. A map too many is thrown away.
func (t *sitting) expect() []attach.MapSpec {
	usual := attach.UsualMaps
	if t.prompt || t.view {
		return []attach.MapSpec{usual.ByName, usual.ByNumber, usual.Ring}
	}
	if t.dryRun || t.list || t.listFields || t.emit != "" {
		return nil
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(t.cells, func(c source.Cell) bool {
			return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(c.Text, w) })
		})
	}
	var maps []attach.MapSpec
	if has("[comm]++", "[comm] +=", "[comm].count()", "[comm].sum(") {
		maps = append(maps, usual.ByName)
	}
	if has("[pid]++", "[pid] +=", "[tid]++", "[tid] +=", "[pid].sum(", "[tid].sum(") {
		maps = append(maps, usual.ByNumber)
	}
	if has("print(", "printf(", "log(", "emit(", "exit(") {
		maps = append(maps, usual.Ring)
	}
	return maps
}

// close gives back what there is of a sitting.
func (t *sitting) close() error {
	if t.child != nil {
		t.child.abandon()
	}
	var err error
	if t.filter != nil {
		err = t.filter.Close()
	}
	if t.session == nil {
		return errors.Join(err, t.kernel.Close())
	}
	return errors.Join(err, t.session.Close())
}

// use does the work of a sitting with its session open.
func (t *sitting) use() int {
	switch {
	case t.emit != "":
		return t.emitStage()
	case t.list || t.listFields:
		return t.listHooks()
	case t.dryRun:
		return t.plan()
	}
	if t.options.demo {
		w, err := demo.Start()
		if err != nil {
			return t.fail(err)
		}
		defer w.Stop()
	}
	if t.prompt || t.view {
		return t.interact()
	}
	if t.check {
		return t.verify()
	}
	defer t.session.Subscribe(t.event)()
	t.tellKernel()
	if status := t.enter(); status != exitOK {
		return status
	}
	if len(t.session.Roster()) == 0 {
		if t.evaluated {
			return t.finishQuietly()
		}
		return t.fail(errors.New("the program has no probe, so there is nothing to trace"))
	}
	return t.trace()
}

// enter enters all cells, or none: more than one are compiled together first.
func (t *sitting) enter() int {
	if len(t.cells) > 1 {
		if status := t.compile(incremental.BuildOptions{}); status != exitOK {
			return status
		}
	}
	for _, c := range incremental.Order(t.cells) {
		res := t.session.Enter(c)
		if !res.OK() {
			return t.refused(res)
		}
		t.evaluated = t.evaluated || res.Evaluated
		t.tellTimes(c, res)
		if err := t.value(c, res.Value); err != nil && t.stdout.flush() == nil { // as in finish
			return t.fail(err)
		}
	}
	return exitOK
}

// value prints what an expression comes to.
func (t *sitting) value(c source.Cell, v *session.Value) error {
	switch {
	case v == nil:
		return nil
	case t.json != nil:
		t.json.Value(c.Name, v)
		return nil
	}
	t.stdout.flush()
	return output.Value(t.stdout, v, output.Options{Width: t.width()})
}

// trace waits for the end, then prints.
func (t *sitting) trace() int {
	status := exitOK
	ctx, cancel := context.WithCancel(t.ctx)
	if t.last > 0 {
		ctx, cancel = context.WithTimeoutCause(t.ctx, t.last, errTime)
	}
	defer cancel()
	reported := t.reportEvery(ctx)
	picture := t.photograph(ctx)
	switch {
	case t.child != nil:
		var err error
		if status, err = t.runCommand(ctx); err != nil {
			t.fail(err)
		}
	case len(t.pids) > 0:
		go t.awaitProcesses(ctx)
		fallthrough
	default:
		<-ctx.Done()
	}
	cancel()
	reported()
	if err := picture(); err != nil {
		status = t.fail(err)
	}
	finished := t.finish() // with it the last records have come
	if call, ok := errors.AsType[exitCall](context.Cause(t.ctx)); ok {
		status = call.status
	}
	return max(status, finished)
}

// runCommand lets the command go, and waits for its end or that of ctx.
func (t *sitting) runCommand(ctx context.Context) (int, error) {
	c := t.child
	t.child = nil
	return c.run(ctx)
}

// finishQuietly ends a sitting in which expressions have been evaluated and nothing is to be traced: a command runs, log lines are told.
func (t *sitting) finishQuietly() int {
	if t.child != nil && t.ctx.Err() == nil {
		status, err := t.runCommand(t.ctx)
		if err != nil {
			return t.fail(err)
		}
		return status
	}
	if err := t.session.Stop(); err != nil {
		return t.fail(err)
	}
	if call, ok := errors.AsType[exitCall](context.Cause(t.ctx)); ok {
		return call.status
	}
	return exitOK
}

// finish stops the probes and prints the maps.
func (t *sitting) finish() int {
	if err := t.session.Stop(); err != nil {
		return t.fail(err)
	}
	t.stdout.flush()
	err := t.report()
	t.shortfalls()
	if err != nil && t.stdout.flush() == nil { // otherwise it is said when all is over
		return t.fail(err)
	}
	return exitOK
}

// interact is the prompt and the full screen.
func (t *sitting) interact() int {
	if t.last > 0 {
		var cancel context.CancelFunc
		t.ctx, cancel = context.WithTimeoutCause(t.ctx, t.last, errTime)
		defer cancel()
	}
	if status := t.enter(); status != exitOK {
		return status
	}
	keeper, _ := keeper.Start(os.Stdin, t.verbose) // where none can be had, a crash may leave the terminal as it is
	t.stderr = os.Stderr
	terminal, err := repl.OpenTerminal()
	if err != nil {
		keeper.Close()
		return t.fail(fmt.Errorf("open the terminal: %w", err))
	}
	stop := context.AfterFunc(t.ctx, func() { _ = terminal.Close() })
	defer stop()
	past, _ := history.Open() // without a usable file it is that of this sitting
	var prompt *repl.Repl
	camera := &camera{session: t.session}
	show := func(ctx context.Context) error {
		keeper.FullScreen(true)
		defer keeper.FullScreen(false)
		return showView(ctx, t.session, prompt, camera)
	}
	prompt = repl.New(t.session, terminal, repl.Options{View: show, Picture: camera.picture, History: past, Greeting: greeting})
	if t.view {
		err = show(t.ctx)
	}
	if err == nil || t.ctx.Err() != nil {
		err = prompt.Run(t.ctx)
	}
	err = errors.Join(err, terminal.Close(), past.Close())
	keeper.Close()
	if err != nil {
		t.fail(err)
	}
	return max(t.finish(), failedIf(err))
}

// greeting is for those who have never typed anything here.
const greeting = ":help explains, Tab completes, :view is the full screen, Ctrl-D leaves"

func failedIf(err error) int {
	if err != nil {
		return exitFailed
	}
	return exitOK
}

// event takes the session's events: log lines to standard output, complaints to standard error, or all of it as JSON.
func (t *sitting) event(e session.Event) {
	if e.Kind == session.ExitEvent {
		t.end(exitCall{e.Status & 0xff})
	}
	if t.json != nil {
		t.json.Event(e)
		return
	}
	switch e.Kind {
	case session.RecordEvent:
		t.stdout.record(e.Arrived)
	case session.LostEvent:
		t.stdout.flush()
		t.say(fmt.Sprintf("%s: %d records lost, the ring buffer was full", e.Probe.Name, e.Lost))
	case session.GuardEvent:
		t.stdout.flush()
		t.say(e.Decision.Line())
	case session.ErrorEvent:
		t.say(e.Err.Error())
	case session.ChangedEvent:
		if e.Probe.Err != nil {
			t.say(e.Probe.Name + ": " + e.Probe.Err.Error())
		}
	}
}

// refused shows why a cell was not entered.
func (t *sitting) refused(res session.Result) int {
	for _, d := range res.Diags {
		text := t.text(d.Span.Cell)
		var also []string
		for _, note := range d.Also {
			also = append(also, t.text(note.Span.Cell))
		}
		fmt.Fprint(t.stderr, source.Render(d, text, also...))
		if t.json != nil {
			t.json.Diagnostic(d, text)
		}
	}
	if len(res.Diags) > 0 {
		return exitFailed
	}
	return t.fail(res.Err)
}

// text is the text of the cell of that name.
func (t *sitting) text(name string) string {
	for _, c := range t.cells {
		if c.Name == name {
			return c.Text
		}
	}
	return ""
}

// fail says in one line what went wrong and returns the exit status for it.
func (t *sitting) fail(err error) int {
	t.say(err.Error())
	if t.json != nil {
		t.json.Error(err)
	}
	var missing *attach.PermissionError
	if errors.As(err, &missing) {
		return exitPrivilege
	}
	return exitFailed
}

func (t *sitting) say(text string) { fmt.Fprintln(t.stderr, "go3sh: "+harmless.Text(text)) }

// flush writes what is left of the output; output that nobody reads is no failure.
func (t *sitting) flush() int {
	var encoding error
	if t.json != nil {
		encoding = t.json.Close()
	}
	err := t.stdout.flush()
	if err == nil {
		err = encoding
	}
	if err != nil && !errors.Is(context.Cause(t.ctx), errPipe) {
		t.say("write the output: " + err.Error())
		return exitFailed
	}
	return exitOK
}

// width is the number of columns that tables may take, 0 when standard output is no terminal.
func (t *sitting) width() int {
	w, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0
	}
	return w
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
