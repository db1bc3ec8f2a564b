package main

import (
	"bytes"
	"context"
	"errors"
	"time"

	"go3s/output"
)

// report prints the maps as the options say it: all rows or the largest, totals or what came since the last report.
func (t *sitting) report() error {
	read := t.session.Read
	if t.delta {
		read = t.deltas.Read
	}
	tables, err := output.ReadAll(t.session.Maps(), read)
	for i := range tables {
		if rows := tables[i].Rows; t.top > 0 && len(rows) > t.top {
			tables[i].Rows = rows[len(rows)-t.top:] // the largest are last
		}
	}
	if t.json != nil {
		for _, table := range tables {
			t.json.Map(table)
		}
		return err
	}
	var b bytes.Buffer
	if t.every > 0 {
		if t.reports++; t.reports > 1 {
			b.WriteByte('\n')
		}
		b.WriteString(time.Now().Format("15:04:05") + "\n")
	}
	err = errors.Join(err, output.Tables(&b, tables, output.Options{Width: t.width(), Task: t.session.TaskName, Units: output.UnitsOf(t.session)}))
	_, writing := t.stdout.Write(b.Bytes())
	return errors.Join(err, writing)
}

// reportEvery reports at intervals until ctx ends. The result waits for the last of them.
func (t *sitting) reportEvery(ctx context.Context) (wait func()) {
	done := make(chan struct{})
	if t.every == 0 {
		close(done)
		return func() {}
	}
	go func() {
		defer close(done)
		ticker := time.NewTicker(t.every)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if err := t.report(); err != nil && t.stdout.flush() == nil {
					t.say(err.Error())
				}
			}
		}
	}()
	return func() { <-done }
}
