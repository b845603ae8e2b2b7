package live

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover/clientcert"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// tlsConfig reads and checks the certificate files before anything is dialled, so that what is wrong with a file is
// told by its name. The files are read again for each handshake: nodes renew their certificates.
func (c *Config) tlsConfig() (func(host string) *tls.Config, error) {
	if (c.Cert == "") != (c.Key == "") {
		have, lack := "certificate "+c.Cert, "--key"
		if c.Cert == "" {
			have, lack = "key "+c.Key, "--cert"
		}
		return nil, &etcdsource.Problem{Tried: "use client " + have, Why: "a client certificate needs both the certificate and its key", Do: "add " + lack}
	}
	var pool *x509.CertPool
	if c.CACert != "" {
		data, err := readFile("CA certificate", "--cacert", c.CACert)
		if err != nil {
			return nil, err
		}
		pool = x509.NewCertPool()
		if !pool.AppendCertsFromPEM(data) {
			return nil, &etcdsource.Problem{Tried: "read CA certificate " + c.CACert, Why: "there is no PEM certificate in it", Do: "give the CA's certificate (kubeadm: /etc/kubernetes/pki/etcd/ca.crt)"}
		}
	}
	if c.Cert != "" {
		if err := c.checkClientCert(time.Now()); err != nil {
			return nil, err
		}
	}
	return func(host string) *tls.Config {
		t := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: host, InsecureSkipVerify: c.InsecureSkipVerify}
		if c.Cert != "" {
			t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				pair, err := c.keyPair()
				return &pair, err
			}
		}
		return t
	}, nil
}

// keyPair reads the client certificate and its key.
func (c *Config) keyPair() (tls.Certificate, error) {
	certPEM, err := regular.Read(c.Cert, regular.MaxPEM)
	if err != nil {
		return tls.Certificate{}, err
	}
	keyPEM, err := regular.Read(c.Key, regular.MaxPEM)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(certPEM, keyPEM)
}

// checkClientCert finds out what a server would refuse without saying why.
func (c *Config) checkClientCert(now time.Time) error {
	certPEM, err := readFile("client certificate", "--cert", c.Cert)
	if err != nil {
		return err
	}
	keyPEM, err := readFile("client key", "--key", c.Key)
	if err != nil {
		return err
	}
	tried := "use client certificate " + c.Cert
	if block, _ := pem.Decode(certPEM); block == nil {
		return &etcdsource.Problem{Tried: tried, Why: "there is no PEM certificate in it", Do: "give a certificate file for --cert"}
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return &etcdsource.Problem{Tried: tried + " with key " + c.Key, Why: "they do not belong together (" + err.Error() + ")", Do: "give the certificate and the key of one pair", Err: err}
	}
	why := clientcert.Fault(pair.Leaf, now)
	switch {
	case why == "":
		return nil
	case pair.Leaf.NotAfter.Before(now):
		return &etcdsource.Problem{Tried: tried, Why: why, Do: "renew it (kubeadm: kubeadm certs renew) or give another with --cert and --key"}
	}
	return &etcdsource.Problem{Tried: tried, Why: why, Do: "give a client certificate (kubeadm: /etc/kubernetes/pki/apiserver-etcd-client.crt) with --cert and --key"}
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
