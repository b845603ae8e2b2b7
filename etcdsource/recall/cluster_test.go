package recall

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// newCluster starts members of one cluster.
func newCluster(t *testing.T, n int) []*server {
	peers, initial := make([]url.URL, n), make([]string, n)
	for i := range n {
		lis, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		peers[i] = url.URL{Scheme: "http", Host: lis.Addr().String()}
		initial[i] = fmt.Sprintf("m%d=%s", i, peers[i].String())
		lis.Close()
	}
	out := make([]*server, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			out[i] = newServer(t, func(c *embed.Config) {
				c.Name, c.InitialCluster = fmt.Sprintf("m%d", i), strings.Join(initial, ",")
				c.ListenPeerUrls, c.AdvertisePeerUrls = peers[i:i+1], peers[i:i+1]
			})
		})
	}
	wg.Wait()
	return out
}

// TestFollower recalls a cluster from one of its followers, which is then stopped: the stream moves to another member
// and goes on without a gap.
func TestFollower(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster of three takes a while")
	}
	members := newCluster(t, 3)
	cfg := live.Config{ReadRate: -1, DialTimeout: 5 * time.Second}
	for _, m := range members {
		cfg.Endpoints = append(cfg.Endpoints, m.url)
	}
	ops := sourcetest.Generate(6)
	m := sourcetest.NewModel(sourcetest.Spec{Ops: ops})
	members[0].replay(ops[:60])
	running, err := live.Open(within(t, 10*time.Second), cfg)
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
	members[0].replay(ops[60:100])
	reach(t, s, 101)
	writer := members[0]
	for i, member := range members {
		if strings.HasPrefix(cost.Member, member.cfg.ListenClientUrls[0].Path) {
			member.stop()
			writer = members[(i+1)%3]
		}
	}
	writer.replay(ops[100:])
	reach(t, s, m.Spec.Head())
	if err := sameStream(s, m, 0); err != nil {
		t.Error(err)
	}
}
