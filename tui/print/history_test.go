package print

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestSnapshotHistoryChanges: each change with its fields, a Secret masked, in a folder and in a bucket.
func TestSnapshotHistoryChanges(t *testing.T) {
	t.Parallel()
	key := []byte("/registry/secrets/shop/db")
	value := func(token, mode string) []byte {
		return []byte(`{"kind":"Secret","apiVersion":"v1","metadata":{"name":"db","namespace":"shop"},"type":"` + mode + `","data":{"token":"` + token + `"}}`)
	}
	at := func(n int) etcdsource.BackupPoint {
		return etcdsource.BackupPoint{Path: "/b/" + string(rune('0'+n)) + ".db", Time: time.Date(2026, 1, n, 2, 0, 0, 0, time.Local), Revision: int64(n)}
	}
	funcs := Funcs{
		Open: func(context.Context, OpenOptions) (Opened, error) { return Opened{Source: file(cluster(), 0)}, nil },
		List: func(context.Context, string) ([]etcdsource.Backup, error) {
			return []etcdsource.Backup{{Path: "/b/2.db", Format: "etcd"}}, nil
		},
		History: func(_ context.Context, p etcdsource.Place, k []byte, o etcdsource.HistoryOptions) ([]etcdsource.BackupChange, error) {
			if p.Path != "/b" || !bytes.Equal(k, key) || o.Back != 30*24*time.Hour {
				t.Errorf("asked for %s in %s, %s", k, p.Path, o.Back)
			}
			before := etcdsource.Event{Key: key, Type: etcdsource.Created, Mod: 5, Version: 1, Value: value("Q0FOQVJZ", "a")}
			return []etcdsource.BackupChange{
				{Event: before, Upto: at(1), Held: at(1).Path},
				{Event: etcdsource.Event{Key: key, Type: etcdsource.Updated, Mod: 9, Version: 4, Value: value("Q0FOQVJZMg==", "b")}, After: at(1), Upto: at(2), Held: at(2).Path, Unseen: 2, Before: &before},
			}, nil
		},
	}
	for _, format := range []string{"text", "json"} {
		var out, err bytes.Buffer
		code := Execute(t.Context(), []string{"snapshot", "history", "/b", string(key), "--changes", "-o", format}, strings.NewReader(""), &out, &err, funcs)
		want := []string{"before 2026-01-01 02:00:00  created", "2026-01-01 02:00 to 2026-01-02 02:00  updated  revision 9, version 4  (2 writes before it in no backup)  2.db", "~ .type: a → b"}
		if format == "json" {
			want = []string{`"unseen":2`, `{"path":".type","op":"replace","old":"a","new":"b"}`}
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: %q is not in\n%s", format, w, out.String())
			}
		}
		if code != 0 || strings.Contains(out.String(), "Q0FOQVJZ") {
			t.Errorf("%s: exit code %d, %s\n%s", format, code, err.String(), out.String())
		}
	}
}

// TestSnapshotHistoryHints: what was not asked for and may be meant is said: another namespace, another cluster, an older time.
func TestSnapshotHistoryHints(t *testing.T) {
	t.Parallel()
	var list []etcdsource.BackupChange
	run := func(args ...string) string {
		var out, errs bytes.Buffer
		funcs := Funcs{
			Open: func(context.Context, OpenOptions) (Opened, error) { return Opened{Source: file(cluster(), 0)}, nil },
			List: func(context.Context, string) ([]etcdsource.Backup, error) {
				return []etcdsource.Backup{{Path: "/b/2.db", Format: "etcd", Cluster: "uid-1"}}, nil
			},
			History: func(context.Context, etcdsource.Place, []byte, etcdsource.HistoryOptions) ([]etcdsource.BackupChange, error) {
				return list, nil
			},
		}
		Execute(t.Context(), append([]string{"snapshot", "history", "/b"}, args...), strings.NewReader(""), &out, &errs, funcs)
		return errs.String()
	}
	const namespace, cluster, since, earlier, kind = "give -n NAMESPACE", "it has backups of uid-1", "--since reaches further back", "this is its last change", "is no type that the newest backup has"
	for _, c := range []struct {
		args string
		want string // "" for none of the hints
	}{
		{"pods/none", namespace}, {"pods/none -n default", ""}, {"/registry/pods/default/none", ""}, {"nodes/none", ""},
		{"pods/none --cluster WRONG", cluster}, {"podz/none -n default", kind},
	} {
		said := run(strings.Fields(c.args)...)
		for _, hint := range []string{namespace, cluster, since, earlier, kind} {
			if strings.Contains(said, hint) != (hint == c.want) {
				t.Errorf("%s: %q", c.args, said)
			}
		}
	}
	e := etcdsource.Event{Key: []byte("/registry/pods/default/x"), Type: etcdsource.Updated, Mod: 9, Version: 2}
	list = []etcdsource.BackupChange{{Event: e}}
	if said := run(string(e.Key)); strings.Contains(said, since) {
		t.Errorf("no older one is known: %q", said)
	}
	list[0].Before = &etcdsource.Event{Key: e.Key, Type: etcdsource.Created, Mod: 5, Version: 1}
	if said := run(string(e.Key)); !strings.Contains(said, since) {
		t.Errorf("an older one is known: %q", said)
	}
	list[0].Earlier = true
	if said := run(string(e.Key)); strings.Contains(said, since) || !strings.Contains(said, "it has not changed in the 30d up to the newest backup: "+earlier) {
		t.Errorf("unchanged: %q", said)
	}
}
