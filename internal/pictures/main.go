// Command pictures makes the pictures of the README from real runs on this kernel. It needs root.
//
//	go run ./internal/pictures [-go3sh FILE] [-o DIR]
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"go3s/internal/pty"
)

func main() {
	binary := flag.String("go3sh", "bin/go3sh", "the program")
	dir := flag.String("o", "docs/pictures", "where the pictures go")
	flag.Parse()
	if err := draw(*binary, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

// latency is how long reads take, by the name of the process.
const latency = `sys_enter_read := syscalls:sys_enter_read { start[tid] = nsecs }
sys_exit_read := syscalls:sys_exit_read @ctx.ret > 0 {
	if since, ok := start[tid]; ok {
		latency.hist(nsecs - since)
		delete(start, tid)
	}
}
`

// failed are the opens that fail, and opened which files.
const failed = `opens := syscalls:sys_enter_openat @strings.HasPrefix(comm, "demo-") { printf("%s opens %s\n", comm, str(ctx.filename)) }
failed := syscalls:sys_exit_openat @ctx.ret < 0 { errors[comm]++; printf("%s failed: %d\n", comm, ctx.ret) }
`

// mistake is a program with an error, as one types it.
const mistake = `syscalls:sys_enter_openat { by[ctx.flag]++ }`

func draw(binary, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	in := func(name string) string { return filepath.Join(dir, name+".png") }
	work := exec.Command(binary, "--demo", "--for", "40s") // so that something happens
	work.Stdout = io.Discard
	if err := work.Start(); err != nil {
		return err
	}
	defer func() {
		_ = work.Process.Signal(os.Interrupt)
		_ = work.Wait()
	}()
	for name, args := range map[string][]string{
		"demo":    {"--demo", "--for", "8s", "--size", "120x40"},
		"latency": {"-e", latency, "--for", "8s", "--size", "120x36"},
	} {
		c := exec.Command(binary, append([]string{"--shot", in(name)}, args...)...)
		c.Stdin, c.Stderr = strings.NewReader(""), os.Stderr
		if err := c.Run(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := os.Remove(in("prompt")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := atThePrompt(binary, in("prompt")); err != nil {
		return fmt.Errorf("prompt: %w", err)
	}
	for _, name := range []string{"demo", "latency", "prompt"} {
		if err := os.Chmod(in(name), 0o644); err != nil { // go3sh writes for its owner only
			return err
		}
	}
	return nil
}

// atThePrompt makes a picture of the view with a mistake at its prompt.
func atThePrompt(binary, file string) error {
	program, err := filepath.Abs(binary)
	if err != nil {
		return err
	}
	c := exec.Command(program, "--view", "-e", failed)
	c.Dir = filepath.Dir(file)
	c.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8", "COLORFGBG=15;0", "XDG_STATE_HOME="+os.TempDir())
	tty, err := pty.Start(c, 120, 36)
	if err != nil {
		return err
	}
	defer tty.Close()
	go func() { _, _ = io.Copy(io.Discard, tty) }()
	for _, keys := range []string{"", "", "i", mistake, "\r", "\x15", ":shot " + filepath.Base(file), "\r"} {
		time.Sleep(time.Second)
		if _, err := tty.WriteString(keys); err != nil {
			return err
		}
	}
	for range 100 {
		if _, err := os.Stat(file); err == nil {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	_ = c.Process.Kill() // what it says when it ends is of no use; the kernel frees what it had
	_ = c.Wait()
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("no picture was made: %w", err)
	}
	return nil
}
