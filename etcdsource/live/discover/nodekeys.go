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
func (f *finder) keys(n *etcdsource.Node, l *layout) {
	needs := slices.Clone(l.needs)
	for i := range needs {
		needs[i].path = f.kept(needs[i].path)
	}
	if l.name == "systemd" && n.Client.CACert != "" {
		needs = append(needs, need{"etcd CA", n.Client.CACert})
	}
	if n.Encryption != "" {
		needs = append(needs, need{"EncryptionConfiguration", n.Encryption})
	}
	for _, e := range needs {
		file := etcdsource.NodeFile{What: e.what, Path: e.path, Present: f.exists(e.path)}
		if strings.HasSuffix(e.path, ".crt") || strings.HasSuffix(e.path, ".pem") && !strings.HasSuffix(e.path, "-key.pem") {
			file.Expires = f.expires(e.path)
		}
		n.Files = append(n.Files, file)
	}
	if l.ca != "" {
		n.ClusterCA, _ = regular.Read(f.path(l.ca), regular.MaxPEM)
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
