package session

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"go3s/attach"
	"go3s/incremental"
)

// lent is a hash with what a map has that is kept with the threads: a program that runs once is run by a thread of ours, and comes to the
// values of the others by it.
type lent struct {
	*liveMap // the map
	copy     attach.MapID
	held     map[string][]byte
}

// copyStates makes the copy of a map.
func (o *once) copyStates(m *liveMap) (attach.MapID, error) {
	failed := func(err error) (attach.MapID, error) { return 0, fmt.Errorf("evaluate: copy %s: %w", m.Name, err) }
	var rows attach.Rows
	if err := o.kernel.ReadMap(m.id, &rows); err != nil {
		return failed(err)
	}
	entries := max(incremental.DefaultEntries, rows.N)
	id, err := o.kernel.CreateMap(attach.MapSpec{Name: m.Name, Kind: attach.Hash, Key: m.Key, Value: m.Value, Entries: entries})
	if err != nil {
		return failed(err)
	}
	o.lent = append(o.lent, lent{m, id, byThread(&rows)})
	if err := o.kernel.FillMap(id, &rows); err != nil {
		return failed(err)
	}
	return id, nil
}

// byThread are the values by the number of the thread.
func byThread(rows *attach.Rows) map[string][]byte {
	held := make(map[string][]byte, rows.N)
	for i := range rows.N {
		key, value := rows.Entry(i)
		held[string(key)] = value
	}
	return held
}

// changeStates makes the changes of the program's copies to the maps. What a thread has changed itself meanwhile stays.
func (o *once) changeStates() error {
	var errs []error
	for _, l := range o.lent {
		var rows attach.Rows
		if err := o.kernel.ReadMap(l.copy, &rows); err != nil {
			errs = append(errs, err)
			continue
		}
		now := byThread(&rows)
		change := func(key string, old, next []byte) {
			made, err := o.kernel.Exchange(l.id, []byte(key), old, next)
			errs = append(errs, err)
			if note := "a value of " + l.Name + " was not changed: its thread is gone, or has changed it itself"; err == nil && !made && !slices.Contains(o.notes, note) {
				o.notes = append(o.notes, note)
			}
		}
		for key, next := range now {
			if old := l.held[key]; !bytes.Equal(old, next) {
				change(key, old, next)
			}
		}
		for key, old := range l.held {
			if now[key] == nil {
				change(key, old, nil)
			}
		}
	}
	return errors.Join(errs...)
}
