package live

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestClusters: addresses of two clusters are known from the answers that opening reads, and cost no other request.
func TestClusters(t *testing.T) {
	t.Parallel()
	a, b := newServer(t), newServer(t)
	one := a.open()
	if c := one.Clusters(); c != nil {
		t.Errorf("of one address: %v", c)
	}
	_, alone := one.Requests()
	src, err := Open(etcdtest.Within(t, time.Minute), Config{Endpoints: []string{a.URL, b.URL}, DialTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if _, n := src.Requests(); n.Requests != alone.Requests+1 {
		t.Errorf("%d requests, %d for one address", n.Requests, alone.Requests)
	}
	all := src.Clusters()
	if len(all) != 2 || all[0].Cluster != src.ClusterID() || all[1].Cluster == all[0].Cluster {
		t.Fatalf("%+v", all)
	}
	says := etcdsource.Clusters(src)
	if !strings.Contains(says, fmt.Sprintf("2 clusters: %x at ", src.ClusterID())) || !strings.Contains(says, fmt.Sprintf("is read, %x at %s is not", all[1].Cluster, all[1].Endpoint)) {
		t.Error(says)
	}
}

// TestFirstClusterIsRead: of addresses of two clusters that of the first one listed that answers is read, however quick the other is.
func TestFirstClusterIsRead(t *testing.T) {
	t.Parallel()
	a, b, lis := newServer(t), newServer(t), listen(t)
	lis.Close()
	for range 3 {
		for _, eps := range [][]string{{a.URL, b.URL}, {b.URL, a.URL}, {"http://" + lis.Addr().String(), b.URL, a.URL}} {
			src, err := Open(etcdtest.Within(t, time.Minute), Config{Endpoints: eps, DialTimeout: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if all := src.Clusters(); len(all) != 2 || all[0].Endpoint != eps[len(eps)-2] || all[0].Cluster != src.ClusterID() {
				t.Errorf("of %v: %+v", eps, all)
			}
			src.Close()
		}
	}
}
