package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// distribution is where a kernel comes from.
type distribution struct {
	version string // of Linux, as the table shows it
	suite   string // of Debian
	meta    string // the package that depends on the kernel's
}

// distributed are the kernels, the oldest first. Those for clouds are small and have all that tracing needs.
var distributed = []distribution{
	{"5.10", "bullseye", "linux-image-cloud-amd64"},
	{"6.1", "bookworm", "linux-image-cloud-amd64"},
	{"6.12", "trixie", "linux-image-cloud-amd64"},
}

// needs says which programs are missing, and what to install.
func needs(programs ...string) error {
	packages := map[string]string{"qemu-system-x86_64": "qemu-system-x86", "apt-get": "apt", "apt-cache": "apt", "dpkg-deb": "dpkg"}
	var errs []error
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			errs = append(errs, fmt.Errorf("%s is not here: install the package %s", p, packages[p]))
		}
	}
	return errors.Join(errs...)
}

// fetch is the path of the kernel's image. Packages are unpacked in the cache; nothing is installed, and apt's own lists stay as they are.
func (h host) fetch(d distribution) (string, error) {
	folder := filepath.Join(h.cache, d.suite)
	image := func() string {
		found, _ := filepath.Glob(filepath.Join(folder, "unpacked", "boot", "vmlinuz-*"))
		if len(found) == 0 {
			return ""
		}
		return found[len(found)-1]
	}
	if path := image(); path != "" {
		return path, nil
	}
	left, _ := filepath.Glob(filepath.Join(folder, "linux-image-*.deb")) // of a download whose kernel did not come to be unpacked
	for _, old := range left {
		if err := os.Remove(old); err != nil {
			return "", err
		}
	}
	fmt.Fprintf(os.Stderr, "kernels: downloading Linux %s of Debian %s to %s\n", d.version, d.suite, folder)
	conf, err := aptFolder(folder, d.suite)
	if err != nil {
		return "", err
	}
	apt := func(program string, args ...string) (string, error) {
		c := exec.Command(program, args...)
		c.Dir = folder
		c.Env = append(os.Environ(), "APT_CONFIG="+conf, "LC_ALL=C")
		out, err := c.CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, out)
		}
		return string(out), nil
	}
	if _, err := apt("apt-get", "update"); err != nil {
		return "", err
	}
	depends, err := apt("apt-cache", "depends", d.meta)
	if err != nil {
		return "", err
	}
	var name string
	for line := range strings.Lines(depends) {
		if after, ok := strings.CutPrefix(strings.TrimSpace(line), "Depends: linux-image-"); ok {
			name = "linux-image-" + after
		}
	}
	if _, err := apt("apt-get", "download", name); err != nil {
		return "", err
	}
	packages, _ := filepath.Glob(filepath.Join(folder, "linux-image-*.deb"))
	if len(packages) != 1 {
		return "", fmt.Errorf("of %s there are %d packages in %s", name, len(packages), folder)
	}
	if err := unpack(packages[0], filepath.Join(folder, "unpacked")); err != nil {
		return "", err
	}
	if path := image(); path != "" {
		return path, os.Remove(packages[0])
	}
	return "", fmt.Errorf("%s has no kernel", packages[0])
}

// unpack puts what a package holds into a folder, in the place of whatever has that name. The folder is there when it is whole: one without the
// kernel's modules would be taken for a kernel from then on.
func unpack(archive, folder string) error {
	partial := folder + ".partial"
	if err := errors.Join(os.RemoveAll(partial), os.RemoveAll(folder)); err != nil {
		return err
	}
	if out, err := exec.Command("dpkg-deb", "-x", archive, partial).CombinedOutput(); err != nil {
		return fmt.Errorf("dpkg-deb -x %s %s: %w\n%s", archive, partial, err, out)
	}
	return os.Rename(partial, folder)
}

// aptFolder makes a folder for an apt of its own, with the packages of one suite, and returns its configuration file.
func aptFolder(folder, suite string) (conf string, err error) {
	for _, sub := range []string{"apt/state/lists/partial", "apt/cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o755); err != nil {
			return "", err
		}
	}
	sources := fmt.Sprintf("deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian %s main\n", suite)
	config := fmt.Sprintf(`Dir::State "%[1]s/apt/state";
Dir::State::status "/dev/null";
Dir::Cache "%[1]s/apt/cache";
Dir::Etc::sourcelist "%[1]s/apt/sources.list";
Dir::Etc::sourceparts "-";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Architecture "amd64";
APT::Sandbox::User "";
`, folder)
	conf = filepath.Join(folder, "apt", "apt.conf")
	return conf, errors.Join(
		os.WriteFile(filepath.Join(folder, "apt", "sources.list"), []byte(sources), 0o644),
		os.WriteFile(conf, []byte(config), 0o644))
}
