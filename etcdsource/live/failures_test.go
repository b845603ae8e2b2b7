package live

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// tlsServer is an etcd that asks for client certificates, as kubeadm's does.
type tlsServer struct {
	*server
	ca        *certtest.CA
	dir, addr string
	cfg       Config // opens it
}

func (s *tlsServer) file(name string) string { return filepath.Join(s.dir, name) }

// issue makes a certificate and returns the Config that uses it.
func (s *tlsServer) issue(name string, ca *certtest.CA, f certtest.For) Config {
	ca.Issue(s.file(name+".crt"), s.file(name+".key"), f)
	cfg := s.cfg
	cfg.Cert, cfg.Key = s.file(name+".crt"), s.file(name+".key")
	return cfg
}

func newTLSServer(t *testing.T) *tlsServer {
	s := &tlsServer{dir: t.TempDir()}
	s.ca = certtest.NewCA(t, s.file("ca.crt"))
	s.ca.Issue(s.file("server.crt"), s.file("server.key"), certtest.For{Server: true, Hosts: []string{"127.0.0.1", "etcd.example"}})
	s.server = newServer(t, func(c *embed.Config) {
		c.ListenClientUrls = append(c.ListenClientUrls, url.URL{Scheme: "https", Host: "127.0.0.1:0"})
		c.ClientTLSInfo.CertFile, c.ClientTLSInfo.KeyFile = s.file("server.crt"), s.file("server.key")
		c.ClientTLSInfo.TrustedCAFile, c.ClientTLSInfo.ClientCertAuth = s.ca.File, true
	})
	for _, l := range s.Etcd.Clients {
		if l.Addr().Network() == "tcp" {
			s.addr = l.Addr().String()
		}
	}
	s.cfg = Config{Endpoints: []string{"https://" + s.addr}, CACert: s.ca.File, DialTimeout: 2 * time.Second}
	s.cfg = s.issue("client", s.ca, certtest.For{Name: "client", Client: true})
	return s
}

// fails opens and checks the sentence that comes out.
func fails(t *testing.T, cfg Config, parts ...string) error {
	t.Helper()
	start := time.Now()
	src, err := Open(context.Background(), cfg)
	if err == nil {
		src.Close()
		t.Fatal("it opened")
	}
	var p *etcdsource.Problem
	if !errors.As(err, &p) || p.Tried == "" || p.Why == "" || p.Do == "" {
		t.Errorf("not a whole problem: %#v", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "rpc error") {
		t.Errorf("not one plain sentence: %q", err)
	}
	if took := time.Since(start); took > cfg.withDefaults().DialTimeout+30*time.Second { // a busy machine is given time
		t.Errorf("it took %s to say so", took)
	}
	return err
}

func TestTLS(t *testing.T) {
	s := newTLSServer(t)
	src, err := Open(context.Background(), s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if n, err := src.Count(context.Background(), etcdsource.Prefix(""), etcdsource.At{}); n != 0 || err != nil {
		t.Error(n, err)
	}
	bare := s.cfg
	bare.Endpoints = []string{s.addr} // TLS because certificates are given
	if src, err := Open(context.Background(), bare); err != nil {
		t.Error(err)
	} else {
		src.Close()
	}
}

func TestCertificateFailures(t *testing.T) {
	s := newTLSServer(t)
	other := certtest.NewCA(t, s.file("other-ca.crt"))
	with := func(f func(*Config)) Config { c := s.cfg; f(&c); return c }
	past := certtest.For{Client: true, From: time.Now().Add(-48 * time.Hour), Until: time.Now().Add(-24 * time.Hour)}
	for name, c := range map[string]struct {
		cfg   Config
		parts []string
	}{
		"CA missing":          {with(func(c *Config) { c.CACert = "/no/ca.crt" }), []string{"/no/ca.crt", "no such file", "--cacert"}},
		"certificate missing": {with(func(c *Config) { c.Cert = "/no/c.crt" }), []string{"/no/c.crt", "no such file", "--cert"}},
		"key missing":         {with(func(c *Config) { c.Key = "/no/c.key" }), []string{"/no/c.key", "no such file", "--key"}},
		"CA is a device":      {with(func(c *Config) { c.CACert = "/dev/zero" }), []string{"/dev/zero", "a device, not a regular file", "--cacert"}},
		"key is a folder":     {with(func(c *Config) { c.Key = s.file("") }), []string{"client key", "a directory, not a regular file", "--key"}},
		"key is huge":         {with(func(c *Config) { c.Key = s.writeFile("huge.key", strings.Repeat("x", regular.MaxPEM+1)) }), []string{"huge.key", "larger than 1024 KiB"}},
		"only a certificate":  {with(func(c *Config) { c.Key = "" }), []string{s.cfg.Cert, "add --key"}},
		"CA is no PEM":        {with(func(c *Config) { c.CACert = s.writeFile("junk.crt", "junk") }), []string{"junk.crt", "no PEM certificate"}},
		"pair is none":        {with(func(c *Config) { c.Key = s.file("server.key") }), []string{s.cfg.Cert, "do not belong together"}},
		"wrong CA":            {with(func(c *Config) { c.CACert = other.File }), []string{s.addr, "not signed by the CA in " + other.File, "--cacert"}},
		"no CA":               {with(func(c *Config) { c.CACert = "" }), []string{s.addr, "not signed by any CA", "--cacert"}},
		"expired":             {s.issue("old", s.ca, past), []string{s.file("old.crt"), "expired on", "renew"}},
		"not for clients":     {s.issue("srv", s.ca, certtest.For{Server: true}), []string{s.file("srv.crt"), "not for clients"}},
		"client of another CA": {s.issue("alien", other, certtest.For{Client: true}),
			[]string{s.addr, "refuses client certificate " + s.file("alien.crt"), "--cert"}},
		"no client certificate": {with(func(c *Config) { c.Cert, c.Key = "", "" }), []string{s.addr, "asks for a client certificate", "--cert"}},
		"plain against TLS":     {with(func(c *Config) { c.Endpoints = []string{"http://" + s.addr} }), []string{"http://" + s.addr, "speaks TLS", "https://"}},
		"TLS against plain":     {with(func(c *Config) { c.Endpoints = []string{"https://" + s.plain()} }), []string{"does not speak TLS", "http://"}},
		"another name": {with(func(c *Config) {
			c.Endpoints = []string{"https://" + strings.Replace(s.addr, "127.0.0.1", "localhost", 1)}
		}), []string{"certificate is not for localhost", "etcd.example"}},
	} {
		t.Run(name, func(t *testing.T) { fails(t, c.cfg, c.parts...) })
	}
}

func (s *tlsServer) writeFile(name, text string) string {
	s.T.Helper()
	if err := writeText(s.file(name), text); err != nil {
		s.T.Fatal(err)
	}
	return s.file(name)
}

// plain starts an etcd without TLS and returns its address.
func (s *tlsServer) plain() string {
	srv := newServer(s.T, func(c *embed.Config) {
		c.ListenClientUrls = append(c.ListenClientUrls, url.URL{Scheme: "http", Host: "127.0.0.1:0"})
	})
	for _, l := range srv.Etcd.Clients {
		if l.Addr().Network() == "tcp" {
			return l.Addr().String()
		}
	}
	s.T.Fatal("no TCP listener")
	return ""
}

func TestServerCertificateExpired(t *testing.T) {
	dir := t.TempDir()
	ca := certtest.NewCA(t, filepath.Join(dir, "ca.crt"))
	ca.Issue(filepath.Join(dir, "s.crt"), filepath.Join(dir, "s.key"), certtest.For{Server: true, Hosts: []string{"127.0.0.1"},
		From: time.Now().Add(-48 * time.Hour), Until: time.Now().Add(-time.Hour)})
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: quietLog()}
	go srv.ServeTLS(lis, filepath.Join(dir, "s.crt"), filepath.Join(dir, "s.key"))
	defer srv.Close()
	fails(t, Config{Endpoints: []string{"https://" + lis.Addr().String()}, CACert: ca.File}, "server's certificate expired on", lis.Addr().String())
}

func TestConnectionFailures(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := lis.Addr().String()
	lis.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	web := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: quietLog()}
	webLis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go web.Serve(webLis)
	defer web.Close()
	short := 500 * time.Millisecond
	fails(t, Config{Endpoints: []string{free}}, free, "nothing listens there", "--endpoints")
	fails(t, Config{Endpoints: []string{"unix:///no/socket"}}, "/no/socket", "no such socket")
	fails(t, Config{Endpoints: []string{silent.Addr().String()}, DialTimeout: short}, silent.Addr().String(), "no answer within 500ms", "--dial-timeout")
	fails(t, Config{Endpoints: []string{"no-such-host.invalid:2379"}}, "no-such-host.invalid", "name")
	fails(t, Config{Endpoints: []string{webLis.Addr().String()}, DialTimeout: short}, webLis.Addr().String())
	fails(t, Config{Endpoints: []string{"ftp://x"}}, "scheme \"ftp\"")
	fails(t, Config{Endpoints: []string{"https://h:1/path"}}, "is not host:port")
	fails(t, Config{User: "root"}, "no password was given", "--password")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, Config{Endpoints: []string{silent.Addr().String()}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestNoRight(t *testing.T) {
	// A root user may read everything, so the words are checked on the error itself.
	_, err := readFile("client key", "--key", "/dev/null/x")
	var p *etcdsource.Problem
	if !errors.As(err, &p) || p.Why != "not a directory" {
		t.Errorf("%v", err)
	}
	p = readProblem("client key", "--key", "/k", &fs.PathError{Op: "open", Path: "/k", Err: fs.ErrPermission})
	if !strings.Contains(p.Error(), "read client key /k: no right to read it (running as uid") || p.Do != "run with sudo" {
		t.Errorf("%v", p)
	}
}

// TestNoLeader opens one of three members while the other two are down.
func TestNoLeader(t *testing.T) {
	srvs := newCluster(t, 3)
	srvs[0].Put("/a")
	srvs[1].Stop()
	srvs[2].Stop()
	waitFor(t, "the leader to be missed", func() bool {
		st, err := srvs[0].Writer().Status(etcdtest.Within(t, time.Second), srvs[0].URL)
		return err == nil && st.Leader == 0
	})
	fails(t, Config{Endpoints: []string{srvs[0].URL}}, srvs[0].URL, "no leader", "--serializable")
	src := srvs[0].open(func(c *Config) { c.Serializable = true })
	if p, err := src.Range(context.Background(), etcdsource.Prefix("/"), etcdsource.At{}); err != nil || len(p.Entries) != 1 {
		t.Errorf("without a leader: %v, %v", p, err)
	}
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/"), 0)
	if err != nil {
		t.Fatal(err)
	}
	for ctx := etcdtest.Within(t, 10*time.Second); ; {
		b, err := st.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if b.Status.State == etcdsource.Retrying {
			if b.Status.Why != "the cluster has no leader" {
				t.Errorf("why: %q", b.Status.Why)
			}
			return
		}
	}
}

func TestUsers(t *testing.T) {
	srv := newServer(t)
	srv.Put("/open/a", "/closed/a")
	ctx := etcdtest.Within(t, 30*time.Second)
	w := srv.Writer()
	before := srv.open()
	for _, f := range []func() error{
		func() error { _, err := w.UserAdd(ctx, "root", "secret"); return err },
		func() error { _, err := w.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := w.RoleAdd(ctx, "some"); return err },
		func() error {
			_, err := w.RoleGrantPermission(ctx, "some", "/open/", clientv3.GetPrefixRangeEnd("/open/"), clientv3.PermissionType(clientv3.PermRead))
			return err
		},
		func() error { _, err := w.UserAdd(ctx, "ann", "pw"); return err },
		func() error { _, err := w.UserGrantRole(ctx, "ann", "some"); return err },
		func() error { _, err := w.AuthEnable(ctx); return err },
	} {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	fails(t, Config{Endpoints: []string{srv.URL}, User: "root", Password: "wrong", DialTimeout: 20 * time.Second}, "user \"root\"", "--password")
	root := srv.open(func(c *Config) { c.User = "root:secret" })
	if got := children(t, root, "/", etcdsource.At{}); len(got) != 2 {
		t.Errorf("root sees %v", got)
	}
	ann := srv.open(func(c *Config) { c.User, c.Password = "ann", "pw" })
	if p, err := ann.Range(ctx, etcdsource.Prefix("/open/"), etcdsource.At{}); err != nil || len(p.Entries) != 1 {
		t.Errorf("ann may read: %v, %v", p, err)
	}
	var p *etcdsource.Problem
	if _, err := ann.Range(ctx, etcdsource.Prefix("/closed/"), etcdsource.At{}); !errors.As(err, &p) || !strings.Contains(p.Why, "\"ann\" may not read") {
		t.Errorf("ann may not read: %v", err)
	}
	if _, err := ann.Save(ctx, io.Discard, nil); err == nil || !strings.Contains(err.Error(), "root role") {
		t.Errorf("ann and snapshots: %v", err)
	}
	st, err := ann.Watch(ctx, etcdsource.Prefix("/closed/"), 0)
	for err == nil {
		_, err = st.Next(ctx)
	}
	if !errors.As(err, &p) || !strings.Contains(p.Why, "may not read") {
		t.Errorf("ann's watch: %v", err)
	}
	if list, _ := ann.Requests(); strings.Contains(string(mustJSON(t, list)), "pw") {
		t.Error("a password is in the request log")
	}
	if _, err := before.Range(ctx, etcdsource.Prefix("/open/"), etcdsource.At{}); !errors.As(err, &p) || !strings.Contains(p.Why, "asks for a user") || !strings.Contains(p.Do, "--user") {
		t.Errorf("nobody, who came before the users: %v", err)
	}
	anonymous, err := Open(ctx, Config{Endpoints: []string{srv.URL}})
	if err == nil {
		_, err = anonymous.Range(ctx, etcdsource.Prefix("/open/"), etcdsource.At{})
		anonymous.Close()
	}
	if !errors.As(err, &p) || !strings.Contains(p.Why, "asks for a user") {
		t.Errorf("nobody: %v", err)
	}
}
