package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"strings"
)

// deb is an installed package of Debian's.
type deb struct {
	name    string
	kB      int
	base    bool       // in every installation
	depends [][]string // each needs one of these
}

// format makes dpkg-query tell what a deb holds, a line a package.
const format = "${Package}|${Installed-Size}|${Essential}|${Priority}|${Pre-Depends}, ${Depends}|${Provides}\n"

// packagesOf are the packages that come with one, beyond those of every installation, and how many kB they take.
func packagesOf(name string) (names []string, kB int, err error) {
	out, err := exec.Command("dpkg-query", "-W", "-f", format).Output()
	if err != nil {
		return nil, 0, fmt.Errorf("ask dpkg-query: %w", err)
	}
	all, err := parsePackages(strings.NewReader(string(out)))
	if err != nil {
		return nil, 0, err
	}
	if all[name] == nil {
		return nil, 0, fmt.Errorf("%s is no installed package", name)
	}
	names, kB = closure(all, name)
	return names, kB, nil
}

// parsePackages reads packages in that format, by all names that they provide.
func parsePackages(r io.Reader) (map[string]*deb, error) {
	all := make(map[string]*deb)
	for lines := bufio.NewScanner(r); lines.Scan(); {
		f := strings.Split(lines.Text(), "|")
		// Alternatives are parted by the same character: they lie between the first four fields and the last.
		if len(f) < 6 {
			return nil, errors.New("dpkg-query: no package: " + lines.Text())
		}
		d := &deb{name: f[0], base: f[2] == "yes" || f[3] == "required" || f[3] == "important"}
		if _, err := fmt.Sscan(f[1], &d.kB); err != nil {
			continue // removed, its configuration is left
		}
		for _, need := range strings.Split(strings.Join(f[4:len(f)-1], "|"), ",") {
			if any := packageNames(need, "|"); len(any) > 0 {
				d.depends = append(d.depends, any)
			}
		}
		all[d.name] = d
		for _, other := range packageNames(f[len(f)-1], ",") {
			if all[other] == nil {
				all[other] = d
			}
		}
	}
	return all, nil
}

// packageNames are the names in a list, without versions and architectures.
func packageNames(list, separator string) []string {
	var names []string
	for _, entry := range strings.Split(list, separator) {
		if f := strings.Fields(entry); len(f) > 0 {
			name, _, _ := strings.Cut(f[0], ":")
			names = append(names, name)
		}
	}
	return names
}

// closure are the packages that one needs, itself first, beyond those that are always there and what these need.
func closure(all map[string]*deb, name string) (names []string, kB int) {
	seen := make(map[*deb]bool)
	for d := range maps.Values(all) {
		if d.base {
			visit(all, d, seen, func(*deb) {})
		}
	}
	visit(all, all[name], seen, func(d *deb) { names, kB = append(names, d.name), kB+d.kB })
	return names, kB
}

// visit calls found for a package and all that it needs, once each.
func visit(all map[string]*deb, d *deb, seen map[*deb]bool, found func(*deb)) {
	if d == nil || seen[d] {
		return
	}
	seen[d] = true
	found(d)
	for _, any := range d.depends {
		for _, name := range any {
			if all[name] != nil {
				visit(all, all[name], seen, found)
				break
			}
		}
	}
}
