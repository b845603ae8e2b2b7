package live

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestList streams all keys both ways, and holds the pages against the rule that none reaches behind a boundary.
func TestList(t *testing.T) {
	listPage, listBig = 7, 50
	defer func() { listPage, listBig = 2000, 20000 }()
	srv := newServer(t)
	keys := clusterKeys()
	srv.Put(keys...)
	slices.Sort(keys)
	for name, change := range map[string]func(*Config){"stream": func(*Config) {}, "pages": oldServer} {
		src := srv.open(change)
		for _, prefix := range []string{"", "/registry/", "/registry/pods/", "/registry/pods/demo/", "/none/"} {
			var want, got []string
			for _, k := range keys {
				if strings.HasPrefix(k, prefix) {
					want = append(want, k)
				}
			}
			err := src.List(context.Background(), etcdsource.Prefix(prefix), etcdsource.At{}, func(keys [][]byte) error {
				for _, k := range keys {
					got = append(got, string(k))
				}
				return nil
			})
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s of %q: %d keys, want %d (%v)\n got %q\nwant %q", name, prefix, len(got), len(want), err, got, want)
			}
		}
		if name == "stream" {
			continue
		}
		requests, _ := src.Requests()
		for _, r := range requests {
			if r.Call == "Range" && strings.Contains(r.Etcdctl, "/registry/configmaps/ /registry/zzz") {
				t.Errorf("a page reaches over several types: %s", r.Etcdctl)
			}
		}
	}
}

func TestLease(t *testing.T) {
	srv := newServer(t)
	w := srv.Writer()
	granted, err := w.Grant(context.Background(), 600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Put(context.Background(), "/leased", "x", clientv3.WithLease(granted.ID)); err != nil {
		t.Fatal(err)
	}
	src := srv.open()
	l, err := src.Lease(context.Background(), int64(granted.ID))
	if err != nil || l.Granted != 10*time.Minute || l.TTL <= 0 || len(l.Keys) != 1 || string(l.Keys[0]) != "/leased" {
		t.Errorf("the lease is %+v (%v)", l, err)
	}
	if l, err = src.Lease(context.Background(), 77); err != nil || l.TTL >= 0 {
		t.Errorf("a lease that never was is %+v (%v)", l, err)
	}
	if err := refuse(pb.Lease_LeaseRevoke_FullMethodName, nil); err == nil {
		t.Error("a lease may be revoked")
	}
}
