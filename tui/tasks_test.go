package tui

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/snapshots"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// savable is a source that can be saved.
type savable struct{ *tuitest.Memory }

func (savable) Save(context.Context, io.Writer, func(int64, int64)) (etcdsource.Saved, error) {
	return etcdsource.Saved{}, nil
}

// taskKeys reads the README's table: task → keys.
func taskKeys(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "<!-- tasks -->\n")
	table, _, ok := strings.Cut(rest, "<!-- /tasks -->")
	if !ok {
		t.Fatal("the README has no table of tasks")
	}
	out := map[string][]string{}
	for _, l := range strings.Split(strings.TrimSpace(table), "\n")[2:] {
		cells := strings.Split(l, " | ")
		out[strings.TrimPrefix(cells[0], "| ")] = strings.Fields(strings.NewReplacer("`", "", " |", "").Replace(cells[1]))
	}
	return out
}

// TestTasks does what the README promises with exactly the keys it names, at most eight each.
func TestTasks(t *testing.T) {
	type task struct {
		from string // the key that is selected before, "" for none
		see  []string
	}
	owned := "/registry/pods/shop/owned"
	tasks := map[string]task{
		"find a pod by a part of its name":     {"", []string{"Pod shop/picky"}},
		"go to its owner":                      {owned, []string{"ReplicaSet shop/web"}},
		"see what changed last":                {owned, []string{"configmaps/shop/flags", "~data field=three"}},
		"copy its YAML":                        {owned, []string{"Copied the value as YAML"}},
		"open a Secret, masked, then revealed": {"", []string{"SECRETS REVEALED", "aHVudGVyMg=="}},
		"see the biggest namespace":            {"", []string{"Namespaces, the biggest first", "❯ shop"}},
		"see all of its namespace":             {owned, []string{"In shop", "replicasets/shop/web"}},
		"see the objects of a custom resource": {"", []string{"SIZE", "42"}},
		"go to a revision":                     {"", []string{"AS OF rev 13"}},
		"pause the changes":                    {"", []string{"PAUSED"}},
		"save a snapshot":                      {"", []string{"Snapshot saved and verified: "}},
		"open a snapshot beside the cluster":   {"", []string{"2/2"}},
		"plan the restore of a backup":         {"", []string{"Steps, in this order"}},
		"rehearse the restore of a backup":     {"", []string{"1 member: 7 keys, all equal to the file's"}},
	}
	table := taskKeys(t)
	if len(table) != len(tasks) {
		t.Errorf("the README has %d tasks, the test %d", len(table), len(tasks))
	}
	for name, want := range tasks {
		t.Run(name, func(t *testing.T) {
			keys := table[name]
			if len(keys) == 0 || len(keys) > 8 {
				t.Fatalf("it takes %d keys: %v", len(keys), keys)
			}
			src := savable{relatives()}
			src.Put("/registry/pods/shop/picky", pod("picky", "Running"))
			m := program(t, map[string]*tuitest.Memory{"old.db": shop()})
			other := m.deps.Open
			m.deps.Open = func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
				if target.Path != "" {
					return other(ctx, target, report)
				}
				known, err := learn.From(ctx, src, learn.Options{Custom: true})
				return &learn.Opened{Known: known, Source: src}, err
			}
			m.deps.Save = func(_ context.Context, _ etcdsource.Source, path string, _ func(snapshots.Step)) (snapshots.Result, error) {
				return snapshots.Result{Path: path}, nil
			}
			m.deps.Plan = func(_ context.Context, path string, beside []restore.Beside, _ func(string)) (*restore.Plan, error) {
				if len(beside) != 1 || !beside[0].Live {
					t.Errorf("it is held against %+v", beside)
				}
				return restore.Make(&restore.Facts{File: restore.File{Path: path}, Contents: &restore.Contents{}}), nil
			}
			m.deps.Rehearse = func(context.Context, string, etcdsource.RehearseOptions) (etcdsource.Rehearsed, error) {
				return etcdsource.Rehearsed{Members: 1, Keys: 7, Equal: true}, nil
			}
			d := drive(t, m, 160, 44)
			d.See("▸ secrets")
			if want.from != "" {
				d.Command("key " + want.from)
				d.See("Pod shop/owned")
				d.Press("1")
			}
			switch name {
			case "see what changed last":
				src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "three"))
				d.See("rev 19")
			case "open a snapshot beside the cluster", "plan the restore of a backup", "rehearse the restore of a backup":
				d.Press("4")
				d.See("old.db")
			}
			for i, k := range keys {
				if i > 0 && (k == "enter" || k == "/" || k == "r") {
					wait(d, name, i)
				}
				d.Press(k)
				if name == "open a Secret, masked, then revealed" && i == len(keys)-2 {
					d.See("***")
				}
				if k == "F" {
					src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "four"))
					src.Put("/registry/configmaps/shop/other", stored("ConfigMap", "other", "five"))
					d.See("rev 20")
					if s := d.Text(); strings.Contains(s[strings.Index(s, "Live changes"):], "flags") {
						t.Error("a paused feed shows what is new")
					}
				}
			}
			for _, s := range want.see {
				d.See(s)
			}
		})
	}
}

// wait gives the program the time that a person gives it before pressing enter.
func wait(d *tuitest.Driver, name string, i int) {
	switch {
	case strings.HasPrefix(name, "find a pod"):
		d.See("1 of 16")
	case strings.HasPrefix(name, "open a Secret") && i == 5:
		d.See("secrets ─")
		d.See("shop       image")
	case strings.HasPrefix(name, "rehearse") && i == 2:
		d.See("Steps, in this order")
	case strings.HasPrefix(name, "see all"):
		d.See("Namespace ─")
	}
}
