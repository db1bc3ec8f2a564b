package output

import "testing"

func TestColumnsFillTheWidthAndSayWhatIsLeftOut(t *testing.T) {
	items := []string{"a", "日本", "ccc", "dd", "e"}
	for _, c := range []struct {
		width, rows int
		want        string
	}{
		{80, 9, "a     日本  ccc   dd    e\n"},
		{17, 9, "a     日本  ccc\ndd    e\n"},
		{17, 1, "a     日本  ccc\n… and 2 more\n"},
		{1, 9, "a\n日本\nccc\ndd\ne\n"},
	} {
		if got := Columns(items, c.width, c.rows); got != c.want {
			t.Errorf("in %d columns and %d rows\n%swant\n%s", c.width, c.rows, got, c.want)
		}
	}
}
