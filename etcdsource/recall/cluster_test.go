package recall

import (
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestFollower recalls a cluster from one of its followers, which is then stopped: the stream moves to another member
// and goes on without a gap.
func TestFollower(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster of three takes a while")
	}
	members := newCluster(t, 3)
	cfg := live.Config{ReadRate: -1, DialTimeout: 20 * time.Second}
	for _, m := range members {
		cfg.Endpoints = append(cfg.Endpoints, m.URL)
	}
	ops := sourcetest.Generate(6)
	m := sourcetest.NewModel(sourcetest.Spec{Ops: ops})
	members[0].Replay(ops[:60])
	running, err := live.Open(etcdtest.Within(t, 10*time.Second), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	cost, err := Over(running, Options{TempDir: t.TempDir()}).Cost(t.Context())
	if err != nil || cost.Leader {
		t.Errorf("%+v, %v: not a follower", cost, err)
	}
	s := recall(t, running, Options{}, etcdsource.RecallOptions{})
	if s.Recalled().Member != cost.Member {
		t.Errorf("streamed from %s, told was %s", s.Recalled().Member, cost.Member)
	}
	members[0].Replay(ops[60:100])
	reach(t, s, 101)
	writer := members[0]
	for i, member := range members {
		if strings.HasPrefix(cost.Member, member.Config.ListenClientUrls[0].Path) {
			member.Stop()
			writer = members[(i+1)%3]
		}
	}
	writer.Replay(ops[100:])
	reach(t, s, m.Spec.Head())
	if err := sameStream(s, m, 0); err != nil {
		t.Error(err)
	}
}

// newCluster starts members of one cluster.
func newCluster(t *testing.T, n int) (out []*server) {
	for _, s := range etcdtest.Cluster(t, n) {
		out = append(out, &server{s})
	}
	return out
}
