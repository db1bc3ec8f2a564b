package command

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go3s/incremental/source"
	"go3s/output"
	"go3s/session/harmless"
)

func (c *call) times() error {
	last, _ := c.Last()
	if len(last.Time) == 0 {
		return errors.New("nothing was entered yet")
	}
	var sum time.Duration
	for _, s := range last.Time {
		sum += s.Time
	}
	var rows [][]string
	row := func(name string, t time.Duration) {
		rows = append(rows, []string{name, fmt.Sprintf("%.3f ms", float64(t)/float64(time.Millisecond)), fmt.Sprintf("%.0f%%", 100*float64(t)/float64(max(sum, 1)))})
	}
	for _, s := range last.Time {
		row(s.Name, s.Time)
	}
	row("total", sum)
	if last.Ahead > 0 {
		rows = append(rows, []string{"before, while it was typed", fmt.Sprintf("%.3f ms", float64(last.Ahead)/float64(time.Millisecond)), ""})
	}
	c.lay([]output.Heading{{Name: "STAGE"}, {Name: "TIME", Right: true}, {Name: "SHARE", Right: true}}, rows)
	return nil
}

func (c *call) why() error {
	shown, r := c.Refused()
	if shown == "" {
		return errors.New("nothing was refused yet")
	}
	c.Print(shown)
	c.lines(r.Whole(), "")
	return nil
}

func (c *call) dump() error {
	text, err := c.session.Dump(c.command.Name, c.args[0])
	if err != nil {
		return err
	}
	c.lines(text, "")
	return nil
}

func (c *call) edit() error {
	own := c.args[0] == "-e"
	if own == (len(c.args) == 1) {
		return c.usage("which probe?")
	}
	name := c.args[len(c.args)-1]
	text, ok := c.session.Source(name)
	if !ok {
		return fmt.Errorf("no probe or declaration is called %s%s", harmless.Text(name), near(name, append(knownGroups(c.session), c.session.Declared()...)))
	}
	text = strings.TrimSpace(text)
	if !own {
		c.Prefill(text)
		return nil
	}
	editor, ok := c.Prompt.(Editor)
	if !ok {
		return errors.New("no editor can be opened here; :edit NAME brings the text back to the prompt")
	}
	changed, err := editor.Edit(c.ctx, text+"\n")
	switch changed = strings.TrimSpace(changed); {
	case err != nil:
		return err
	case changed == "":
		return fmt.Errorf("the text of %s is empty now, so it stays as it was; :detach %[1]s takes it out", name)
	case changed == text:
		c.lines(name+" is unchanged", "")
		return nil
	}
	c.Enter(source.Cell{Text: changed})
	return nil
}
