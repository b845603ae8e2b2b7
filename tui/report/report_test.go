package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/reconcile"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func status(key string, weight int, since int64, why string) reconcile.Status {
	return reconcile.Status{Key: key, Generation: 4, Observed: 3, Want: 3, Ready: 1, Weight: weight, Why: []string{why},
		Since: reconcile.Since{Revision: since, Time: noon.Add(-time.Duration(100-since) * time.Second)}}
}

func content() *Content {
	return &Content{
		Waiting: []reconcile.Status{status("deployments/web -n shop", 80, 90, "1 of 3 ready"), status("jobs/migrate -n shop", 10, 40, "0 of 1 done")},
		Fights: []reconcile.Fight{{Key: "deployments/api -n team-a", Path: ".spec.replicas", Undone: 14, From: 3316, To: 3859, First: noon, Last: noon.Add(14 * time.Second),
			Sides: [2]reconcile.Side{{Writer: "argocd-controller", Value: "2"}, {Writer: "kube-controller-manager", Controller: "horizontal-pod-autoscaler", Value: "5"}}}},
		Converged: []reconcile.Episode{{Status: status("pods/slow -n shop", 60, 10, "pending"), End: 60, EndTime: noon}, {Status: status("pods/fast -n shop", 60, 60, "pending"), End: 61, EndTime: noon.Add(-39 * time.Second)}},
		Deleted:   []reconcile.Gone{{Key: "pods/web-1 -n shop", Last: 60, Revision: 70, Time: noon, Writer: "kubelet", Owned: true}, {Key: "configmaps/flags -n shop", Last: 71, Revision: 72, Time: noon, Writer: "kubectl"}},
		Writers: []reconcile.Wrote{{Writer: "kubelet", Count: 900, Sure: 900, Recent: 1, Most: reconcile.Hot{Name: "leases/node-a", Count: 400}, Revision: 80, Time: noon},
			{Count: 62, Recent: 30, Most: reconcile.Hot{Name: "pods/x", Count: 3}, Revision: 99}},
		Objects: []reconcile.Hot{{Name: "leases/node-a", Count: 400}, {Name: "deployments/web -n shop", Count: 100}},
		Fields:  []reconcile.Hot{{Name: "Lease .spec.renewTime\x1b[2J", Count: 400}},
		Clocks:  []clock.Offset{{Source: "node-a", By: 39700 * time.Millisecond, Stamps: 40}, {Source: "kube-scheduler", By: -3 * time.Second, Stamps: 9, Server: true}},
		Now:     noon, Minute: noon, Of: "revisions 1 to 100", Waits: 2,
	}
}

func shown(t *testing.T) *Pane {
	p := New(panetest.Style(t), func(key string) string { return key })
	p.Resize(120, 24)
	p.Show(content())
	return p
}

func TestGolden(t *testing.T) {
	for s := range sections {
		p := shown(t)
		p.To(s)
		for _, size := range panetest.Sizes {
			panetest.Golden(t, fmt.Sprintf("%s-%dx%d", strings.ToLower(strings.Fields(names[s])[0]), size[0], size[1]), panetest.Rows(t, p, size[0], size[1]))
		}
		panetest.EverySize(t, p)
	}
}

func TestEmptyAndFailed(t *testing.T) {
	p := New(panetest.Style(t), func(key string) string { return key })
	p.Progress(3, 10)
	if s := panetest.Rows(t, p, 60, 12); !strings.Contains(s, "3 of 10") {
		t.Error(s)
	}
	p.Fail("It cannot be summed up: no.")
	if s := panetest.Rows(t, p, 60, 12); !strings.Contains(s, "cannot be summed up") || strings.Contains(s, "3 of 10") {
		t.Error(s)
	}
	p.Show(&Content{Of: "nothing was written"})
	for s, want := range []string{"has converged", "No writer undoes", "Nothing converged", "Nothing was deleted", "Nothing was written", "Nothing was written", "Nothing was written", "No clock is known to differ"} {
		p.To(Section(s))
		if got := panetest.Rows(t, p, 60, 20); !strings.Contains(got, want) {
			t.Errorf("%s: %s", names[s], got)
		}
		if i := p.Do(keymap.Open); i != nil {
			t.Errorf("%s: enter on nothing is %v", names[s], i)
		}
	}
}

// TestSortKeepsTheRow: the other order moves the rows, the cursor stays on its row; so does new content.
func TestSortKeepsTheRow(t *testing.T) {
	p := shown(t)
	if key, _ := p.At(); key != "deployments/web -n shop" {
		t.Fatalf("the worst is %s", key)
	}
	p.Do(keymap.Sort)
	if key, rev := p.At(); key != "deployments/web -n shop" || rev != 90 || p.lists[Waiting].Cursor() != 1 {
		t.Errorf("the cursor is on %s at row %d", key, p.lists[Waiting].Cursor())
	}
	p.To(Converged)
	if key, _ := p.At(); key != "pods/slow -n shop" {
		t.Errorf("what took longest is %s", key)
	}
	p.Do(keymap.Down)
	p.To(Writers)
	if w := p.content.Writers[p.rows[Writers][0]]; w.Writer != "" {
		t.Errorf("%s wrote most in the last minute", w.Writer)
	}
	p.Show(content())
	if p.To(Converged); p.id(Converged) != "pods/fast -n shop\x0061" {
		t.Errorf("the cursor went to %q", p.id(Converged))
	}
}

// TestSeekWriter: the writers are in the order of all writes then, as in the overview, also where they are known only later.
func TestSeekWriter(t *testing.T) {
	known := shown(t)
	known.SeekWriter("")
	known.To(Writers)
	if known.rows[Writers][0] != 1 {
		t.Error("no writer changes the order")
	}
	known.SeekWriter(known.content.Writers[1].ID())
	later := New(panetest.Style(t), func(key string) string { return key })
	later.SeekWriter(content().Writers[1].ID())
	later.Show(content())
	later.To(Writers)
	for name, p := range map[string]*Pane{"known": known, "known later": later} {
		if p.rows[Writers][0] != 0 || p.lists[Writers].Cursor() != 1 || p.id(Writers) != p.content.Writers[1].ID() {
			t.Errorf("%s: rows %v, cursor in row %d on %q", name, p.rows[Writers], p.lists[Writers].Cursor(), p.id(Writers))
		}
	}
}

func TestOpen(t *testing.T) {
	p := shown(t)
	want := []pane.Intent{pane.Open{Path: "deployments/web -n shop"}, pane.Open{Path: "deployments/api -n team-a"}, pane.Open{Path: "pods/slow -n shop"}, pane.Open{Path: "configmaps/flags -n shop"}, pane.FilterWriter{}, pane.Open{Path: "leases/node-a"}}
	for s, w := range want {
		if got := p.Do(keymap.Open); got != w {
			t.Errorf("%s: enter is %v, want %v", names[s], got, w)
		}
		p.Do(keymap.NextPane)
	}
	if _, ok := p.Do(keymap.Open).(pane.Say); !ok {
		t.Error("enter on a field goes somewhere")
	}
	p.Do(keymap.NextPane)
	if i := p.Do(keymap.Open); i != nil {
		t.Errorf("enter on a clock is %v", i)
	}
	p.Do(keymap.NextPane)
	p.Click(p.tabs()[Fights][0], 0, false)
	if got := p.Click(5, headRows, true); got != want[1] {
		t.Errorf("a double click on the fight is %v", got)
	}
}

// TestDeletedIsDated: a time that is only a lower bound says so, and what cannot be brought back does not name the key that does.
func TestDeletedIsDated(t *testing.T) {
	p := shown(t)
	c := content()
	c.Deleted = []reconcile.Gone{{Key: "pods/web-1 -n shop", Last: 60, Revision: 70, Time: noon, NotBefore: true},
		{Key: "configmaps/flags -n shop", Last: 50, Revision: 51, Time: noon, Unrestorable: true}}
	p.Show(c)
	p.To(Deleted)
	if s := panetest.Rows(t, p, 80, 20); !strings.Contains(s, "enter shows its last value") || strings.Contains(s, "a brings it back") || p.Gone().Revision != 51 {
		t.Error(s)
	}
	p.Do(keymap.Down)
	s := panetest.Rows(t, p, 80, 20)
	for _, want := range []string{"≥12:00:00", "not before 2026-", "a writer that is", "a brings it back"} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is not in\n%s", want, s)
		}
	}
}
