package commands_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestHashOfAnEarlierBackup: a backup from before the compaction of a real member is compared with it key by key: what was changed since
// is no difference; a key that the member holds differently than it was then is named.
func TestHashOfAnEarlierBackup(t *testing.T) {
	t.Parallel()
	m := etcdtest.Members(t, 1, *etcdProgram)[0]
	w := m.Client()
	defer w.Close()
	ctx := etcdtest.Within(t, 5*time.Minute)
	do := func(key, value string) int64 {
		var err error
		var head int64
		if key = "/registry/configmaps/ns/" + key; value == "" {
			var r *clientv3.DeleteResponse
			if r, err = w.Delete(ctx, key); err == nil {
				head = r.Header.Revision
			}
		} else {
			var r *clientv3.PutResponse
			if r, err = w.Put(ctx, key, value); err == nil {
				head = r.Header.Revision
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return head
	}
	for _, key := range []string{"same", "kept", "written", "deleted", "again"} {
		do(key, "x")
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	if _, errs, code := execute(t, "snapshot", "save", backup, "--endpoints", m.HTTP); code != 0 {
		t.Fatal(errs)
	}
	do("written", "y")
	do("deleted", "")
	do("again", "")
	do("again", "y")
	if _, err := w.Compact(ctx, do("made", "y")); err != nil {
		t.Fatal(err)
	}
	do("last", "z")
	ask := func(code int, verdict, says string) {
		t.Helper()
		h, errs, got := runHash(t, "--yes", "--endpoints", m.HTTP, backup)
		text, _, _ := execute(t, "health", "--hash", "--yes", "--endpoints", m.HTTP, backup)
		if got != code || h.Hash != verdict || !regexp.MustCompile(says).MatchString(strings.ReplaceAll(text, "\n", " ")) {
			t.Errorf("%d, %+v, %s\n%s", got, h, errs, text)
		}
	}
	ask(0, "unchecked", `Hash: unchecked: no hash of one revision can be had of both .*backup.db and m0; their keys were compared instead .*: 2 the same, 2 written since, 2 made since, 1 deleted since; none contradicts another. .*etcdscope snapshot save FILE`)
	m.Stop()
	alter(t, m, "/registry/configmaps/ns/kept", func(kv *mvccpb.KeyValue) *mvccpb.KeyValue { kv.Value = []byte("other"); return kv })
	m.Start()
	m.Ready()
	ask(1, "differs", `Hash: differs; .*backup.db and m0 say different things of 1 key, of the time that both hold .* 1 the same, .* 1 key contradicts what m0 says .*ns/kept  value: .*, 1 B, value .*; m0: .*, 5 B, value`)
}
