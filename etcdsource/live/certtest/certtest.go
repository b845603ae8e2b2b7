// Package certtest makes certificate authorities and certificates for tests.
//
//	CA ─► Issue(For{…}) ─► name.crt, name.key (0600) in a folder
//
// What always holds: keys are created in every test, are ECDSA P-256, and are written only where the test says.
package certtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// CA is an authority whose certificate lies in File.
type CA struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	File string
}

// For says what a certificate is for.
type For struct {
	Name           string // common name
	Client, Server bool   // extended key usages; neither: none is written
	Hosts          []string
	From, Until    time.Time // zero: an hour ago, an hour from now
}

// NewCA makes an authority that is valid from an hour ago to an hour from now, and writes its certificate to a file.
func NewCA(t testing.TB, file string) *CA {
	t.Helper()
	return NewCAFor(t, file, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
}

// NewCAFor makes an authority that is valid between two times, and writes its certificate to a file.
func NewCAFor(t testing.TB, file string, from, until time.Time) *CA {
	t.Helper()
	ca := &CA{t: t, File: file}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "etcd-ca"}, NotBefore: from,
		NotAfter: until, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	var err error
	if ca.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, ca.key.Public(), ca.key)
	if err != nil {
		t.Fatal(err)
	}
	if ca.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	write(t, file, "CERTIFICATE", der, 0o644)
	return ca
}

// Issue writes a certificate and its key, making the folders that they lie in.
func (ca *CA) Issue(certFile, keyFile string, f For) {
	ca.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		ca.t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: f.Name}, NotBefore: f.From, NotAfter: f.Until}
	if f.From.IsZero() {
		tmpl.NotBefore = time.Now().Add(-time.Hour)
	}
	if f.Until.IsZero() {
		tmpl.NotAfter = time.Now().Add(time.Hour)
	}
	if f.Client {
		tmpl.ExtKeyUsage = append(tmpl.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	if f.Server {
		tmpl.ExtKeyUsage = append(tmpl.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, h := range f.Hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, ca.cert, key.Public(), ca.key)
	if err != nil {
		ca.t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		ca.t.Fatal(err)
	}
	write(ca.t, certFile, "CERTIFICATE", der, 0o644)
	write(ca.t, keyFile, "PRIVATE KEY", raw, 0o600)
}

func write(t testing.TB, file, kind string, der []byte, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		t.Fatal(err)
	}
}
