package live

import (
	"slices"
	"testing"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
)

// TestReachable: an address for clients that leads each machine to itself gets the host of the member's address for peers.
func TestReachable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ peers, clients, want []string }{
		{[]string{"https://10.0.0.1:2380"}, []string{"https://0.0.0.0:2379", "https://10.0.0.9:2379"}, []string{"https://10.0.0.1:2379", "https://10.0.0.9:2379"}},
		{[]string{"https://[fd00::1]:2380"}, []string{"https://[::]:2379"}, []string{"https://[fd00::1]:2379"}},
		{[]string{"https://0.0.0.0:2380", "https://etcd-1:2380"}, []string{"http://0.0.0.0:4001"}, []string{"http://etcd-1:4001"}},
		{[]string{"https://0.0.0.0:2380"}, []string{"https://0.0.0.0:2379"}, []string{"https://0.0.0.0:2379"}},
		{nil, []string{"https://0.0.0.0:2379", "\x00", "unix://0.0.0.0"}, []string{"https://0.0.0.0:2379", "\x00", "unix://0.0.0.0"}},
		{[]string{"https://10.0.0.1:2380"}, []string{"unix:///run/etcd"}, []string{"unix:///run/etcd"}},
	} {
		if m := reachable([]*pb.Member{{PeerURLs: c.peers, ClientURLs: slices.Clone(c.clients)}})[0]; !slices.Equal(m.ClientURLs, c.want) {
			t.Errorf("%q, %q: %q, want %q", c.peers, c.clients, m.ClientURLs, c.want)
		}
	}
}
