package tui

import (
	"context"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestHistoryInBackups: from the snapshots, h shows when the object under the cursor has changed, bracketed or exact, with its
// fields, and enter its value, masked as everything else.
func TestHistoryInBackups(t *testing.T) {
	t.Parallel()
	m := program(t, map[string]*tuitest.Memory{"": shop()})
	day := func(n int) time.Time { return time.Date(2026, 1, n, 2, 0, 0, 0, time.Local) }
	point := func(n int) etcdsource.BackupPoint {
		return etcdsource.BackupPoint{Path: "/b/" + day(n).Format("0102") + ".db", Time: day(n), Revision: int64(n)}
	}
	m.deps.List = func(context.Context, string) ([]etcdsource.Backup, error) {
		return []etcdsource.Backup{{Path: "/b/0103.db", Format: "etcd", Keys: -1, Bytes: 5}}, nil
	}
	var asked string
	m.deps.History = func(_ context.Context, dir string, key []byte, o etcdsource.HistoryOptions) ([]etcdsource.BackupChange, error) {
		asked = dir + " " + string(key)
		o.Skipped("/b/other.db", "it is a backup of another cluster")
		value := func(mode string) []byte {
			return []byte(`{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x","namespace":"shop"},"type":"` + mode + `","data":{"token":"Q0FOQVJZ"}}`)
		}
		key = []byte("/registry/secrets/shop/x")
		list := []etcdsource.BackupChange{
			{Event: etcdsource.Event{Key: key, Type: etcdsource.Created, Mod: 5, Version: 1, Value: value("a")}, Upto: point(1), Held: point(1).Path},
			{Event: etcdsource.Event{Key: key, Type: etcdsource.Updated, Mod: 9, Version: 4, Value: value("b")}, After: point(1), Upto: point(2), Held: point(2).Path, Unseen: 2},
			{Event: etcdsource.Event{Key: key, Type: etcdsource.Deleted, Mod: 12, Time: day(2).Add(61 * time.Second)}, After: point(2), Upto: point(3), Held: point(3).Path, Exact: true},
		}
		list[1].Before, list[2].Before = &list[0].Event, &list[1].Event
		return list, nil
	}
	d := drive(t, m, 200, 40)
	d.See("▸ configmaps")
	d.Press("4")
	d.See("0103.db")
	d.Press("h")
	d.See("Select an object among the keys first")
	d.Press("esc")
	d.Command("key /registry/configmaps/shop/flags")
	d.See("ConfigMap shop/flags")
	d.Press("4 h")
	d.See("at 2026-01-02 02:01:01")
	d.See("2026-01-01 02:00 to 2026-01-02 02:00")
	d.See("before 2026-01-01 02:00:00")
	d.See("2 writes before it in no backup")
	d.See("left out: /b/other.db: it is a backup of another cluster")
	d.Press("down")
	d.See(".type")
	d.Press("enter")
	d.See("type: b")
	d.See("token: \"***\"")
	d.Gone("Q0FOQVJZ")
	d.Press("q esc")
	d.See("0103.db")
	if asked == "" {
		t.Error("nothing was asked")
	}
}
