package snapshots

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

// TestSift finds backups by name, format, cluster and verdict; what is opened is the row that is shown.
func TestSift(t *testing.T) {
	p := folder(t)
	sift := func(s string) string {
		f, _ := filter.Parse(s, nil)
		p.Sift(f)
		return panetest.Rows(t, p, 80, 24)
	}
	for text, want := range map[string]int{"": 5, "locked": 1, "KOPS": 0, "kops": 1, "example.com": 1, "verified": 1, "!etcd": 1, "damaged !kops": 0} {
		if sift(text); len(p.shown) != want {
			t.Errorf("%q: %d backups, want %d", text, len(p.shown), want)
		}
	}
	if s := sift("zzqq"); !strings.Contains(s, "No backup has zzqq in it: esc shows all.") || p.Do(keymap.Open) != nil {
		t.Error(s)
	}
	sift("c.db")
	if in := p.Do(keymap.Open); in != (pane.OpenFile{Path: "/b/c.db"}) {
		t.Errorf("open asks for %v", in)
	}
	if n, _ := p.Listed(); n != 4 {
		t.Errorf("%d backups are listed", n)
	}
	if path, ok := p.Newest(); !ok || path != "/b/a.db" || p.Sifted() != "" {
		t.Errorf("the newest is %s; the filter is %q", path, p.Sifted())
	}
	sift("zzqq")
	panetest.EverySize(t, p)
}
