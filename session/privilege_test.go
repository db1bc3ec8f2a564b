package session_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"go3s/session"
	"go3s/session/sessiontest"
)

// shut is a kernel whose tracepoints this process may not read.
type shut struct{ *sessiontest.Kernel }

func (shut) TracepointFormat(string, string) (string, error) {
	return "", fmt.Errorf("tracefs is not mounted: %w", fs.ErrPermission)
}

func TestOpenSaysThatFormatsMayNotBeRead(t *testing.T) {
	if _, err := session.Open(shut{sessiontest.NewKernel()}, session.Options{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("session.Open says %v; every hook would look unknown", err)
	}
}
