// Package demo is three probes and a small workload that makes them move: file opens, reads, and threads that sleep.
package demo

import (
	"embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"go3s/incremental/source"
)

// Time is how long the demo runs where nobody can end it.
const Time = 5 * time.Second

//go:embed opens.go3s reads.go3s sleeps.go3s
var files embed.FS

// Cells are the programs of the demo.
func Cells() []source.Cell {
	var cells []source.Cell
	for _, name := range []string{"opens.go3s", "reads.go3s", "sleeps.go3s"} {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // the file is part of the binary
		}
		cells = append(cells, source.Cell{Name: name, Text: string(text)})
	}
	return cells
}

// WorkFlag is the only argument of this program when it is started as the workload.
const WorkFlag = "--demo-workload"

// Workload is a running workload: a process of its own, so that what it does can be told from what its watcher does.
type Workload struct {
	process *exec.Cmd
	life    io.Closer
}

// Start starts this program again as the workload. The process ends with Stop, or with this process however that ends.
func Start() (*Workload, error) {
	c := exec.Command("/proc/self/exe", WorkFlag)
	c.Stderr = os.Stderr
	life, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start the demo's workload: %w", err)
	}
	return &Workload{process: c, life: life}, nil
}

// Stop ends the workload and waits for it.
func (w *Workload) Stop() error {
	err := w.life.Close()
	if waited := w.process.Wait(); err == nil {
		err = waited
	}
	return err
}
