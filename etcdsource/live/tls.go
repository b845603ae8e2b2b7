package live

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover/clientcert"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// tlsConfig reads and checks the certificate files before anything is dialled, so that what is wrong with a file is
// identified by its name. What it returns reads the files again, for each handshake: nodes renew their certificates.
func (c *Config) tlsConfig() (func(host string) *tls.Config, error) {
	if (c.Cert == "") != (c.Key == "") {
		have, lack := "certificate "+c.Cert, "--key"
		if c.Cert == "" {
			have, lack = "key "+c.Key, "--cert"
		}
		return nil, &etcdsource.Problem{Tried: "use client " + have, Why: "a client certificate needs both the certificate and its key", Do: "add " + lack}
	}
	first, err := c.authorities()
	if err != nil {
		return nil, err
	}
	if c.Cert != "" {
		if _, err := c.clientPair(time.Now()); err != nil {
			return nil, err
		}
	}
	return func(host string) *tls.Config {
		pool, err := c.authorities()
		if err != nil { // it is being replaced
			pool = first
		}
		t := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: host, InsecureSkipVerify: c.InsecureSkipVerify}
		if c.Cert != "" {
			t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.clientPair(time.Now()) }
		}
		return t
	}, nil
}

// authorities reads the CA certificates; nil means those of the system.
func (c *Config) authorities() (*x509.CertPool, error) {
	if c.CACert == "" {
		return nil, nil
	}
	data, err := readFile("CA certificate", "--cacert", c.CACert)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, &etcdsource.Problem{Tried: "read CA certificate " + c.CACert, Why: lacksPEM(data, "certificate"), Do: "give the CA's certificate (kubeadm: /etc/kubernetes/pki/etcd/ca.crt)"}
	}
	return pool, nil
}

// clientPair reads the client's certificate and key, and finds out what a server would refuse without saying why.
func (c *Config) clientPair(now time.Time) (*tls.Certificate, error) {
	certPEM, err := readFile("client certificate", "--cert", c.Cert)
	if err != nil {
		return nil, err
	}
	keyPEM, err := readFile("client key", "--key", c.Key)
	if err != nil {
		return nil, err
	}
	tried := "use client certificate " + c.Cert
	leaf, err := firstCertificate(certPEM)
	if err != nil {
		return nil, &etcdsource.Problem{Tried: tried, Why: err.Error(), Do: "give a certificate file for --cert", Err: err}
	}
	if !holdsKey(keyPEM) {
		return nil, &etcdsource.Problem{Tried: "use client key " + c.Key, Why: lacksPEM(keyPEM, "private key"), Do: "give the key of " + c.Cert + " for --key"}
	}
	if encrypted(keyPEM) {
		return nil, &etcdsource.Problem{Tried: "use client key " + c.Key, Why: "the key is encrypted with a passphrase, and etcd's clients take none",
			Do: "decrypt it into a file that only you can read (openssl pkey -in " + c.Key + " -out FILE), and give that for --key"}
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	switch {
	case err != nil && strings.Contains(err.Error(), "does not match"):
		return nil, &etcdsource.Problem{Tried: tried + " with key " + c.Key, Why: "they do not belong together: it is the key of another certificate", Do: "give the certificate and the key of one pair", Err: err}
	case err != nil:
		return nil, &etcdsource.Problem{Tried: "use client key " + c.Key, Why: "it cannot be read as a private key (" + strings.TrimPrefix(err.Error(), "tls: ") + ")", Do: "give the key of " + c.Cert + " for --key", Err: err}
	}
	return &pair, ownCertificate(tried, leaf, now)
}

// leaf returns the client's certificate, nil where there is none that can be read.
func (c *Config) leaf() *x509.Certificate {
	if c.Cert == "" {
		return nil
	}
	data, err := regular.Read(c.Cert, regular.MaxPEM)
	if err != nil {
		return nil
	}
	leaf, _ := firstCertificate(data)
	return leaf
}

// commonName returns the name in the client's certificate, which etcd takes for the user where none logs in.
func (c *Config) commonName() string {
	if leaf := c.leaf(); leaf != nil {
		return leaf.Subject.CommonName
	}
	return ""
}

// signer returns the certificate in the CA file that signed the client's, nil where it is not there.
func (c *Config) signer() *x509.Certificate {
	leaf := c.leaf()
	if leaf == nil {
		return nil
	}
	for _, ca := range c.trusted() {
		if leaf.CheckSignatureFrom(ca) == nil {
			return ca
		}
	}
	return nil
}

// trusted returns the certificates in the CA file.
func (c *Config) trusted() (out []*x509.Certificate) {
	if c.CACert == "" {
		return nil
	}
	rest, _ := regular.Read(c.CACert, regular.MaxPEM)
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return out
		}
		if ca, err := x509.ParseCertificate(b.Bytes); err == nil {
			out = append(out, ca)
		}
	}
}

// firstCertificate returns the first certificate of a PEM file: the one that a client shows.
func firstCertificate(data []byte) (*x509.Certificate, error) {
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		if b.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the certificate in it is damaged (%s)", strings.TrimPrefix(err.Error(), "x509: "))
		}
		return c, nil
	}
	return nil, errors.New(lacksPEM(data, "certificate"))
}

// lacksPEM says that a file does not hold what it should, and what it holds instead.
func lacksPEM(data []byte, want string) string {
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		switch {
		case b.Type == "CERTIFICATE" && want != "certificate":
			return "there is a certificate in it, and no " + want
		case b.Type == "CERTIFICATE":
			return "the certificate in it is damaged"
		case strings.HasSuffix(b.Type, "PRIVATE KEY") && want == "certificate":
			return "there is a private key in it, and no certificate"
		}
	}
	return "there is no PEM " + want + " in it"
}

func holdsKey(data []byte) bool {
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		if strings.HasSuffix(b.Type, "PRIVATE KEY") {
			return true
		}
	}
	return false
}

// encrypted reports whether a key can be read with a passphrase only, in either of the two forms.
func encrypted(data []byte) bool {
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		if b.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED") {
			return true
		}
	}
	return false
}

// readFile reads a file that a flag names.
func readFile(what, flag, path string) ([]byte, error) {
	data, err := regular.Read(path, regular.MaxPEM)
	if err == nil {
		return data, nil
	}
	return nil, readProblem(what, flag, path, err)
}

func readProblem(what, flag, path string, err error) *etcdsource.Problem {
	p := &etcdsource.Problem{Tried: fmt.Sprintf("read %s %s", what, path), Why: clientcert.ReadFault(err), Do: "check " + flag, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.Do = "check the path given with " + flag + ", or run on a control-plane node"
	case errors.Is(err, fs.ErrPermission):
		p.Do = "run with sudo"
	}
	return p
}
