package snapfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// killed is the data dir of a member that was killed before it wrote n of its changes into its database, and how many
// entries these are.
func killed(t *testing.T, n int) (dir string, entries int64) {
	t.Helper()
	s := etcdtest.New(t, func(c *embed.Config) { c.BackendBatchInterval, c.BackendBatchLimit = time.Hour, 1<<20 })
	s.Put("/before")
	s.Etcd.Server.Backend().ForceCommit()
	st, err := s.Writer().Status(etcdtest.Within(t, time.Minute), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	before := st.RaftAppliedIndex
	for i := range n {
		s.Put(fmt.Sprint("/after/", i))
	}
	dir = filepath.Join(etcdtest.Dir(t), "copy")
	if err := os.CopyFS(dir, os.DirFS(s.Config.Dir)); err != nil {
		t.Fatal(err)
	}
	if st, err = s.Writer().Status(etcdtest.Within(t, time.Minute), s.URL); err != nil {
		t.Fatal(err)
	}
	return dir, int64(st.RaftAppliedIndex - before)
}

func behindOf(t *testing.T, path string) etcdsource.Behind {
	t.Helper()
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, _ := s.Describe(t.Context())
	return info.Behind
}

// TestADatabaseOlderThanItsWALIsReplayed shows what a killed member had not written into its database, wherever in its
// data dir it is opened, and says how much of the WAL that took; without a replay it says how much is missing.
func TestADatabaseOlderThanItsWALIsReplayed(t *testing.T) {
	dir, entries := killed(t, 32)
	for _, below := range []string{"", "member", "member/snap", "member/snap/db"} {
		s, err := Open(t.Context(), filepath.Join(dir, below), Options{})
		if err != nil {
			t.Fatal(err)
		}
		info, _ := s.Describe(t.Context())
		if info.Behind != (etcdsource.Behind{Replayed: entries}) || !strings.Contains(info.Note, "with 32 WAL entries replayed") || info.Keys != 33 {
			t.Errorf("%q: %+v, want %d entries", below, info, entries)
		}
		s.Close()
	}
	old, err := Open(t.Context(), dir, Options{NoReplay: true})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	info, _ := old.Describe(t.Context())
	if b := info.Behind; info.Keys != 1 || b.Entries != entries || b.Text != "32 WAL entries are not in this db (32 of them write keys): the newest changes are missing" {
		t.Errorf("without a replay: %+v", info)
	}
	old.Close()
	s := etcdtest.Prepare(t, func(c *embed.Config) { c.Dir = dir })
	s.Start()
	r, err := s.Writer().Get(etcdtest.Within(t, time.Minute), "/after/31")
	if err != nil || len(r.Kvs) != 1 {
		t.Errorf("after a start: %v, %v", r, err)
	}
	s.Stop()
	if b := behindOf(t, dir); b != (etcdsource.Behind{}) {
		t.Errorf("after a clean stop: %+v", b)
	}
}

func TestWhatIsSaidOfOtherWALs(t *testing.T) {
	dir, _ := killed(t, 9)
	wal := filepath.Join(dir, "member", "wal")
	files, err := filepath.Glob(filepath.Join(wal, "*.wal"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	end := len(whole)
	for end > 0 && whole[end-1] == 0 {
		end--
	}
	set := func(b []byte) {
		if err := os.WriteFile(files[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, replayed, entries int64, least bool, text string) {
		t.Helper()
		if b := behindOf(t, dir); b.Replayed != replayed || b.Entries != entries || b.AtLeast != least || !strings.Contains(b.Text, text) {
			t.Errorf("%s: %+v", what, b)
		}
	}
	all := behindOf(t, dir).Replayed
	if all < 9 { // etcd may write an entry of its own before the first
		t.Fatalf("%d entries were replayed", all)
	}
	set(whole[:end-3])
	check("torn at its end", all-1, 0, false, "")
	flipped := append([]byte(nil), whole...)
	at := strings.LastIndex(string(whole), "/after/6")
	flipped[at] ^= 1
	set(flipped)
	b := behindOf(t, dir)
	if !b.AtLeast || b.Replayed != all-3 || b.Entries != 0 || !strings.Contains(b.Text, "the WAL is damaged (segment 0000000000000000-0000000000000000.wal, offset ") {
		t.Errorf("flipped: %+v", b)
	}
	for _, cut := range []int{0, strings.Index(string(whole), "/before")} {
		set(whole[:cut])
		check(fmt.Sprint("cut at ", cut), 0, 0, true, " before what is in this db: it is cut short, or another member's, so whether the newest changes are shown is not known")
	}
	set(whole)
	if err := os.Rename(files[0], filepath.Join(wal, "0000000000000004-00000000000000ff.wal")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], whole, 0o600); err != nil {
		t.Fatal(err)
	}
	check("with a segment missing", all, 0, true, "the segment before it is missing")
	if err := os.RemoveAll(wal); err != nil {
		t.Fatal(err)
	}
	check("gone", 0, -1, false, "no WAL was found in "+wal)
	if err := os.Mkdir(wal, 0o700); err != nil {
		t.Fatal(err)
	}
	check("empty folder", 0, -1, false, "no WAL was found in "+wal)
}
