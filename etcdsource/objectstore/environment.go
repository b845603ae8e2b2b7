package objectstore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

func region(env func(string) string) string {
	if r := env("AWS_REGION"); r != "" {
		return r
	}
	return env("AWS_DEFAULT_REGION")
}

// endpoint returns the host of the store.
func endpoint(p etcdsource.Place, env func(string) string) (host string, secure bool, err error) {
	text := p.Endpoint
	for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
		if text == "" {
			text = env(name)
		}
	}
	if text == "" {
		return "s3.amazonaws.com", true, nil
	}
	return etcdsource.StoreAddress(text, p.InsecureHTTP)
}

// transport checks certificates, and bounds every wait.
func transport(secure bool, env func(string) string) (http.RoundTripper, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	t.TLSHandshakeTimeout, t.ResponseHeaderTimeout, t.IdleConnTimeout = 10*time.Second, time.Minute, time.Minute
	t.DisableCompression = true // what is stored is not to be unpacked
	if !secure {
		return t, nil
	}
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if file := env("AWS_CA_BUNDLE"); file != "" {
		pem, err := regular.Read(file, 1<<20)
		if err != nil {
			return nil, errors.New("AWS_CA_BUNDLE cannot be read: " + regular.Fault(err))
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, errors.New("AWS_CA_BUNDLE holds no certificate")
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return t, nil
}

// certificate says what is wrong with the certificate of a store, "" where that is not what failed.
func certificate(err error) string {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &authority):
		return "the certificate of the store is signed by an authority that is not trusted here"
	case errors.As(err, &name):
		return "the certificate of the store is for another host: " + name.Error()
	case errors.As(err, &invalid):
		return "the certificate of the store is not valid: " + invalid.Error()
	}
	return ""
}

// authorities says which file names the authorities that are trusted, where the environment does; "" where those of the system are.
func (b *Bucket) authorities() string {
	bundle, file := b.o.Env("AWS_CA_BUNDLE"), b.o.Env("SSL_CERT_FILE")
	switch {
	case bundle != "" && file != "":
		return ": trusted are those in AWS_CA_BUNDLE (" + bundle + "), which is used instead of SSL_CERT_FILE (" + file + ")"
	case bundle != "":
		return ": trusted are those in AWS_CA_BUNDLE (" + bundle + ")"
	case file != "":
		return ": trusted are those in SSL_CERT_FILE (" + file + ")"
	}
	return ""
}

// metadataLimit is how long the metadata service of a machine may take.
const metadataLimit = 2 * time.Second

// environment are the credentials of the environment, of the files of AWS and MinIO, and of the machine (IMDSv2), whichever
// come first.
func environment(env func(string) string) *credentials.Credentials {
	list := []credentials.Provider{&credentials.EnvAWS{}, &credentials.EnvMinio{}, &credentials.FileAWSCredentials{}, &credentials.FileMinioClient{}}
	if env("AWS_EC2_METADATA_DISABLED") != "true" {
		list = append(list, machine(env))
	}
	return credentials.NewChainCredentials(list)
}

// machine are the credentials that a machine, or the container, has a role for. The address of the metadata service is that of
// AWS_EC2_METADATA_SERVICE_ENDPOINT, where no other service is named.
func machine(env func(string) string) *credentials.IAM {
	m := &metadata{host: "169.254.169.254", next: &http.Transport{DialContext: (&net.Dialer{Timeout: metadataLimit}).DialContext, ResponseHeaderTimeout: metadataLimit}}
	role := &credentials.IAM{Client: &http.Client{Timeout: metadataLimit, Transport: m,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	other := env("AWS_WEB_IDENTITY_TOKEN_FILE") + env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") + env("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if u, err := url.Parse(env("AWS_EC2_METADATA_SERVICE_ENDPOINT")); other == "" && err == nil && u.Host != "" {
		role.Endpoint, m.host = u.Scheme+"://"+u.Host, u.Hostname()
	}
	return role
}

// metadata lets through to the metadata service only what carries a session token: IMDSv1 has none, and answers anybody.
type metadata struct {
	host string
	next http.RoundTripper
}

var errIMDSv1 = errors.New("the metadata service of this machine gave no session token (IMDSv2)")

// RoundTrip implements http.RoundTripper.
func (m *metadata) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Hostname() == m.host && r.Method == http.MethodGet && r.Header.Get("X-aws-ec2-metadata-token") == "" {
		return nil, errIMDSv1
	}
	return m.next.RoundTrip(r)
}
