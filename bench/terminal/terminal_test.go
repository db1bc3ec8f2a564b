package terminal

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestAnswerWaitsForWhatIsShown(t *testing.T) {
	p, err := Start("/bin/sh", "-c", "stty -echo; echo ready; while read line; do echo got $line; done")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	if err := p.Await("ready", 10*time.Second); err != nil {
		t.Fatal(err)
	}
	if took, err := p.Answer("it\n", "got it", 10*time.Second); err != nil || took <= 0 {
		t.Errorf("it took %v: %v", took, err)
	}
	if err := p.Await("ready", time.Millisecond); err == nil || !strings.Contains(err.Error(), "got it") {
		t.Errorf("what came before the mark was found: %v", err)
	}
	if _, err := p.CPU(); err != nil {
		t.Error(err)
	}
}

func TestMemoryOfThisProcess(t *testing.T) {
	m, err := MemoryOf(os.Getpid())
	// The kernel counts RSS and its peak a little late, and goes through the pages for PSS.
	if err != nil || m.RSS < 1000 || m.PSS < 1000 || m.PSS > 2*m.Peak || m.RSS > m.Peak {
		t.Errorf("%+v: %v", m, err)
	}
	if _, err := MemoryOf(1 << 30); err == nil {
		t.Error("a process that is not there has memory")
	}
}
