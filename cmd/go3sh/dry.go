package main

import (
	"context"
	"sync/atomic"

	"go3s/attach"
	"go3s/session"
)

// dryKernel is the running kernel for all that compiling asks of it, and none at all for the rest: objects get a handle and are nowhere.
// A session on it checks several cells that build on each other.
type dryKernel struct {
	session.Kernel
	handles atomic.Int64
}

var _ session.Kernel = (*dryKernel)(nil)

func (k *dryKernel) handle() int { return int(k.handles.Add(1)) }

func (k *dryKernel) CreateMap(attach.MapSpec) (attach.MapID, error) {
	return attach.MapID(k.handle()), nil
}
func (k *dryKernel) ReadMap(attach.MapID, *attach.Rows) error { return nil }
func (k *dryKernel) ClearMap(attach.MapID) error              { return nil }
func (k *dryKernel) FreeMap(attach.MapID) error               { return nil }
func (k *dryKernel) Load(attach.ProgramSpec) (attach.ProgramID, error) {
	return attach.ProgramID(k.handle()), nil
}
func (k *dryKernel) FreeProgram(attach.ProgramID) error { return nil }
func (k *dryKernel) Attach(attach.Hook, string, attach.ProgramID) (attach.LinkID, error) {
	return attach.LinkID(k.handle()), nil
}
func (k *dryKernel) Swap(attach.LinkID, attach.ProgramID) error { return nil }

func (k *dryKernel) Detach(attach.LinkID) <-chan error {
	done := make(chan error, 1)
	done <- nil
	return done
}

func (k *dryKernel) Stats(attach.LinkID) (attach.ProgramStats, error) {
	return attach.ProgramStats{}, nil
}

func (k *dryKernel) ReadRing(ctx context.Context, _ attach.MapID, _ func(attach.Record)) error {
	<-ctx.Done()
	return nil
}

// Close leaves the kernel open for the session that comes after.
func (k *dryKernel) Close() error { return nil }
