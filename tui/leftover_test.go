package tui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/snapshots"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

func TestSaveOffersToRemoveWhatAKilledOneLeft(t *testing.T) {
	for _, c := range []struct {
		name    string
		left    []string
		keys    []string
		fails   error
		removed []string
		saves   bool
		see     []string
	}{
		{"nothing is left", nil, nil, nil, nil, true, []string{"Snapshot saved and verified: "}},
		{"removed", []string{"a.db.part", "b.db.part"}, []string{"r"}, nil, []string{"a.db.part", "b.db.part"}, true, []string{"Snapshot saved and verified: "}},
		{"kept", []string{"a.db.part"}, []string{"k"}, nil, nil, true, []string{"Snapshot saved and verified: "}},
		{"given up", []string{"a\x1b[31m.db.part"}, []string{"esc"}, nil, nil, false, nil},
		{"not removed", []string{"a.db.part"}, []string{"r"}, errors.New("read-only file system"), []string{"a.db.part"}, true, []string{"Snapshot saved and verified: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := savable{shop()}
			m := program(t, map[string]*tuitest.Memory{})
			m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
				known, err := learn.From(ctx, src, learn.Options{Custom: true})
				return &learn.Opened{Known: known, Source: src}, err
			}
			var removed []string
			saved := 0
			m.deps.Parts.Of = func(path string) (parts []etcdsource.Part) {
				if !strings.HasSuffix(path, ".db") {
					t.Errorf("looked for what was left at %s", path)
				}
				for _, p := range c.left {
					parts = append(parts, etcdsource.Part{Path: p, Size: 12 << 20, Modified: time.Unix(1700000000, 0)})
				}
				return parts
			}
			m.deps.Parts.Remove = func(path string) error { removed = append(removed, path); return c.fails }
			m.deps.Save = func(_ context.Context, _ etcdsource.Source, path string, _ func(snapshots.Step)) (snapshots.Result, error) {
				saved++
				return snapshots.Result{Path: path}, nil
			}
			d := drive(t, m, 80, 24)
			listed(d)
			d.Press("S")
			d.Press("enter")
			if len(c.left) > 0 {
				d.See("killed")
				d.See(".db.part  12.0 MiB  2023-11-14")
			}
			for _, k := range c.keys {
				d.Press(k)
			}
			for _, s := range c.see {
				d.See(s)
			}
			if !slices.Equal(removed, c.removed) || (saved == 1) != c.saves {
				t.Errorf("removed %v, saved %d times", removed, saved)
			}
		})
	}
}
