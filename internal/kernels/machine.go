package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The files of a guest's root.
const (
	workerName = "worker"
	goneMark   = "all checks have run"
)

// hangs is how long a machine may take. A check takes about a second; some wait for the kernel's clock.
const hangs = 20 * time.Minute

// buildRoot makes the image that all kernels start from: this program as the first process, go3sh, and the tests.
func (h host) buildRoot(folder string) (string, error) {
	root := filepath.Join(folder, "root")
	if err := os.MkdirAll(filepath.Join(root, "tests"), 0o755); err != nil {
		return "", err
	}
	build := func(args ...string) error {
		c := exec.Command("go", args...)
		c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
		if text, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, text)
		}
		return nil
	}
	err := errors.Join(
		build("build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(root, "go3sh"), "go3s/cmd/go3sh"),
		build("build", "-trimpath", "-o", filepath.Join(root, "init"), "go3s/internal/kernels"),
		build("build", "-trimpath", "-ldflags=-E=main.entry", "-o", filepath.Join(root, "opener"), "go3s/demo/opener"),
		os.Symlink("/init", filepath.Join(root, workerName)))
	for _, t := range tested {
		if !h.tests {
			break
		}
		err = errors.Join(err, build("test", "-c", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(root, "tests", t.name(), "test"), "go3s/"+t.folder),
			copyTestdata(filepath.Join(root, "tests", t.name()), t.folder))
	}
	if err != nil {
		return "", err
	}
	image := filepath.Join(folder, "root.cpio")
	f, err := os.Create(image)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return image, archive(f, root)
}

// archive writes a folder as the kernel takes it at its start, uncompressed "newc".
func archive(w io.Writer, root string) error {
	var b bytes.Buffer
	inode := 0
	entry := func(name string, mode uint32, data []byte) {
		inode++
		fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
			inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0)
		b.WriteString(name + "\x00")
		pad(&b)
		b.Write(data)
		pad(&b)
	}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if d.IsDir() {
			entry(name, 0o040755, nil)
			return nil
		}
		if target, err := os.Readlink(path); err == nil {
			entry(name, 0o120777, []byte(target))
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		entry(name, 0o100000|uint32(info.Mode().Perm()), data)
		return err
	})
	if err != nil {
		return err
	}
	entry("TRAILER!!!", 0, nil)
	_, err = w.Write(b.Bytes())
	return err
}

func pad(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}

// boot starts a machine with a kernel, and returns what its checks came to, without the first ones, of which there are so many outcomes.
func (h host) boot(kernel string, d distribution, root, folder string, done int) ([]outcome, error) {
	report := filepath.Join(folder, "report-"+d.version)
	command := "console=ttyS0 panic=-1 quiet loglevel=4 mitigations=off go3sh.version=" + d.version + fmt.Sprintf(" go3sh.done=%d", done)
	if h.pattern != "" {
		command += " go3sh.run=" + strings.ReplaceAll(h.pattern, " ", "_")
	}
	// Code that several threads of the emulator patch at once crashes guests: thread=single.
	c := exec.Command("qemu-system-x86_64", "-accel", "tcg,thread=single,tb-size=512", "-cpu", "max,la57=off", "-m", "1024", "-smp", "2",
		"-kernel", kernel, "-initrd", root, "-append", command, "-no-reboot", "-display", "none", "-nodefaults",
		"-serial", "stdio", "-serial", "file:"+report)
	var log bytes.Buffer
	c.Stdout, c.Stderr = &log, &log
	if h.verbose {
		c.Stdout = io.MultiWriter(&log, os.Stderr)
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	timer := time.AfterFunc(hangs, func() { _ = c.Process.Kill() })
	err := c.Wait()
	timer.Stop()
	text, _ := os.ReadFile(report)
	var outcomes []outcome
	whole := false
	for line := range strings.Lines(string(text)) {
		var o outcome
		line = strings.TrimSpace(line)
		if whole = line == goneMark; whole {
			break
		}
		if json.Unmarshal([]byte(line), &o) == nil {
			o.Kernel = d.version
			outcomes = append(outcomes, o)
		}
	}
	if err != nil || !whole {
		said := log.String()
		return outcomes, fmt.Errorf("the machine did not come to its end (%v) after %d checks; its kernel said last\n%s", err, len(outcomes), said[max(0, len(said)-3000):])
	}
	return outcomes, nil
}
