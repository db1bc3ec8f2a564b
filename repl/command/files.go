package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"go3s/incremental/source"
	"go3s/session/harmless"
)

// mostProgram is the largest program that :load takes, in bytes.
const mostProgram = 4 << 20

func (c *call) save() error {
	name := c.args[0]
	if len(c.session.Cells()) == 0 {
		return errors.New("nothing was entered that could be saved")
	}
	text, err := c.session.Export()
	if err != nil {
		return err
	}
	if err := c.write("save the session", name, []byte(text)); err != nil {
		return err
	}
	c.lines(fmt.Sprintf("saved %s to %s", plural(len(groupNames(c.session)), "probe"), name), "")
	return nil
}

// shot writes a picture of the live screen.
func (c *call) shot() error {
	camera, ok := c.Prompt.(Camera)
	if !ok {
		return errors.New("there is no screen here to take a picture of")
	}
	name := c.args[0]
	picture, err := camera.Picture(c.ctx, name)
	if err != nil {
		return err
	}
	if err := c.write("take a picture", name, picture); err != nil {
		return err
	}
	c.lines("the screen is in "+name, "")
	return nil
}

// write is WriteFile for a command that writes over a file if it ends in a bang.
func (c *call) write(what, name string, data []byte) error {
	err := WriteFile(name, data, c.force)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already; :%s! %[1]s writes over it", harmless.Text(name), c.command.Name)
	case err != nil:
		return fmt.Errorf("%s: %s", what, harmless.Text(err.Error()))
	}
	return nil
}

// WriteFile makes a file for its owner only, in one step: readers see all of it or what was there. It runs as root in a directory that may be anybody's,
// so that it never writes through a link, nor in a folder that only somebody else's link leads to, and over what is no plain file not at all; over a plain file only with over, else that is
// fs.ErrExist.
func WriteFile(name string, data []byte, over bool) error {
	folder, err := openFolder(filepath.Dir(name))
	if err != nil {
		return fmt.Errorf("no file can be made in %s: %w", filepath.Dir(name), err)
	}
	defer folder.Close()
	place := within(folder, filepath.Base(name))
	old, err := os.Lstat(place)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return plain(name, err)
	case !old.Mode().IsRegular():
		return fmt.Errorf("%s is no plain file", name)
	case !over:
		return fs.ErrExist
	}
	f, err := os.CreateTemp(within(folder, ""), ".go3sh-*")
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("no file can be made in %s: %w", filepath.Dir(name), failed.Err)
	}
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(0o600), f.Close()); err != nil {
		return plain(name, err)
	}
	if over {
		return plain(name, os.Rename(f.Name(), place))
	}
	return plain(name, os.Link(f.Name(), place)) // which fails if something has come to be there
}

// plain is an error of writing a file as the user knows the file.
func plain(name string, err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s %s: %w", failed.Op, name, failed.Err)
	}
	if failed, ok := errors.AsType[*os.LinkError](err); ok {
		return fmt.Errorf("%s %s: %w", failed.Op, name, failed.Err)
	}
	return err
}

func (c *call) load() error {
	name := c.args[0]
	text, err := read(name)
	if err != nil {
		return fmt.Errorf("load a program: %s", harmless.Text(err.Error()))
	}
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("%s is empty", harmless.Text(name))
	}
	c.Enter(source.Cell{Name: name, Text: text})
	return nil
}

// read reads a plain file that the name itself is, and no link to it.
func read(name string) (string, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return "", fmt.Errorf("%s is a symbolic link; give the name of the file itself", name)
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is no plain file", name)
	case info.Size() > mostProgram:
		return "", fmt.Errorf("%s has %d bytes, which is more than a program may have", name, info.Size())
	}
	text, err := io.ReadAll(io.LimitReader(f, mostProgram))
	return string(text), err
}
