package pty

import (
	"io"
	"os/exec"
	"strings"
	"testing"
)

func TestAProgramHasATerminalOfItsSize(t *testing.T) {
	c := exec.Command("/bin/sh", "-c", "stty size; read line; echo got $line")
	keys, err := Start(c, 81, 25)
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	if _, err := keys.WriteString("hello\n"); err != nil {
		t.Fatal(err)
	}
	seen, _ := io.ReadAll(keys) // it ends with an error, as terminals do
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"25 81", "got hello"} {
		if !strings.Contains(string(seen), want) {
			t.Errorf("%q is not in %q", want, seen)
		}
	}
}
