package main

import (
	"errors"

	"go3s/bench/peer"
	"go3s/bench/traced"
)

// empty is with a program of two instructions at each hook.
func (j job) empty(f func() error) error { return traced.Empty([]string{enter, exit}[:j.hooks], f) }

// traced is with the probe of ours, which must count all calls.
func (j job) traced(calls int, f func() error) (err error) {
	s, err := traced.Session(j.ours)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := f(); err != nil {
		return err
	}
	table, err := s.Read("n")
	if err != nil {
		return err
	}
	sum := 0
	for _, row := range table.Rows {
		n, _ := row.Total.(uint64)
		sum += int(n)
	}
	return peer.Enough("go3sh", sum, calls)
}

// byPeer is with bpftrace.
func (j job) byPeer(calls int, f func() error) error {
	t, err := peer.Start(j.peers)
	if err != nil {
		return err
	}
	defer t.Kill()
	if err := f(); err != nil {
		return err
	}
	out, err := t.Stop()
	if err != nil {
		return err
	}
	return peer.Enough(peer.Name, peer.Count(out, "n"), calls)
}
