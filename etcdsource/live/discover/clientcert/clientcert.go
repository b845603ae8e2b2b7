// Package clientcert says what is wrong with a certificate that a client is to show, before a server refuses it
// without a word.
//
//	file ─► there? readable? PEM? ─► key fits? ─► in its time? ─► for clients? ─► "" or the one reason
//
// What always holds:
//   - A fault is one sentence in lower case that names the file, without a full stop.
//   - Nothing is cached and no key leaves the package.
//   - Only the first certificate of a file is looked at: that is the one a client shows.
package clientcert

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// ReadFault says why a file could not be read, without naming it.
func ReadFault(err error) string { return regular.Fault(err) }

// Fault says why a client cannot use a certificate at a time, "" if it can.
func Fault(leaf *x509.Certificate, now time.Time) string {
	switch {
	case now.After(leaf.NotAfter):
		return "the certificate expired on " + leaf.NotAfter.UTC().Format(time.DateOnly)
	case now.Before(leaf.NotBefore):
		return "the certificate is not valid before " + leaf.NotBefore.UTC().Format(time.RFC3339)
	case len(leaf.ExtKeyUsage) > 0 && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny):
		return "the certificate is not for clients (its extended key usage lacks clientAuth)"
	}
	return ""
}

// Check reads a pair of files. It returns when the certificate expires, or the fault, which names the file.
func Check(cert, key string, now time.Time) (expires time.Time, fault string) {
	certPEM, err := regular.Read(cert, regular.MaxPEM)
	if err != nil {
		return expires, cert + ": " + ReadFault(err)
	}
	keyPEM, err := regular.Read(key, regular.MaxPEM)
	if err != nil {
		return expires, key + ": " + ReadFault(err)
	}
	if b, _ := pem.Decode(certPEM); b == nil {
		return expires, cert + ": there is no PEM certificate in it"
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return expires, fmt.Sprintf("%s: does not go with key %s", cert, key)
	}
	if fault = Fault(pair.Leaf, now); fault != "" {
		fault = cert + ": " + fault
	}
	return pair.Leaf.NotAfter, fault
}

// CheckCA says why a file cannot serve as a CA, "" if it can. The fault names the file.
func CheckCA(path string) string {
	data, err := regular.Read(path, regular.MaxPEM)
	switch {
	case err != nil:
		return path + ": " + ReadFault(err)
	case !x509.NewCertPool().AppendCertsFromPEM(data):
		return path + ": there is no PEM certificate in it"
	}
	return ""
}
