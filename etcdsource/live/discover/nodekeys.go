package discover

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// keys looks for what no snapshot contains.
func (f *finder) keys(n *etcdsource.Node, l *layout, named []need) {
	needs := slices.Clone(l.needs)
	if n.Client.CACert != "" {
		named = append(named, need{"etcd CA", n.Client.CACert})
	}
	for i := range needs {
		needs[i].path = f.kept(whereNamed(needs[i], named))
	}
	if l.name == "systemd" { // what its API server names is all that is known
		needs = append(needs, slices.DeleteFunc(slices.Clone(named), func(e need) bool { return e.what == "etcd CA" })...)
	}
	if l.name == "systemd" && n.Client.CACert != "" {
		needs = append(needs, need{"etcd CA", n.Client.CACert})
	}
	if n.Encryption != "" {
		needs = append(needs, need{"EncryptionConfiguration", n.Encryption})
	}
	for _, e := range needs {
		file := etcdsource.NodeFile{What: e.what, Path: e.path, Present: f.exists(e.path), Empty: f.empty(e.path)}
		if strings.HasSuffix(e.path, ".crt") || strings.HasSuffix(e.path, ".pem") && !strings.HasSuffix(e.path, "-key.pem") {
			file.Expires = f.expires(e.path)
		}
		n.Files = append(n.Files, file)
	}
	if l.ca != "" {
		n.ClusterCA, _ = regular.Read(f.path(whereNamed(need{"cluster CA", l.ca}, named)), regular.MaxPEM)
	}
	if l.token == "" {
		return
	}
	if p := filepath.Dir(n.Data.Dir) + "/reset-flag"; f.exists(p) {
		n.ResetFlag = p
	}
	if b, err := regular.Read(f.path(l.token), 1<<16); err == nil {
		n.TokenHashes = tokenHashes(strings.TrimSpace(string(b)))
	}
}

// apiFiles are the files of the API server's flags that no snapshot contains.
func apiFiles(fl flags, seen mounts) (out []need) {
	for _, of := range []struct{ what, flag string }{{"cluster CA", "client-ca-file"}, {"service-account key", "service-account-signing-key-file"},
		{"service-account public key", "service-account-key-file"}, {"front-proxy CA", "requestheader-client-ca-file"}} {
		if p := fl[of.flag]; filepath.IsAbs(p) {
			out = append(out, need{of.what, seen.node(p)})
		}
	}
	return out
}

// whereNamed is where the node has a file that its distribution keeps at a usual place: where the node's settings name
// it; a CA's key lies beside its certificate.
func whereNamed(e need, named []need) string {
	for _, x := range named {
		switch {
		case x.what == e.what:
			return x.path
		case x.what+" key" == e.what && strings.HasSuffix(x.path, ".pem"):
			return strings.TrimSuffix(x.path, ".pem") + "-key.pem"
		case x.what+" key" == e.what:
			return strings.TrimSuffix(x.path, filepath.Ext(x.path)) + ".key"
		}
	}
	return e.path
}

// tokenHashes are the names that bootstrap data can have: of the token as it is, and of the password in it alone.
func tokenHashes(token string) (out []string) {
	for _, t := range []string{token, token[strings.LastIndex(token, ":")+1:]} {
		sum := sha256.Sum256([]byte(t))
		if h := hex.EncodeToString(sum[:])[:12]; !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// expires is the end of a certificate, zero where it cannot be read.
func (f *finder) expires(path string) time.Time {
	b, err := regular.Read(f.path(path), regular.MaxPEM)
	if err != nil {
		return time.Time{}
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return time.Time{}
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return time.Time{}
	}
	return c.NotAfter
}
