package objectstore

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestUnknownAuthority: a store whose certificate is not trusted is refused at once, with what makes it trusted.
func TestUnknownAuthority(t *testing.T) {
	t.Parallel()
	url, _ := store(t)
	b, err := Open(etcdsource.Place{Path: "s3://backups/prod", Endpoint: url},
		Options{Env: func(string) string { return "" }, Creds: credentials.NewStaticV4("key", "CANARY", ""), Pause: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Objects(t.Context(), "", 1)
	if err == nil || !strings.Contains(err.Error(), "authority that is not trusted") || !strings.Contains(err.Error(), "AWS_CA_BUNDLE or SSL_CERT_FILE") {
		t.Errorf("%v", err)
	}
}

// TestWhichAuthorities: where a certificate is not trusted, the file is named that says which are, and the one that does not count.
func TestWhichAuthorities(t *testing.T) {
	t.Parallel()
	url, _ := store(t)
	own := authority(t)
	for _, c := range []struct{ bundle, file, want string }{
		{own, "", "trusted are those in AWS_CA_BUNDLE (" + own + ")"},
		{own, "/etc/other.pem", "trusted are those in AWS_CA_BUNDLE (" + own + "), which is used instead of SSL_CERT_FILE (/etc/other.pem)"},
		{"", "/etc/other.pem", "trusted are those in SSL_CERT_FILE (/etc/other.pem)"},
	} {
		env := map[string]string{"AWS_CA_BUNDLE": c.bundle, "SSL_CERT_FILE": c.file}
		b, err := Open(etcdsource.Place{Path: "s3://backups/prod", Endpoint: url}, Options{Env: func(n string) string { return env[n] }, Creds: credentials.NewStaticV4("key", "CANARY", "")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Objects(t.Context(), "", 1); err == nil || !strings.Contains(err.Error(), c.want+";") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// authority is a file with the certificate of an authority that has signed nothing.
func authority(t *testing.T) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
