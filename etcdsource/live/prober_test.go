package live

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
)

// probe asks all members, and fails where that takes much longer than one member may.
func probe(t *testing.T, src *Source) etcdsource.Probe {
	t.Helper()
	start := time.Now()
	p, err := src.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	return p
}

func named(p *etcdsource.Probe, name string) *etcdsource.Member {
	for i := range p.Members {
		if p.Members[i].Name == name {
			return &p.Members[i]
		}
	}
	return &etcdsource.Member{}
}

// TestProbe: of one address all members are found, and each is asked itself; one that hangs delays no other one; one that
// was added and has never started has a row too; nothing of it writes.
func TestProbe(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, "", map[string]any{"strict-reconfig-check": false}) // a member can be added at once
	w := members[0].Client()
	defer w.Close()
	waitFor(t, "each member to know the version of its storage", func() bool {
		return !slices.ContainsFunc(members, func(m *etcdtest.Member) bool {
			s, err := w.Status(etcdtest.Within(t, time.Minute), m.HTTP)
			return err != nil || s.StorageVersion == ""
		})
	})
	src, err := Open(etcdtest.Within(t, time.Minute), Config{Endpoints: []string{members[0].HTTP}, DialTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	p := probe(t, src)
	if len(p.Members) != 3 || p.Guessed || p.Cluster == 0 {
		t.Fatalf("%+v", p)
	}
	for i, m := range p.Members {
		s := &m.Status
		if !m.Answered || m.Fault != "" || m.Endpoint != members[i].HTTP || s.Leader == 0 || s.Version == "" || s.Storage == "" || s.DBSize <= 0 || s.Quota != 2<<30 || s.Applied == 0 || s.Revision == 0 {
			t.Errorf("%s: %+v", m.Name, m)
		}
		if m.Read.Took <= 0 || m.Read.Fault != "" {
			t.Errorf("%s: its read: %+v", m.Name, m.Read)
		}
		if m.Metrics == nil || m.Metrics.Over != 0 || m.Metrics.Fsync < 0 || m.Metrics.Commit < 0 || m.Metrics.Pending != 0 || len(m.Metrics.ActivePeers) != 2 {
			t.Errorf("%s: its metrics: %+v", m.Name, m.Metrics)
		}
		if m.Clock == nil || m.Clock.Ahead.Abs() > m.Clock.Error+time.Second {
			t.Errorf("%s: its clock: %+v", m.Name, m.Clock)
		}
	}
	list, totals := src.Requests()
	calls := map[string]int{}
	for _, r := range list {
		calls[r.Call]++
	}
	if calls["metrics"] != 3 || calls["Status"] < 3 || calls["Alarm"] != 0 || totals.Writes != 0 {
		t.Errorf("it asked %v, %+v", calls, totals)
	}

	var added *clientv3.MemberAddResponse
	waitFor(t, "the members to have been connected for long enough", func() bool {
		added, err = w.MemberAddAsLearner(etcdtest.Within(t, time.Minute), []string{"http://127.0.0.1:1"})
		return err == nil
	})
	members[2].Signal(syscall.SIGSTOP)
	defer members[2].Signal(syscall.SIGCONT)
	waitFor(t, "the member to be stopped", func() bool { p = probe(t, src); return !named(&p, "m2").Answered })
	if m := named(&p, "m2"); m.Answered || !hangs(m.Fault) || m.Endpoint != members[2].HTTP {
		t.Errorf("the one that hangs: %+v", m)
	}
	if m := named(&p, "m1"); !m.Answered {
		t.Errorf("another one: %+v", m)
	}
	if m := named(&p, ""); m.ID != added.Member.ID || m.Answered || !strings.Contains(m.Fault, "never started") || !m.Learner {
		t.Errorf("the one that never started: %+v", m)
	}
	for _, m := range members[:2] {
		m.Signal(syscall.SIGSTOP)
		defer m.Signal(syscall.SIGCONT)
	}
	waitFor(t, "all to be stopped", func() bool {
		p = probe(t, src)
		return !slices.ContainsFunc(p.Members, func(m etcdsource.Member) bool { return m.Answered })
	})
	if len(p.Members) != 4 || p.Guessed {
		t.Errorf("the list is kept where none answers: %+v", p)
	}
	for _, m := range members {
		m.Signal(syscall.SIGCONT)
	}
	waitFor(t, "the members to answer again", func() bool {
		p = probe(t, src)
		return !slices.ContainsFunc(p.Members, func(m etcdsource.Member) bool { return m.Name != "" && !m.Answered })
	})
}

// TestProbeTLS: the certificates of the handshake, and this client's own.
func TestProbeTLS(t *testing.T) {
	t.Parallel()
	s := newTLSServer(t)
	src, err := Open(t.Context(), s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	p := probe(t, src)
	of := func(list []etcdsource.Certificate) (out []string) {
		for _, c := range list {
			if c.NotAfter.IsZero() {
				t.Errorf("no end: %+v", c)
			}
			out = append(out, c.Of)
		}
		return out
	}
	if len(p.Members) != 1 || !slices.Equal(of(p.Members[0].Certificates), []string{"server", "ca"}) || p.Members[0].Metrics == nil {
		t.Errorf("%+v", p.Members)
	}
	if !slices.Equal(of(p.Certificates), []string{"client", "ca"}) || p.Certificates[0].File != s.cfg.Cert || p.Access.CACert != s.cfg.CACert {
		t.Errorf("%+v", p)
	}
}

// TestProbeExpired: an expired certificate of a server is named, and so is its end.
func TestProbeExpired(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := certtest.NewCA(t, filepath.Join(dir, "ca.crt"))
	ended := time.Now().Add(-time.Hour)
	crt, key := filepath.Join(dir, "s.crt"), filepath.Join(dir, "s.key")
	ca.Issue(crt, key, certtest.For{Server: true, Hosts: []string{"127.0.0.1"}, From: ended.Add(-time.Hour), Until: ended})
	good := newTLSServer(t)
	src, err := Open(t.Context(), good.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ep, err := parseEndpoint("https://"+tlsAddress(t, crt, key), true)
	if err != nil {
		t.Fatal(err)
	}
	src.dial.cfg.CACert = ca.File
	tlsFor, err := src.dial.cfg.tlsConfig()
	if err != nil {
		t.Fatal(err)
	}
	src.dial.tls = tlsFor
	l, r := &link{ep: ep}, &reply{ep: ep}
	defer l.close()
	l.ask(t.Context(), src, r, func() {})
	if !r.dead || !strings.Contains(r.fault, "expired on") || len(r.certs) != 1 || r.certs[0].NotAfter.Unix() != ended.Unix() {
		t.Errorf("%+v", r)
	}
}

// TestPasswordsStayHome: a password is not sent to an address that only a member list names.
func TestPasswordsStayHome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cfg Config
		url string
		may bool
	}{
		{Config{}, "http://10.0.0.1:2379", true}, {Config{}, "https://10.0.0.1:2379", false},
		{Config{CACert: "x"}, "https://10.0.0.1:2379", true},
		{Config{CACert: "x", User: "ann"}, "https://10.0.0.1:2379", true},
		{Config{CACert: "x", User: "ann", InsecureSkipVerify: true}, "https://10.0.0.1:2379", false},
		{Config{User: "ann"}, "http://10.0.0.1:2379", false}, {Config{CACert: "x", User: "ann"}, "http://10.0.0.1:2379", false},
	} {
		s := &Source{cfg: c.cfg, dial: &dialer{cfg: c.cfg}}
		if c.cfg.CACert != "" {
			s.dial.tls = func(string) *tls.Config { return nil }
		}
		ep, err := parseEndpoint(c.url, c.cfg.wantsTLS())
		if err != nil {
			t.Fatal(err)
		}
		if may := s.mayAsk(ep); may != c.may {
			t.Errorf("%s with %+v: %v", c.url, c.cfg, may)
		}
	}
}

// TestForget: after a round only the addresses that were asked, and the members that are listed, are kept.
func TestForget(t *testing.T) {
	t.Parallel()
	s := &Source{probes: prober{links: map[string]*link{"a:1": {}, "b:1": {}}, list: []*pb.Member{{ID: 1}}, at: map[uint64]string{1: "a:1", 2: "b:1"}}}
	(&round{s: s, asked: map[string]bool{"a:1": true}}).forget()
	if p := &s.probes; len(p.links) != 1 || p.links["a:1"] == nil || len(p.at) != 1 || p.at[1] == "" {
		t.Errorf("%+v", p)
	}
}

// TestProbeWaits ends with its context while another probe is under way, and asks so many members and no more.
func TestProbeWaits(t *testing.T) {
	t.Parallel()
	s, err := prepare(Config{Endpoints: []string{"127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	s.probes.turn <- struct{}{} // another one
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Probe(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("probe: %v", err)
	}
	r := &round{s: s, ctx: ctx, asked: map[string]bool{}}
	for i := range maxMembers {
		r.asked[fmt.Sprint(i)] = true
	}
	if r.ask(endpoint{addr: "127.0.0.1:1"}); len(r.asked) != maxMembers || len(r.replies) != 0 {
		t.Errorf("%d addresses are asked", len(r.asked))
	}
}

// TestProbeLogin: a member that hangs while it is logged in to delays the probe no longer than another request to it, however long the
// user gives connections.
func TestProbeLogin(t *testing.T) {
	t.Parallel()
	srv := etcdtest.New(t)
	enableAuth(t, srv.Writer())
	proxy := etcdtest.NewProxy(t, srv.URL)
	src, err := Open(etcdtest.Within(t, time.Minute), Config{Endpoints: []string{proxy.URL}, User: "root", Password: "secret", DialTimeout: 10 * time.Minute, CommandTimeout: 10 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	waitFor(t, "the member to answer", func() bool { p := probe(t, src); return len(p.Members) == 1 && p.Members[0].Answered })
	proxy.Hold()
	for range 3 { // the first finds that the connection is of no use, the others log in again
		if p := probe(t, src); p.Members[0].Answered || !hangs(p.Members[0].Fault) {
			t.Errorf("%+v", p.Members[0])
		}
	}
}

// TestProbeRenewedCertificate: a certificate that was renewed on the member is seen once the connection that showed the old one is old.
func TestProbeRenewedCertificate(t *testing.T) {
	t.Parallel()
	s := newTLSServer(t)
	src, err := Open(etcdtest.Within(t, time.Minute), s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ends := func() time.Time {
		t.Helper()
		p, err := src.Probe(etcdtest.Within(t, time.Minute))
		if err != nil || len(p.Members) != 1 || len(p.Members[0].Certificates) == 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		return p.Members[0].Certificates[0].NotAfter
	}
	before := ends()
	until := time.Now().Add(400 * 24 * time.Hour).Truncate(time.Second)
	s.ca.Issue(s.file("server.crt"), s.file("server.key"), certtest.For{Server: true, Hosts: []string{"127.0.0.1"}, Until: until})
	if at := ends(); !at.Equal(before) {
		t.Fatalf("the connection was made again: %s", at)
	}
	for _, l := range src.probes.links {
		l.made = time.Now().Add(-linkAge - time.Second)
	}
	if at := ends(); !at.Equal(until) {
		t.Errorf("it ends at %s, want %s", at, until)
	}
}
