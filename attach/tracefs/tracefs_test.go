package tracefs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree makes a folder that looks like tracefs.
func tree(t *testing.T) *FS {
	t.Helper()
	root := filepath.Join(t.TempDir(), "tracing")
	for name, text := range map[string]string{
		"../secret":                         "not for you",
		"available_events":                  "sched:sched_switch\nsched:sched_exit\nirq:irq_handler_entry\n",
		"events/enable":                     "0\n",
		"events/sched/sched_switch/format":  "name: sched_switch\nID: 1\n",
		"events/sched/sched_exit/format":    "name: sched_exit\nID: 2\n",
		"events/sched/format":               "no event\n",
		"events/irq/irq_handler_entry/id":   "3\n",
		"events/irq/irq_handler_entry/a/id": "4\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return New(root)
}

func TestEventsAreSorted(t *testing.T) {
	got, err := tree(t).Events()
	want := []string{"irq:irq_handler_entry", "sched:sched_exit", "sched:sched_switch"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestFormat(t *testing.T) {
	got, err := tree(t).Format("sched", "sched_exit")
	if want := "name: sched_exit\nID: 2\n"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestNumber(t *testing.T) {
	fs := tree(t)
	if got, err := fs.Number("irq", "irq_handler_entry"); err != nil || got != 3 {
		t.Errorf("got %d, %v, want 3", got, err)
	}
	for _, name := range []string{"sched_switch", "no_such", "../irq/irq_handler_entry", ""} {
		if got, err := fs.Number("sched", name); err == nil {
			t.Errorf("%q has the number %d", name, got)
		}
	}
}

func TestNoPathLeavesTheTree(t *testing.T) {
	for _, name := range [][2]string{
		{"sched", "nope"},
		{"nope", "sched_switch"},
		{"enable", "x"},
		{"irq", "irq_handler_entry"},
		{"", ""},
		{"sched", ""},
		{"", "sched"},
		{"sched", "."},
		{".", "sched"},
		{"sched", ".."},
		{"..", "events"},
		{"../..", "secret"},
		{"sched", "../sched/sched_switch"},
		{"sched/sched_switch", "x"},
		{"sched", "sched_switch\x00"},
	} {
		text, err := tree(t).Format(name[0], name[1])
		if !errors.Is(err, fs.ErrNotExist) || text != "" {
			t.Errorf("Format(%q, %q) = %q, %v", name[0], name[1], text, err)
		}
	}
}

func TestFindMountInATable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mounts")
	table := "proc /proc proc rw 0 0\n" +
		"tracefs /notthis debugfs rw 0 0\n" +
		"short\n" +
		"nodev /mnt/my\\040trace tracefs rw,nosuid 0 0\n" +
		"tracefs /second tracefs rw 0 0\n"
	if err := os.WriteFile(file, []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, want := findMount(file), "/mnt/my trace"; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	if got := findMount(filepath.Join(t.TempDir(), "none")); got != "" {
		t.Errorf("found %q in no table", got)
	}
}

// TestOfThisKernel needs root.
func TestOfThisKernel(t *testing.T) {
	tfs, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	events, err := tfs.Events()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(events) || len(events) < 500 {
		t.Errorf("%d events, sorted: %v", len(events), slices.IsSorted(events))
	}
	for _, event := range []string{"sched:sched_switch", "syscalls:sys_enter_openat"} {
		if _, found := slices.BinarySearch(events, event); !found {
			t.Errorf("there is no %s", event)
		}
		category, name, _ := strings.Cut(event, ":")
		text, err := tfs.Format(category, name)
		if err != nil || !strings.HasPrefix(text, "name: "+name+"\n") || !strings.Contains(text, "print fmt:") {
			t.Errorf("format of %s: %q, %v", event, text, err)
		}
	}
}

func TestDefinedEvents(t *testing.T) {
	got := definedIn("p:kprobes/myopen do_sys_openat2 flags=%dx\nr8:mine/sched_switch schedule\ns:synthetic/wakeup\tu64 lat;\n\nnonsense\n")
	if want := []string{"kprobes:myopen", "mine:sched_switch", "synthetic:wakeup"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
