package open

import (
	"context"
	"net"
	"path/filepath"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// Node is discover.NodeAt, and says what a glance at the node's data directories shows: whether a restore made the one that is there, and
// who the members were of one that was moved aside.
func Node(ctx context.Context, root, distribution string) etcdsource.Node {
	n := discover.NodeAt(ctx, root, distribution)
	if root == "" {
		n.Addresses = addresses()
	}
	if n.Data.Dir == "" || ctx.Err() != nil {
		return n
	}
	dir := filepath.Join("/", root, n.Data.Dir)
	if aside, _, err := snapfile.PeekStored(ctx, dir+etcdsource.Aside); err == nil {
		n.Before = aside.Members
	}
	if n.Data.Running || !n.Data.There {
		return n
	}
	// A restore writes one entry for each member, and nothing else; an etcd that starts writes its own at once.
	if s, applied, err := snapfile.PeekStored(ctx, dir); err == nil && len(s.Members) > 0 {
		n.Data.Restored = applied <= uint64(len(s.Members))
	}
	return n
}

// addresses are the IP addresses of this machine.
func addresses() (out []string) {
	own, _ := net.InterfaceAddrs()
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok {
			out = append(out, n.IP.String())
		}
	}
	return out
}
