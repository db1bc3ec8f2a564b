package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What was left in the place of an unpacked kernel, by a run that was ended or by a user, is no reason to have none.
func TestUnpackTakesThePlaceOfWhateverIsThere(t *testing.T) {
	if err := needs("dpkg-deb"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"in/DEBIAN/control": "Package: kernel\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: a file\n",
		"in/boot/vmlinuz-1": "kernel",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	archive := filepath.Join(dir, "kernel.deb")
	if out, err := exec.Command("dpkg-deb", "-b", filepath.Join(dir, "in"), archive).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	folder := filepath.Join(dir, "unpacked")
	for what, leave := range map[string]func() error{
		"nothing":                    func() error { return nil },
		"a link that leads nowhere":  func() error { return os.Symlink(filepath.Join(dir, "gone"), folder) },
		"half of another kernel":     func() error { return os.MkdirAll(filepath.Join(folder, "boot/vmlinuz-0"), 0o755) },
		"what was being unpacked to": func() error { return os.MkdirAll(filepath.Join(folder+".partial", "boot/vmlinuz-0"), 0o755) },
	} {
		if err := leave(); err != nil {
			t.Fatal(err)
		}
		if err := unpack(archive, folder); err != nil {
			t.Errorf("%s was there: %v", what, err)
		}
		if got, _ := filepath.Glob(filepath.Join(folder, "boot", "*")); len(got) != 1 || filepath.Base(got[0]) != "vmlinuz-1" {
			t.Errorf("%s was there: unpacked are %q", what, got)
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
}
