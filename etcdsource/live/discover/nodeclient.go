package discover

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// candidate returns what Find opens on a node of the distribution, with the node's own paths; empty where it finds nothing
// that is trusted. One of another distribution says only how etcd is reached.
func (f *finder) candidate(ctx context.Context, l *layout) (best Candidate) {
	for _, c := range f.find(ctx) {
		if c.Main() && len(plainOnly(c.Endpoints)) > 0 && !strings.HasPrefix(c.Why, "not trusted") && (best.Endpoints == nil || worth(&c, l) > worth(&best, l)) {
			best = c
		}
	}
	if !best.of(l) {
		best.DataDir, best.WALDir = "", ""
	}
	for _, p := range []*string{&best.CAFile, &best.CertFile, &best.KeyFile, &best.DataDir, &best.WALDir, &best.EncryptionConfig} {
		*p = f.ofNode(*p)
	}
	return best
}

// of reports whether a candidate is of a distribution.
func (c *Candidate) of(l *layout) bool {
	return c.Distribution == l.name || c.Distribution == "etcd" && l.name == "systemd"
}

// worth is greater for a candidate of the distribution, and then for one that can be used.
func worth(c *Candidate, l *layout) (n int) {
	if c.of(l) {
		n += 2
	}
	if c.Usable {
		n++
	}
	return n
}

// client is how etcdctl reaches the node's etcd: as Find opens it, else as the distribution does it.
func (f *finder) client(c *Candidate, l *layout) etcdsource.NodeClient {
	usual := f.usual(l)
	if len(c.Endpoints) == 0 {
		return usual
	}
	n := etcdsource.NodeClient{Endpoint: strings.Join(plainOnly(c.Endpoints), ","), CACert: c.CAFile, Cert: c.CertFile, Key: c.KeyFile}
	switch {
	case strings.HasPrefix(n.Endpoint, "http://"): // etcdctl would want files that need not be there
		n.CACert, n.Cert, n.Key = "", "", ""
	case strings.HasPrefix(n.Endpoint, "https://"):
		n.CACert = cmp.Or(n.CACert, usual.CACert)
		if n.Cert == "" || n.Key == "" {
			n.Cert, n.Key = usual.Cert, usual.Key
		}
	}
	return n
}

// ofNode returns the path that the node has for a file, without the folder below which it is read; "" for one that is in a
// container only, which is gone with it.
func (f *finder) ofNode(p string) string {
	if f.root != "/" && p != "" {
		if rel, err := filepath.Rel(f.root, p); err == nil && !strings.HasPrefix(rel, "..") {
			p = "/" + rel
		}
	}
	if strings.HasPrefix(p, "/proc/") {
		return ""
	}
	return p
}

// usual is how the distribution's etcd is reached, with what is there of a certificate whose name has the node's in it.
func (f *finder) usual(l *layout) etcdsource.NodeClient {
	n := l.client
	n.CACert, n.Cert, n.Key = f.kept(n.CACert), f.kept(n.Cert), f.kept(n.Key)
	if !strings.Contains(n.Cert, "*") {
		return n
	}
	for _, cert := range f.glob(n.Cert) {
		if !strings.HasSuffix(cert, "-key.pem") {
			n.Cert, n.Key = cert, keyOf([2]string{n.Cert, n.Key}, cert)
			break
		}
	}
	return n
}

// kept is where the node has what its distribution keeps at a path, unless it is configured to keep it elsewhere.
func (f *finder) kept(p string) string {
	for _, m := range f.moved {
		if rest, ok := strings.CutPrefix(p, m.inside); ok && (rest == "" || rest[0] == '/') {
			return m.outside + rest
		}
	}
	return p
}
