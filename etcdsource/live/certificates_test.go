package live

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// stamp is a time as the sentences give it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// TestCertificateFiles: what is wrong with a file is found before anything is dialled.
func TestCertificateFiles(t *testing.T) {
	t.Parallel()
	s := &tlsServer{server: &server{}, dir: t.TempDir()}
	s.ca = certtest.NewCA(t, s.file("ca.crt"))
	s.cfg = Config{Endpoints: []string{"https://127.0.0.1:1"}, CACert: s.ca.File}
	s.cfg = s.issue("client", s.ca, certtest.For{Name: "client", Client: true})
	s.issue("other", s.ca, certtest.For{Client: true})
	with := func(f func(*Config)) Config { c := s.cfg; f(&c); return c }
	file := func(name, kind string, data []byte, headers map[string]string) string {
		path := s.file(name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Headers: headers, Bytes: data}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	junk := file("junk.pem", "JUNK", []byte("junk"), nil)
	huge := file("huge.key", "PRIVATE KEY", make([]byte, regular.MaxPEM), nil)
	ended, begins := time.Now().Add(-24*time.Hour), time.Now().Add(3*time.Hour)
	folder := t.TempDir()
	for name, c := range map[string]struct {
		cfg   Config
		parts []string
	}{
		"CA missing":               {with(func(c *Config) { c.CACert = "/no/ca.crt" }), []string{"read CA certificate /no/ca.crt: there is no such file; ", "--cacert"}},
		"certificate missing":      {with(func(c *Config) { c.Cert = "/no/c.crt" }), []string{"read client certificate /no/c.crt: there is no such file; ", "--cert"}},
		"key missing":              {with(func(c *Config) { c.Key = "/no/c.key" }), []string{"read client key /no/c.key: there is no such file; ", "--key"}},
		"key is a folder":          {with(func(c *Config) { c.Key = folder }), []string{"read client key " + folder + ": ", "a directory, not a regular file", "--key"}},
		"CA is a device":           {with(func(c *Config) { c.CACert = "/dev/zero" }), []string{"/dev/zero", "a device, not a regular file", "--cacert"}},
		"key is huge":              {with(func(c *Config) { c.Key = huge }), []string{"huge.key", "larger than 1024 KiB"}},
		"only a certificate":       {with(func(c *Config) { c.Key = "" }), []string{s.cfg.Cert, "needs both", "add --key"}},
		"only a key":               {with(func(c *Config) { c.Cert = "" }), []string{s.cfg.Key, "needs both", "add --cert"}},
		"CA is no PEM":             {with(func(c *Config) { c.CACert = junk }), []string{junk, "there is no PEM certificate in it", "ca.crt"}},
		"CA is a key":              {with(func(c *Config) { c.CACert = s.cfg.Key }), []string{s.cfg.Key, "there is a private key in it, and no certificate"}},
		"CA is damaged":            {with(func(c *Config) { c.CACert = file("bad-ca.crt", "CERTIFICATE", []byte("junk"), nil) }), []string{"bad-ca.crt", "the certificate in it is damaged"}},
		"certificate is no PEM":    {with(func(c *Config) { c.Cert = junk }), []string{junk, "there is no PEM certificate in it", "--cert"}},
		"certificate is damaged":   {with(func(c *Config) { c.Cert = file("bad.crt", "CERTIFICATE", []byte("junk"), nil) }), []string{"bad.crt", "the certificate in it is damaged", "--cert"}},
		"both the wrong way round": {with(func(c *Config) { c.Cert, c.Key = c.Key, c.Cert }), []string{s.cfg.Key, "there is a private key in it, and no certificate", "--cert"}},
		"key is no PEM":            {with(func(c *Config) { c.Key = junk }), []string{"use client key " + junk, "there is no PEM private key in it", "--key"}},
		"key is a certificate":     {with(func(c *Config) { c.Key = c.Cert }), []string{"use client key " + s.cfg.Cert, "there is a certificate in it, and no private key", "--key"}},
		"key is damaged":           {with(func(c *Config) { c.Key = file("bad.key", "PRIVATE KEY", []byte("junk"), nil) }), []string{"bad.key", "cannot be read as a private key", "--key"}},
		"key is encrypted": {with(func(c *Config) { c.Key = file("enc.key", "ENCRYPTED PRIVATE KEY", []byte("x"), nil) }),
			[]string{"enc.key", "encrypted with a passphrase", "openssl pkey -in"}},
		"key is encrypted the old way": {with(func(c *Config) {
			c.Key = file("dek.key", "EC PRIVATE KEY", []byte("x"), map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"})
		}), []string{"dek.key", "encrypted with a passphrase"}},
		"key of another": {with(func(c *Config) { c.Key = s.file("other.key") }), []string{s.cfg.Cert, s.file("other.key"), "do not belong together", "one pair"}},
		"expired": {s.issue("old", s.ca, certtest.For{Client: true, From: ended.Add(-time.Hour), Until: ended}),
			[]string{s.file("old.crt"), "expired on " + stamp(ended), "this machine's clock says " + stamp(time.Now())[:13], "renew"}},
		"not yet valid": {s.issue("new", s.ca, certtest.For{Client: true, From: begins, Until: begins.Add(time.Hour)}),
			[]string{s.file("new.crt"), "valid only from " + stamp(begins) + " on", "this machine's clock says " + stamp(time.Now())[:13], "set this machine's clock if it is wrong"}},
		"not for clients": {s.issue("srv", s.ca, certtest.For{Server: true}), []string{s.file("srv.crt"), "not for clients (its extended key usage lacks clientAuth)", "--cert"}},
	} {
		t.Run(name, func(t *testing.T) { fails(t, c.cfg, c.parts...) })
	}
}

// TestServerAndClientCertificates: what a real etcd and a client do not take of each other.
func TestServerAndClientCertificates(t *testing.T) {
	t.Parallel()
	s := newTLSServer(t)
	other := certtest.NewCA(t, s.file("other-ca.crt"))
	with := func(f func(*Config)) Config { c := s.cfg; f(&c); return c }
	for name, c := range map[string]struct {
		cfg   Config
		parts []string
	}{
		"wrong CA": {with(func(c *Config) { c.CACert = other.File }), []string{"connect to https://" + s.addr + ": ", "not signed by the CA in " + other.File + "; ", "with --cacert"}},
		"no CA":    {with(func(c *Config) { c.CACert = "" }), []string{s.addr, "not signed by any CA that this system trusts; ", "with --cacert"}},
		"client of another CA": {s.issue("alien", other, certtest.For{Client: true}),
			[]string{s.addr, "refuses client certificate " + s.file("alien.crt"), "signed by the CA that etcd trusts", "--cert"}},
		"no client certificate": {with(func(c *Config) { c.Cert, c.Key = "", "" }), []string{s.addr, "asks for a client certificate, and none was given; add --cert and --key"}},
		"another name": {with(func(c *Config) {
			c.Endpoints = []string{"https://" + strings.Replace(s.addr, "127.0.0.1", "localhost", 1)}
		}), []string{"certificate is not for localhost; ", "etcd.example, 127.0.0.1"}},
		"plain against TLS": {with(func(c *Config) { c.Endpoints = []string{"http://" + s.addr} }), []string{"http://" + s.addr, "the server speaks TLS, and this is plain HTTP; write https:// and add --cacert"}},
		"without a scheme":  {Config{Endpoints: []string{s.addr}}, []string{"connect to " + s.addr, "the server speaks TLS", "write https://"}},
		"TLS against plain": {with(func(c *Config) { c.Endpoints = []string{"https://" + s.plain()} }), []string{"the server does not speak TLS; write http:// instead of https://"}},
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); fails(t, c.cfg, c.parts...) })
	}
}

// tlsAddress serves HTTPS with a certificate and returns the address.
func tlsAddress(t *testing.T, certFile, keyFile string) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: quietLog()}
	go srv.ServeTLS(lis, certFile, keyFile)
	t.Cleanup(func() { srv.Close() })
	return lis.Addr().String()
}

// TestServerCertificateTime: certificates of a server, and of its CA, that are out of their time.
func TestServerCertificateTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	ca := certtest.NewCA(t, file("ca.crt"))
	ended, begins := time.Now().Add(-time.Hour), time.Now().Add(5*time.Hour)
	local := []string{"127.0.0.1"}
	for name, c := range map[string]struct {
		f     certtest.For
		parts []string
	}{
		"expired": {certtest.For{Server: true, Hosts: local, From: ended.Add(-time.Hour), Until: ended},
			[]string{"the server's certificate expired on " + stamp(ended), "this machine's clock says ", "renew it"}},
		"not yet valid": {certtest.For{Server: true, Hosts: local, From: begins, Until: begins.Add(time.Hour)},
			[]string{"the server's certificate is valid only from " + stamp(begins) + " on", "this machine's clock says ", "set this machine's clock if it is wrong"}},
		"for clients": {certtest.For{Client: true, Hosts: local}, []string{"the server's certificate is not for servers"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crt, key := file(strings.ReplaceAll(name, " ", "")+".crt"), file(strings.ReplaceAll(name, " ", "")+".key")
			ca.Issue(crt, key, c.f)
			addr := tlsAddress(t, crt, key)
			fails(t, Config{Endpoints: []string{"https://" + addr}, CACert: ca.File}, append(c.parts, addr)...)
		})
	}
}

// TestAuthorityTime opens an etcd whose certificate is signed by a CA that is out of its time.
func TestAuthorityTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		from, until time.Time
		says, do    string
	}{
		"expired":       {now.Add(-2 * time.Hour), now.Add(-time.Hour), " expired on " + stamp(now.Add(-time.Hour)), "; replace that CA and what it signed (kubeadm certs renew does not renew a CA)"},
		"not yet valid": {now.Add(time.Hour), now.Add(2 * time.Hour), " is valid only from " + stamp(now.Add(time.Hour)) + " on", "; set this machine's clock if it is wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &tlsServer{dir: t.TempDir()}
			s.ca = certtest.NewCAFor(t, s.file("ca.crt"), c.from, c.until)
			s.serve(t)
			tried, clock := "connect to https://"+s.addr+": ", ", and this machine's clock says "
			fails(t, s.cfg, tried+"the certificate of the CA that signed the server's"+c.says+clock, c.do)
			s.cfg.InsecureSkipVerify = true // then it is the server that finds the CA out of its time
			fails(t, s.cfg, tried+"the server refuses client certificate "+s.cfg.Cert+": the CA that signed it, in "+s.ca.File+","+c.says+clock, c.do)
			s.cfg.CACert = ""
			fails(t, s.cfg, tried, "client certificate "+s.cfg.Cert+", or the CA that signed it, is out of its time", "; compare the clocks of both machines, and the times of the CA that etcd trusts")
		})
	}
}

// TestRenewedFiles: an opened source follows the files of its certificates, also where the authority is another one.
func TestRenewedFiles(t *testing.T) {
	t.Parallel()
	s := newTLSServer(t)
	s.cfg.DialTimeout = 20 * time.Second
	src, err := Open(t.Context(), s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	read := func() error {
		_, err := src.now(t.Context(), nil, false)
		return err
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	s.ca = certtest.NewCA(t, s.ca.File) // writes over the files
	s.ca.Issue(s.file("server.crt"), s.file("server.key"), certtest.For{Server: true, Hosts: []string{"127.0.0.1"}})
	s.issue("client", s.ca, certtest.For{Name: "client", Client: true})
	for i, l := range s.Config.ListenClientUrls {
		if l.Scheme == "https" {
			s.Config.ListenClientUrls[i].Host = s.addr
		}
	}
	s.Start()
	waitFor(t, "the renewed certificates to be used", func() bool { return read() == nil })
	if err := os.Remove(s.file("client.key")); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	s.Start()
	waitFor(t, "the missing key to be named", func() bool {
		err = read()
		return err != nil && strings.Contains(err.Error(), "client.key: there is no such file")
	})
}

// TestNoKeyIsPrinted: a key that cannot be used is never part of the sentence.
func TestNoKeyIsPrinted(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der[:len(der)-3]}))
	path := filepath.Join(dir, "cut.key")
	if err := writeText(path, text); err != nil {
		t.Fatal(err)
	}
	ca := certtest.NewCA(t, filepath.Join(dir, "ca.crt"))
	ca.Issue(filepath.Join(dir, "c.crt"), filepath.Join(dir, "c.key"), certtest.For{Client: true})
	err = fails(t, Config{Endpoints: []string{"https://127.0.0.1:1"}, CACert: ca.File, Cert: filepath.Join(dir, "c.crt"), Key: path}, "cut.key", "cannot be read as a private key")
	if strings.Contains(err.Error(), strings.Split(text, "\n")[1][:16]) {
		t.Error("the key is in the sentence")
	}
}
