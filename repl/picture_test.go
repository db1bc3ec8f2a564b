package repl

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"go3s/session"
	"go3s/session/sessiontest"
)

func TestShotWritesWhatTheScreenShows(t *testing.T) {
	s, err := session.Open(sessiontest.NewKernel(), session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	t.Chdir(t.TempDir())
	draw := func(_ context.Context, name string) ([]byte, error) {
		if name == "x.jpg" {
			return nil, errors.New("not that kind")
		}
		return []byte("the screen as " + name), nil
	}
	if err := os.Symlink("elsewhere", "link.txt"); err != nil {
		t.Fatal(err)
	}
	var got []string
	r := New(s, &screen{device: &hand{paper: newPaper(t), height: 24}}, Options{Picture: draw})
	for _, text := range []string{":shot x.txt", ":shot x.txt", ":shot! x.txt", ":shot! link.txt", ":shot x.jpg"} {
		got = append(got, r.Do(t.Context(), text, 80).Text)
	}
	none := New(s, &screen{device: &hand{paper: newPaper(t), height: 24}}, Options{})
	got = append(got, none.Do(t.Context(), ":shot y.txt", 80).Text)
	want := []string{
		"the screen is in x.txt\n", "x.txt is there already; :shot! x.txt writes over it\n", "the screen is in x.txt\n",
		"take a picture: link.txt is no plain file\n", "not that kind\n", "there is no screen to take a picture of\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	info, err := os.Stat("x.txt")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile("x.txt"); string(text) != "the screen as x.txt" || err != nil || info.Mode() != 0o600 {
		t.Errorf("%q, %v, mode %v", text, err, info.Mode())
	}
}
