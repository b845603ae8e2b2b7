package schedule

import (
	"fmt"
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
		got = append(got, fmt.Sprintf("%s %s in %s exact %v unseen %d", c.Type, c.Value, kind, c.Exact, c.Unseen))
		if c.Exact && (c.Time.Before(begin) || c.Time.After(time.Now().Add(time.Minute))) {
			t.Errorf("%s was made at %v", c.Value, c.Time)
		}
	}
	want := []string{"created a in Full exact false unseen 0", "updated b in Incr exact true unseen 0", "updated c in Incr exact true unseen 0", "deleted  in Incr exact true unseen 0",
		"created d in Full exact false unseen 0", "updated e in Full exact false unseen 0", "updated f in Incr exact true unseen 0"}
	if !slices.Equal(got, want) {
		t.Errorf("it is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
