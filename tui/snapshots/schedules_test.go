package snapshots

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/verify"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

func ran(at time.Time, next time.Duration) etcdsource.Schedule {
	return etcdsource.Schedule{Cluster: "cdf818194e3a8c32", Every: "6h", Delta: "5m", Last: at.Add(-3 * time.Hour), Result: "ok", Path: "etcd-20260102-030405.db", Next: at.Add(next)}
}

// TestSchedules shows the last run and the next one, however low the pane is, and whatever else it shows.
func TestSchedules(t *testing.T) {
	now := panetest.Style(t).Now
	p := folder(t)
	p.Schedules([]etcdsource.Schedule{ran(now, 3*time.Hour)}, nil)
	panetest.EverySize(t, p)
	panetest.Golden(t, "schedule-80x24", panetest.Rows(t, p, 80, 24))
	panetest.Golden(t, "schedule-160x10", panetest.Rows(t, p, 160, 10))
	p.Resize(80, 24)
	if in := p.Click(3, jobRows+1+3, true); in != (pane.OpenFile{Path: "/b/c.db"}) {
		t.Errorf("a double click below it asks for %v", in)
	}
	p.Verify("/b/a.db")
	for _, name := range []string{"checksum", "pages", "values", "version", "counts", "age", "cluster", "one", "two"} {
		p.Checked(checkOf(name, etcdsource.Passed, "as it should be"))
	}
	p.Verified(&verify.Report{Verdict: etcdsource.BackupVerified, Checks: p.check.checks, Revision: 42, Keys: 7}, nil)
	if rows := panetest.Rows(t, p, 80, 30); !strings.Contains(rows, "that of two") || !strings.Contains(rows, "last run 3h ago ok") {
		t.Errorf("beside a verification:\n%s", rows)
	}
	p.Do(keymap.Down)
	failed := ran(now, -2*time.Minute)
	failed.Result, failed.Error, failed.Failures, failed.Path = "failed", "no\x1b[31m route", 2, ""
	p.Schedules([]etcdsource.Schedule{ran(now, -time.Hour), failed}, nil)
	panetest.EverySize(t, p)
	rows := panetest.Rows(t, p, 140, 24)
	for _, want := range []string{"last run 3h ago ok; the next one was due 60m ago", "failed (2 in a row); the next one was due 2m ago: no␛[31m route"} {
		if !strings.Contains(rows, want) {
			t.Errorf("%q is missing:\n%s", want, rows)
		}
	}
	if !p.Due(now) || p.Due(now.Add(-2*time.Hour)) {
		t.Error("what is due is not known")
	}
	p.Schedules([]etcdsource.Schedule{{Cluster: "1"}, {Cluster: "2"}, {Cluster: "3", Damaged: true}}, errors.New("permission denied"))
	panetest.EverySize(t, p)
	if rows := panetest.Rows(t, p, 100, 24); !strings.Contains(rows, ", cluster 3") && !strings.Contains(rows, "; cluster 3") || !strings.Contains(rows, "2 more schedules: ") || !strings.Contains(rows, "permission denied") {
		t.Errorf("three of them:\n%s", rows)
	}
	failing := failed
	failing.Next = now.Add(time.Hour)
	p.Schedules([]etcdsource.Schedule{ran(now, time.Hour), ran(now, time.Hour), failed, failing}, nil)
	if rows := panetest.Rows(t, p, 140, 24); !strings.Contains(rows, "failed (2 in a row)") || !strings.Contains(rows, "3 more schedules, 1 of them with a fault") {
		t.Errorf("one that fails is behind others:\n%s", rows)
	}
	p.Go("/c")
	if rows := panetest.Rows(t, p, 100, 24); strings.Contains(rows, "schedule") {
		t.Errorf("in another folder:\n%s", rows)
	}
}

// TestScheduleThatFails: in a terminal of 80 columns all is readable of a schedule that fails: why, and when it runs next. What is well
// takes one row.
func TestScheduleThatFails(t *testing.T) {
	now := panetest.Style(t).Now
	p := folder(t)
	failed := ran(now, 5*time.Minute)
	failed.Result, failed.Failures, failed.Path = "failed", 2, ""
	failed.Error = "connect to https://etcd-0.shoot--dev--web.example.com:2379: nothing listens there; check the address with --endpoints, and that etcd is running"
	p.Schedules([]etcdsource.Schedule{failed}, nil)
	panetest.EverySize(t, p)
	panetest.Golden(t, "schedule-failed-80x20", panetest.Rows(t, p, 80, 20))
	said := strings.Join(strings.Fields(panetest.Rows(t, p, 80, 20)), " ")
	for _, want := range []string{failed.Error, "failed (2 in a row); next in 5m, at ", "every 6h", failed.Cluster} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing:\n%s", want, said)
		}
	}
	p.Schedules([]etcdsource.Schedule{ran(now, time.Hour), failed}, nil)
	if said := strings.Join(strings.Fields(panetest.Rows(t, p, 80, 20)), " "); !strings.Contains(said, failed.Error) || !strings.Contains(said, "last run 3h ago ok; next in 60m") {
		t.Errorf("two of them:\n%s", said)
	}
}
