package backup

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestHistory: the changes of one key over a folder of backups: bracketed, with what no backup holds counted, a deletion that
// only its absence shows, and another cluster's backup left out.
func TestHistory(t *testing.T) {
	t.Parallel()
	dir, day := t.TempDir(), time.Now().Add(-10*24*time.Hour).Truncate(time.Second)
	const key = "/registry/configmaps/shop/flags"
	save := func(s *etcdtest.Server, n int, name string) {
		ctx := etcdtest.Within(t, time.Minute)
		src, err := live.Open(ctx, live.Config{Endpoints: []string{s.URL}})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		path := filepath.Join(dir, name)
		if _, err := Save(ctx, src, path, Options{}); err != nil {
			t.Fatal(err)
		}
		if at := day.Add(time.Duration(n) * 24 * time.Hour); os.Chtimes(path, at, at) != nil {
			t.Fatal(name)
		}
	}
	s, other := etcdtest.New(t), etcdtest.New(t)
	for cluster, e := range map[string]*etcdtest.Server{"one": s, "two": other} {
		if _, err := e.Writer().Put(t.Context(), "/registry/namespaces/kube-system", cluster); err != nil {
			t.Fatal(err)
		}
	}
	var rev int64
	put := func(n int) {
		for i := range n {
			r, err := s.Writer().Put(t.Context(), key, fmt.Sprint(i))
			if err != nil {
				t.Fatal(err)
			}
			rev = r.Header.Revision
		}
	}
	put(1)
	save(s, 1, "1.db")
	put(3)
	s.Compact(rev)
	save(s, 2, "2.db")
	save(s, 3, "3.db")
	if _, err := s.Writer().Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	s.Compact(rev + 1)
	s.Put("/other")
	s.Compact(rev + 2)
	save(s, 4, "4.db")
	put(1)
	save(s, 5, "5.db")
	other.Put(key)
	save(other, 0, "foreign.db")
	shelf := &Shelf{UID: func(v []byte) string { return string(v) }}
	var out []string
	list, err := shelf.History(t.Context(), dir, []byte(key), etcdsource.HistoryOptions{Back: 6 * 24 * time.Hour, Skipped: func(path, why string) { out = append(out, filepath.Base(path)+" "+why) }})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		after := ""
		if c.After.Path != "" {
			after = filepath.Base(c.After.Path)
		}
		got = append(got, fmt.Sprintf("%s %s<%s v%d unseen %d", c.Type, after, filepath.Base(c.Upto.Path), c.Version, c.Unseen))
	}
	want := "created <1.db v1 unseen 0; updated 1.db<2.db v4 unseen 2; deleted 3.db<4.db v0 unseen 0; created 4.db<5.db v1 unseen 0"
	if g := strings.Join(got, "; "); g != want {
		t.Errorf("it is  %s\nwant   %s", g, want)
	}
	if strings.Join(out, ";") != "foreign.db it is a backup of another cluster" {
		t.Errorf("left out: %q", out)
	}
	ask := func(back time.Duration) []etcdsource.BackupChange {
		list, err := shelf.History(t.Context(), dir, []byte(key), etcdsource.HistoryOptions{Back: back, Skipped: func(string, string) {}})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if list := ask(23 * time.Hour); len(list) != 1 || list[0].Type != etcdsource.Created || list[0].Earlier {
		t.Errorf("of the last day: %+v", list)
	}
	save(s, 9, "9.db")
	if list := ask(23 * time.Hour); len(list) != 1 || list[0].Type != etcdsource.Created || !list[0].Earlier || filepath.Base(list[0].Upto.Path) != "5.db" {
		t.Errorf("unchanged in the last day: %+v", list)
	}
	if _, err := s.Writer().Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	save(s, 10, "10.db")
	if list := ask(23 * time.Hour); len(list) != 1 || list[0].Type != etcdsource.Deleted || list[0].Earlier {
		t.Errorf("deleted in the last day: %+v", list)
	}
}

// TestHistoryPacked: packed backups are read as others are; how many and how far is said, and none takes more than it may.
func TestHistoryPacked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const flags = "/registry/configmaps/shop/flags"
	large := make([]byte, 10<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(large)
	ops := append([]sourcetest.Op{sourcetest.Put("/large", string(large))}, sourcetest.Generate(7)...)
	const lease = "/registry/leases/kube-system/clock"
	for _, n := range []string{"1", "2", "3"} {
		ops = append(ops, sourcetest.Put(flags, n), sourcetest.Put(lease, n))
	}
	for i := range 3 {
		plain, err := os.ReadFile(sourcetest.WriteSnapshot(t, ops[:len(ops)-4+2*i]))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err = z.Write(plain)
		path := filepath.Join(dir, fmt.Sprintf("day-%d.db.gz", i))
		if err = errors.Join(err, z.Close(), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		if at := time.Date(2026, 3, i+1, 3, 0, 0, 0, time.UTC); os.Chtimes(path, at, at) != nil {
			t.Fatal(path)
		}
	}
	var steps []string
	var packed, left int
	ask := func(most int64) []etcdsource.BackupChange {
		steps, packed, left = nil, 0, 0
		shelf := &Shelf{Written: func(key, value []byte) time.Time { // its value is the day
			if string(key) != lease {
				return time.Time{}
			}
			return time.Date(2026, 3, int(value[0]-'0'), 2, 59, 0, 0, time.UTC)
		}}
		changes, err := shelf.History(t.Context(), dir, []byte(flags), etcdsource.HistoryOptions{Back: 30 * 24 * time.Hour, MaxUnpack: most,
			Skipped:   func(_, why string) { left++ },
			Unpacking: func(n int, _ int64) { packed = n },
			Progress:  func(step string, done, total int64) { steps = append(steps, fmt.Sprint(step, " ", done == total)) }})
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	if got := ask(0); len(got) == 0 || got[len(got)-1].Mod != int64(len(ops)) || packed != 3 || left != 0 || !slices.Equal(steps, []string{"reading false", "reading false", "reading true"}) {
		t.Errorf("%+v; %d packed, %d left out, %v", got, packed, left, steps)
	}
	for i := range 3 { // copied the other way round
		if at := time.Date(2026, 3, 9, 3, 0, 3-i, 0, time.UTC); os.Chtimes(filepath.Join(dir, fmt.Sprintf("day-%d.db.gz", i)), at, at) != nil {
			t.Fatal(i)
		}
	}
	if got := ask(0); len(got) != 3 || got[0].Version != 1 || got[2].Version != 3 || got[2].Upto.Time.Day() != 3 || got[2].After.Time.Day() != 2 {
		for _, c := range got {
			t.Errorf("of copies: version %d, %s to %s", c.Version, c.After.Time, c.Upto.Time)
		}
	}
	if got := ask(9 << 20); len(got) != 0 || left != 3 {
		t.Errorf("each may take 9 MiB: %d changes, %d left out", len(got), left)
	}
}

// TestHistoryWithoutLeases: where no component says that it lives, the newest object in a backup is a bound from below for when it
// was made, and its file one from above.
func TestHistoryWithoutLeases(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const flags, dated = "/registry/configmaps/shop/flags", "/registry/pods/shop/web"
	ops := append(sourcetest.Generate(7), sourcetest.Put(dated, "1"), sourcetest.Put(flags, "a"), sourcetest.Put(flags, "b"))
	day := func(n int) time.Time { return time.Date(2026, 3, n, 3, 0, 0, 0, time.UTC) }
	for i, name := range []string{"a.db", "b.db"} {
		data, err := os.ReadFile(sourcetest.WriteSnapshot(t, ops[:len(ops)-1+i]))
		path := filepath.Join(dir, name)
		if err = errors.Join(err, os.WriteFile(path, data, 0o600), os.Chtimes(path, day(5+i), day(5+i))); err != nil {
			t.Fatal(err)
		}
	}
	shelf := &Shelf{Written: func(key, _ []byte) time.Time {
		switch string(key) {
		case dated:
			return day(1)
		case flags: // a wrong clock dates nothing
			return day(300)
		}
		return time.Time{}
	}}
	got, err := shelf.History(t.Context(), dir, []byte(flags), etcdsource.HistoryOptions{Back: 30 * 24 * time.Hour, Skipped: func(path, why string) { t.Error(path, why) }})
	if err != nil || len(got) != 2 || !got[0].Upto.Time.Equal(day(5)) || !got[1].After.Time.Equal(day(1)) || !got[1].Upto.Time.Equal(day(6)) {
		t.Errorf("of backups of days 5 and 6 whose newest object is of day 1: %v", err)
		for _, c := range got {
			t.Errorf("version %d, %s to %s", c.Version, c.After.Time, c.Upto.Time)
		}
	}
}
