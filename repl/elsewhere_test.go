package repl

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/session"
	"go3s/session/sessiontest"
)

func TestDoShowsWhatThePromptWould(t *testing.T) {
	kernel := sessiontest.NewKernel()
	s, err := session.Open(kernel, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := New(s, &screen{device: &hand{paper: newPaper(t), height: 24}}, Options{})
	for _, c := range []struct {
		text string
		want Outcome
	}{
		{"1 << 20", Outcome{Text: "1048576\n"}},
		{":mops", Outcome{Text: "no command :mops; did you mean maps?\n", Refused: true}},
		{":view", Outcome{Text: "this is it\n", Refused: true}},
		{"", Outcome{}},
		{":quit", Outcome{Quit: true}},
	} {
		if diff := cmp.Diff(c.want, r.Do(context.Background(), c.text, 80)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}
