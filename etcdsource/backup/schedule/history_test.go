package schedule

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestHistoryOfDeltas: of a folder with full and delta snapshots, a change that a delta holds has its exact time and is found
// in that delta, one before a full snapshot is bracketed, and none is there twice.
func TestHistoryOfDeltas(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	const key = "/registry/configmaps/shop/flags"
	ctx := etcdtest.Within(t, 2*time.Minute)
	put := func(key, value string) int64 {
		r, err := s.Writer().Put(ctx, key, value)
		if err != nil {
			t.Fatal(err)
		}
		return r.Header.Revision
	}
	put("/registry/namespaces/kube-system", "one")
	put(key, "a")
	begin := time.Now().Add(-time.Minute)
	r, dir := started(t, s, etcdsource.ScheduleOptions{Every: time.Hour, Delta: time.Minute})
	at := time.Now() // of the files: their names count seconds
	r.now = func() time.Time { at = at.Add(2 * time.Second); return at }
	full := func() {
		if err := r.full(ctx); err != nil {
			t.Fatal(err)
		}
	}
	delta := func(rev int64) {
		if !received(t, r.deltas, rev) {
			t.Fatal(r.deltas.gap)
		}
		if err := r.delta(ctx); err != nil {
			t.Fatal(err)
		}
	}
	full()
	put(key, "b")
	delta(put(key, "c"))
	delta(put("/registry/other", "x")) // holds nothing of the key
	d, err := s.Writer().Delete(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	delta(d.Header.Revision)
	put(key, "d")
	put(key, "e")
	full() // what no delta holds
	delta(put(key, "f"))
	var skipped []string
	shelf := &backup.Shelf{UID: func(v []byte) string { return string(v) }}
	list, err := shelf.History(ctx, dir, []byte(key), etcdsource.HistoryOptions{Back: time.Hour, Skipped: func(path, why string) { skipped = append(skipped, path+": "+why) }})
	if err != nil || skipped != nil {
		t.Fatal(err, skipped)
	}
	var got []string
	for i := range list {
		c := &list[i]
		kind, _, _ := strings.Cut(filepath.Base(c.Upto.Path), "-")
		before := "-"
		if c.Before != nil {
			before = string(c.Before.Value)
		}
		got = append(got, fmt.Sprintf("%s %s after %s in %s exact %v unseen %d", c.Type, c.Value, before, kind, c.Exact, c.Unseen))
		if c.Time.After(c.Upto.Time) {
			t.Errorf("revision %d was made at %v, after %s of %v", c.Mod, c.Time, c.Upto.Path, c.Upto.Time)
		}
		if c.Exact && (c.Time.Before(begin) || c.Time.After(time.Now().Add(time.Minute))) {
			t.Errorf("%s was made at %v", c.Value, c.Time)
		}
	}
	want := []string{"created a after - in Full exact false unseen 0", "updated b after a in Incr exact true unseen 0", "updated c after b in Incr exact true unseen 0", "deleted  after c in Incr exact true unseen 0",
		"created d after - in Full exact false unseen 0", "updated e after d in Full exact false unseen 0", "updated f after e in Incr exact true unseen 0"}
	if !slices.Equal(got, want) {
		t.Errorf("it is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	last, err := shelf.History(ctx, dir, []byte(key), etcdsource.HistoryOptions{Back: time.Second, Skipped: func(path, why string) { t.Error(path, why) }})
	if err != nil || len(last) != 1 || string(last[0].Value) != "f" || last[0].Before == nil || string(last[0].Before.Value) != "e" {
		t.Errorf("of the last second: %+v, %v", last, err)
	}
	checkListed(t, dir, r)
}

// checkListed looks at how a folder lists delta snapshots: as verified, for so the schedule notes it, until one is changed.
func checkListed(t *testing.T, dir string, r *runner) {
	t.Helper()
	shelf := &backup.Shelf{Noted: func(at string) map[string]backup.Noted {
		out := map[string]backup.Noted{}
		for i := range r.index.Entries {
			if e := &r.index.Entries[i]; at == dir {
				out[e.Name] = backup.Noted{Made: e.Made, Bytes: e.Bytes, Tail: e.Tail, SHA256: e.SHA256, Verified: e.Verdict == verified}
			}
		}
		return out
	}}
	verdicts := func() (deltas, good int, path string) {
		list, err := shelf.List(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			if b := &list[i]; b.ChangesOnly() {
				if deltas++; b.Verdict == etcdsource.BackupVerified && !b.Checked.IsZero() && b.SHA256 != "" {
					good, path = good+1, b.Path
				}
			} else if b.Verdict != etcdsource.BackupUnchecked {
				t.Errorf("%s is %s", b.Path, b.Verdict)
			}
		}
		return deltas, good, path
	}
	deltas, good, path := verdicts()
	if deltas != 4 || good != 4 {
		t.Fatalf("of %d delta snapshots %d are verified", deltas, good)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt([]byte("x"), 100)
		err = errors.Join(err, f.Close(), os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, good, _ = verdicts(); good != 3 {
		t.Errorf("of 4 of which one was changed %d are verified", good)
	}
}
