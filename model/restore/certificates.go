package restore

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"slices"

	"github.com/etcdscope/etcdscope/decode"
)

// secret reads the certificates in a Secret: only their subjects and ends leave this function.
func (r *reader) secret(x *decode.Object) {
	data, _ := x.Tree(decode.View{Reveal: true})["data"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(data)) {
		b, err := base64.StdEncoding.DecodeString(str(data[name]))
		if err != nil {
			continue
		}
		if c := leaf(b); c != nil {
			r.Certificates = append(r.Certificates, Certificate{Secret: x.Namespace + "/" + x.Name, Entry: name, Subject: c.Subject.CommonName, Expires: c.NotAfter})
		}
	}
}

// leaf is the first certificate in PEM, nil where there is none.
func leaf(b []byte) *x509.Certificate {
	for {
		block, rest := pem.Decode(b)
		if block == nil {
			return nil
		}
		if block.Type == "CERTIFICATE" {
			c, _ := x509.ParseCertificate(block.Bytes)
			return c
		}
		b = rest
	}
}
