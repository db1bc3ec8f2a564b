package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hostileNames are names of processes, 15 bytes at most, that would do things to a terminal, forge lines or mislead who reads them; poison is
// what of each must never get through.
var hostileNames = []struct{ name, poison string }{
	{"\x1b[2Jpwn", "\x1b[2Jpwn"},                // clear the screen
	{"\x1b[9;9Hpwn", "\x1b[9;9H"},               // move the cursor
	{"\x1b]52;c;cHdu\x07", "\x1b]52;"},          // write the clipboard
	{"\x1b]0;pwned\x07", "\x1b]0;"},             // set the title
	{"\x1bP+q544e\x1b\\", "\x1bP+q"},            // ask the terminal for something
	{"top\rgo3sh> :q", "top\r"},                 // a forged prompt
	{"ok\nroot did it", "ok\nroot"},             // a forged line
	{"\u202egnp.exe", "\u202e"},                 // read backwards
	{"a\u2066b\u2069c", "\u2066"},               // an isolate
	{"ro\u200bot\u200d", "\u200b"},              // looks like root
	{"\xff\xfe\xc0\xaf", "\xff"},                // not UTF-8
	{"\x9b2Jpwn", "\x9b2Jpwn"},                  // a C1 control as a byte
	{"\u009b2Jpwn", "\u009b"},                   // and as a character
	{"\u2028line\u2029", "\u2028"},              // separators
	{"del\x7f\x08\x08\x08", "\x7f\x08"},         // overwrites
	{"\U000e0041tag", "\U000e0041"},             // invisible
	{"a\tb\x0b\x0c", "b\x0b"},                   // tabs and feeds
	{"e\u0301\u0301\u0301", "\x00impossible"},   // marks that stack are text
	{"\x1b[?1049lpwn", "\x1b[?1049lpwn"},        // leave the screen
	{"\x1b[200~:q\x1b", "\x1b[200~"},            // a paste
	{"\x1b]8;;http:x", "\x1b]8;;"},              // a link
	{"\"},{\"a\":1", "\x00impossible"},          // breaks out of JSON
	{"`}; evil() {", "\x00impossible"},          // breaks out of a program
	{"\"; exec id; \"", "\x00impossible"},       // and of a string
	{"\\x1b\\n\\u202e", "\x00impossible"},       // escapes as text
	{"\x00never", "\x00impossible"},             // empty
	{"\xed\xa0\x80", "\xed\xa0\x80"},            // half of a pair
	{"\xf0\x9f\x92", "\xf0\x9f\x92 "},           // cut in a character
	{"日本語日本", "\x00impossible"},                 // wide
	{"\u2800\u3164\u115f", "\u3164"},            // blanks
	{"\ufeffroot", "\ufeff"},                    // a mark of order
	{"\x1b\x1b\x1b\x1b\x1b[31m", "\x1b[31mroo"}, // colours
}

// actHostile has a thread take each of the names in turn and open a file of that name, again and again.
func actHostile(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with its name
		for {
			for _, h := range hostileNames {
				name := append([]byte(h.name), 0)
				_ = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name[0])), 0, 0, 0)
				if fd, err := unix.Open(filepath.Join(dir, strings.SplitN(h.name, "\x00", 2)[0]), unix.O_RDONLY, 0); err == nil {
					_ = unix.Close(fd)
				}
			}
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-done
	})
}

// isHarmless checks that what was written holds none of the poison and is UTF-8.
func isHarmless(t *testing.T, where, text string) {
	t.Helper()
	for _, h := range hostileNames {
		if at := strings.Index(text, h.poison); at >= 0 {
			t.Errorf("%s was sent what the name %q does: …%q", where, h.name, text[max(0, at-60):min(len(text), at+60)])
		}
	}
	if !utf8.ValidString(text) {
		at := 0
		for at < len(text) {
			r, n := utf8.DecodeRuneInString(text[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		t.Errorf("%s was sent what is not UTF-8: …%q", where, text[max(0, at-60):min(len(text), at+60)])
	}
}

// hostileProbe counts and tells what the test's own process does.
func hostileProbe() string {
	return fmt.Sprintf(`p := syscalls:sys_enter_openat @pid == %d { by[comm]++; files[str(ctx.filename)]++; threads[tid]++; `+
		`log("open", "who", comm, "file", str(ctx.filename)); printf("%%s opens %%s\n", comm, str(ctx.filename)) }`, os.Getpid())
}

// Nothing that a process calls itself, or a file, reaches the terminal as more than text.
func TestHostileNamesReachNoScreen(t *testing.T) {
	actHostile(t)
	u := sit(t)
	u.sees("go3sh> ")
	u.types(hostileProbe() + "\r")
	u.sees("attached p")
	u.sees("opens")
	for _, l := range []string{"by", "files", "threads", ":maps", ":probes", ":log", ":cost", ":source p", ":export", "by[\"a\"]", ":show by"} {
		u.types(l + "\r")
		u.sees("go3sh> ")
	}
	u.types(":view\r")
	u.sees("\x1b[?1049h")
	for _, k := range []string{"\t", "s", "]", "]", "\r", "\x1b[B", "\r", "\x1b", "\t", "\x1b[A", "\r", "w", "\x1b", "\t", "\r", "/", "pwn\r", "\x1b", "z", "\t", "z", "?", "?"} {
		u.types(k)
		time.Sleep(150 * time.Millisecond)
	}
	// The view has asked what the terminal's background is; what it answers with is not ours.
	isHarmless(t, "the terminal", strings.ReplaceAll(u.text(), "\x1b]11;?", ""))
	if !strings.Contains(u.text(), `\x1b[2Jpwn`) || !strings.Contains(u.text(), `\u202egnp.exe`) {
		t.Error("the names were not shown, so this test shows nothing")
	}
}

// Tables, log lines and complaints are text as well.
func TestHostileNamesReachNoOutput(t *testing.T) {
	needRoot(t)
	actHostile(t)
	dir := t.TempDir()
	for _, args := range [][]string{
		{"-e", hostileProbe(), "--for", "600ms"},
		{"-e", hostileProbe(), "--for", "600ms", "--every", "200ms", "--delta", "--top", "9"},
		{"-e", hostileProbe(), "--for", "600ms", "--json"},
		{"-e", hostileProbe(), "--dry-run"},
		{"--view", "-e", hostileNames[0].name},
		{filepath.Join(dir, hostileNames[3].name)},
		{"-l", hostileNames[0].name},
		{"-lv", "kprobe:" + hostileNames[3].name},
		{"-p", hostileNames[0].name},
		{"--" + hostileNames[2].name},
		{"-e", "xdp:" + hostileNames[1].name + " { n++ }"},
		{"-e", "uprobe:/" + hostileNames[0].name + ":main { n++ }"},
		{"-e", "fentry:" + hostileNames[4].name + " { n++ }"},
		{"-e", `syscalls:sys_enter_openat { n["` + hostileNames[7].name + `"]++; ` + hostileNames[0].name + ` }`},
		{"-e", `begin { printf("` + hostileNames[8].name + `%s\n", 1, ` + hostileNames[11].name + `) }`},
	} {
		c := exec.Command(filepath.Join(bin, "go3sh"), args...)
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, &out
		_ = c.Run() // some of these are refused
		if out.Len() == 0 {
			t.Errorf("go3sh %q says nothing", args)
		}
		text := out.String()
		if args[len(args)-1] != "--json" {
			text = strings.ReplaceAll(text, "\t", " ")
		}
		isHarmless(t, fmt.Sprintf("standard output of go3sh %.60q", args), text)
	}
}

// JSON gives the names back as they were, but for bytes that are not UTF-8.
func TestHostileNamesComeBackFromJSON(t *testing.T) {
	needRoot(t)
	actHostile(t)
	out, err := exec.Command(filepath.Join(bin, "go3sh"), "--json", "--for", "1s", "-e", hostileProbe()).Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range bytes.Lines(out) {
		var o struct {
			Args struct{ Who string }
			Rows []struct{ Key map[string]string }
		}
		if !utf8.Valid(line) || bytes.IndexFunc(bytes.TrimSuffix(line, []byte("\n")), func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
			t.Errorf("a line has raw controls: %q", line)
		}
		if !json.Valid(line) {
			t.Errorf("no JSON: %q", line)
		}
		if bytes.Contains(line, []byte(`"log"`)) {
			if err := json.Unmarshal(line, &o); err != nil {
				t.Errorf("%v: %q", err, line)
			}
			seen[o.Args.Who] = true
		}
	}
	for _, h := range hostileNames {
		want, _, _ := strings.Cut(h.name, "\x00")
		if !utf8.ValidString(want) {
			quoted := ""
			for len(want) > 0 {
				r, n := utf8.DecodeRuneInString(want)
				if r == utf8.RuneError && n == 1 {
					quoted += fmt.Sprintf(`\x%02x`, want[0])
				} else {
					quoted += want[:n]
				}
				want = want[n:]
			}
			want = quoted
		}
		if want != "" && !seen[want] {
			t.Errorf("the name %q did not come back as %q", h.name, want)
		}
	}
}

// A program that lies at a hostile path shows it in stacks, as text.
func TestHostilePathsInStacks(t *testing.T) {
	needRoot(t)
	opener, err := os.ReadFile(filepath.Join(bin, "opener"))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []int{0, 3, 6, 7, 11} {
		path := filepath.Join(t.TempDir(), hostileNames[h].name)
		if err := os.WriteFile(path, opener, 0o700); err != nil {
			t.Fatal(err)
		}
		c := exec.Command(filepath.Join(bin, "go3sh"), "-e", "syscalls:sys_enter_openat { s[ustack]++; n[comm]++ }", "-c", "'"+path+"' 50")
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, &out
		if err := c.Run(); err != nil {
			t.Errorf("%v\n%q", err, out.String())
		}
		isHarmless(t, "standard output", out.String())
	}
}
