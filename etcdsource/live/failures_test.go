package live

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
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
	s.serve(t)
	return s
}

// serve starts it with a certificate of its CA, and issues one to its client.
func (s *tlsServer) serve(t *testing.T) {
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
	srv := newServer(t)
	srv.Put("/open/a", "/closed/a")
	ctx := etcdtest.Within(t, 30*time.Second)
	before := srv.open()
	enableAuth(t, srv.Writer())
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
