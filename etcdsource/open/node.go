package open

import (
	"context"
	"net"
	"os"
	"path/filepath"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/wal"
)

// Node is discover.NodeAt, and says what a glance at the node's data directories shows: whether a restore made the one that is there, and
// who the members were of one that was moved aside, and whose log the first has.
func Node(ctx context.Context, root, distribution string) etcdsource.Node {
	n := discover.NodeAt(ctx, root, distribution)
	if root == "" {
		n.Addresses = addresses()
	}
	if n.Data.Dir == "" || ctx.Err() != nil {
		return n
	}
	dir := below(root, n.Data.Dir)
	n.Data.At = dir
	if aside, _, err := snapfile.PeekStored(ctx, dir+etcdsource.Aside); err == nil {
		n.Before = aside.Members
	}
	log := filepath.Join(dir, "member", "wal")
	if n.Data.WALDir != "" {
		log = below(root, n.Data.WALDir)
	}
	n.Data.Member, n.Data.Cluster, _ = wal.Identity(log)
	if _, err := os.Stat(filepath.Join(dir, "member")); os.IsNotExist(err) {
		_, err := os.Stat(filepath.Dir(dir))
		n.Data.Bare = err == nil
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

// below is the path of a node's file below the root where its tree is mounted, "" for this machine's own.
func below(root, path string) string {
	if root == "" {
		return path
	}
	if abs, err := filepath.Abs(root); err == nil {
		root = abs
	}
	return filepath.Join(root, path)
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
