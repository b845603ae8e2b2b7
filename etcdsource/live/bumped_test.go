package live

import (
	"testing"

	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestWatchRestored: a store that was restored with a bump of its revision holds no change at the revision at which it is marked as
// compacted. A watch from before it goes on with the first change behind it.
func TestWatchRestored(t *testing.T) {
	t.Parallel()
	srv := &server{etcdtest.Prepare(t)}
	cfg := srv.Config
	err := snapshot.NewV3(zap.NewNop()).Restore(snapshot.RestoreConfig{
		SnapshotPath: sourcetest.WriteSpec(t, sourcetest.Spec{Ops: []sourcetest.Op{sourcetest.Put("/w/a", "1"), sourcetest.Put("/w/b", "2")}}),
		Name:         cfg.Name, OutputDataDir: cfg.Dir, PeerURLs: []string{cfg.AdvertisePeerUrls[0].String()},
		InitialCluster: cfg.InitialCluster, InitialClusterToken: cfg.InitialClusterToken, RevisionBump: 1000, MarkCompacted: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	l := &ledger{}
	l.add(srv.Put("/w/c"), "created /w/c")
	st, err := srv.open(quick).Watch(t.Context(), etcdsource.Prefix(""), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c := &checker{t: t, st: st}
	c.read(l, l.last)
	if len(c.lost) != 1 || c.lost[0].Reason != "compacted" {
		t.Errorf("lost %+v, want what was compacted", c.lost)
	}
}
