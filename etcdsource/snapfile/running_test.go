package snapfile

import (
	"fmt"
	"slices"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestRunningEtcd opens the data directory of an etcd that is written to: what is shown is what it serves at that
// revision, the newest from before the opening included.
func TestRunningEtcd(t *testing.T) {
	s := etcdtest.New(t, func(c *embed.Config) { c.BackendBatchInterval = 5 * time.Millisecond })
	ctx := etcdtest.Within(t, time.Minute)
	load := etcdtest.NewLoad(s.Writer(), 7)
	load.Do(t, 100)
	done := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_, _ = s.Writer().Put(ctx, fmt.Sprintf("/registry/pods/ns/p%d", i%50), fmt.Sprint(i))
			}
		}
	}()
	defer func() { close(stop); <-done }()
	for range 8 {
		before, err := s.Writer().Get(ctx, "x")
		if err != nil {
			t.Fatal(err)
		}
		keys, _, info := shown(t, s.Config.Dir)
		if info.Revision < before.Header.Revision {
			t.Errorf("revision %d, but %d was written", info.Revision, before.Header.Revision)
		}
		at, err := s.Writer().Get(ctx, "\x00", clientv3.WithFromKey(), clientv3.WithRev(info.Revision))
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, kv := range at.Kvs {
			want = append(want, fmt.Sprintf("%s %d %d %d %x %s", kv.Key, kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease, kv.Value))
		}
		if !slices.Equal(keys, want) {
			t.Errorf("revision %d: %s; %+v", info.Revision, firstDifference(keys, want), info)
		}
	}
}
