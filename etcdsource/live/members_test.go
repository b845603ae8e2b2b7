package live

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
)

// enableAuth adds root:secret, and ann:pw, who may read below /open/, and turns authentication on.
func enableAuth(t *testing.T, w *clientv3.Client) {
	t.Helper()
	ctx := etcdtest.Within(t, 30*time.Second)
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
}

// TestNoLeaderWithUsers: where nobody can log in, it is because of the leader, and each endpoint says its own.
func TestNoLeaderWithUsers(t *testing.T) {
	t.Parallel()
	srvs := newCluster(t, 3)
	enableAuth(t, srvs[0].Writer())
	root := func(eps ...string) Config {
		return Config{Endpoints: eps, User: "root", Password: "secret", DialTimeout: 10 * time.Second}
	}
	src, err := Open(t.Context(), root(srvs[0].URL))
	if err != nil {
		t.Fatal(err)
	}
	src.Close()
	srvs[1].Stop()
	srvs[2].Stop()
	noLeader := "it answers, but the cluster has no leader (most members are down or cannot reach each other), and without one nobody can log in"
	waitFor(t, "the leader to be missed", func() bool {
		src, err := Open(t.Context(), root(srvs[0].URL))
		if err == nil {
			src.Close()
		}
		return err != nil && strings.Contains(err.Error(), "no leader")
	})
	fails(t, root(srvs[0].URL), "connect to "+srvs[0].URL+": "+noLeader+"; start the other members")
	fails(t, root(srvs[1].URL, srvs[0].URL, srvs[2].URL), "connect to 3 endpoints: "+srvs[0].URL+": "+noLeader+"; "+srvs[1].URL+", "+srvs[2].URL+": ", "; start the other members")
	fails(t, Config{Endpoints: []string{srvs[0].URL}}, "etcd asks for a user, and none was given; add --user NAME and set ETCDCTL_PASSWORD")
}

// limitedByName: the roles of the user whom the certificate names count as those of one who logs in.
func limitedByName(t *testing.T, src *Source, refused error) {
	t.Helper()
	if got := childNames(t, src, ""); got != "/" || !strings.Contains(src.Limits(), `user "ann" may read only /open/`) {
		t.Errorf("below \"\": %s; %q", got, src.Limits())
	}
	if n, err := src.Count(t.Context(), etcdsource.Prefix(""), etcdsource.At{}); n != 1 || err != nil {
		t.Errorf("%d keys, %v", n, err)
	}
	if !errors.Is(refused, etcdsource.ErrDenied) || !strings.Contains(refused.Error(), "and that one may not read this") {
		t.Errorf("what she may not read: %v", refused)
	}
}

// TestNameInCertificate: who gives no user is to etcd the user that the certificate names.
func TestNameInCertificate(t *testing.T) {
	t.Parallel()
	s := newTLSServer(t)
	s.Put("/open/a", "/closed/a")
	enableAuth(t, s.Writer())
	s.cfg.DialTimeout = 20 * time.Second
	for cn, c := range map[string]struct {
		key string
		ok  bool
	}{
		"kube-apiserver-etcd-client": {"/open/a", false},
		"ann":                        {"/closed/a", false},
		"root":                       {"/closed/a", true},
	} {
		src, err := Open(t.Context(), s.issue(cn, s.ca, certtest.For{Name: cn, Client: true}))
		if err != nil {
			t.Fatalf("%s: %v", cn, err)
		}
		defer src.Close()
		_, err = src.Range(t.Context(), etcdsource.Key([]byte(c.key)), etcdsource.At{})
		var p *etcdsource.Problem
		switch {
		case c.ok && err != nil:
			t.Errorf("%s: %v", cn, err)
		case !c.ok && (!errors.As(err, &p) || !strings.Contains(p.Why, `no user was given, so etcd takes the name in the client certificate, "`+cn+`", for the user`) || !strings.Contains(p.Do, "--user NAME and set ETCDCTL_PASSWORD")):
			t.Errorf("%s: %v", cn, err)
		}
		if cn == "ann" {
			limitedByName(t, src, err)
		}
	}
	withUser := s.cfg
	withUser.User, withUser.Password = "ann", "pw"
	src, err := Open(t.Context(), withUser)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if _, err := src.Range(t.Context(), etcdsource.Key([]byte("/open/a")), etcdsource.At{}); err != nil {
		t.Errorf("a user wins over the certificate's name: %v", err)
	}
	if _, err := src.Range(t.Context(), etcdsource.Key([]byte("/closed/a")), etcdsource.At{}); err == nil || !strings.Contains(err.Error(), `user "ann" may not read this`) {
		t.Errorf("and is who is named: %v", err)
	}
	bare := s.issue("nobody", s.ca, certtest.For{Client: true}) // a certificate without a name
	if src, err = Open(t.Context(), bare); err == nil {
		_, err = src.Range(t.Context(), etcdsource.Key([]byte("/open/a")), etcdsource.At{})
		src.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "--user NAME and set ETCDCTL_PASSWORD") {
		t.Errorf("a certificate without a name: %v", err)
	}
}

// TestTokensExpire: a login lasts longer than the token that it brought.
func TestTokensExpire(t *testing.T) {
	t.Parallel()
	srv := newServer(t, func(c *embed.Config) { c.AuthTokenTTL = 1 })
	srv.Put("/open/a")
	enableAuth(t, srv.Writer())
	ann := srv.open(func(c *Config) { c.User, c.Password = "ann", "pw" })
	read := func() error {
		_, err := ann.Range(t.Context(), etcdsource.Key([]byte("/open/a")), etcdsource.At{})
		return err
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2500 * time.Millisecond) // the token's time, which no clock of ours can shorten
	if err := read(); err != nil {
		t.Errorf("after the token's time: %v", err)
	}
	root := srv.open(func(c *Config) { c.User, c.Password = "root", "secret" })
	defer root.Close()
	w, err := clientv3.New(clientv3.Config{Endpoints: []string{srv.URL}, Username: "root", Password: "secret", Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.UserChangePassword(etcdtest.Within(t, time.Minute), "ann", "new"); err != nil {
		t.Fatal(err)
	}
	if err := read(); err == nil || !strings.Contains(err.Error(), `user "ann"`) || !strings.Contains(err.Error(), "--password") {
		t.Errorf("after the password was changed: %v", err)
	}
}

// TestLearner opens a member that has no vote yet.
func TestLearner(t *testing.T) {
	t.Parallel()
	srv := newCluster(t, 1)[0]
	peer := listen(t)
	u := url.URL{Scheme: "http", Host: peer.Addr().String()}
	peer.Close()
	if _, err := srv.Writer().MemberAddAsLearner(etcdtest.Within(t, 20*time.Second), []string{u.String()}); err != nil {
		t.Fatal(err)
	}
	learner := etcdtest.Prepare(t, func(c *embed.Config) {
		c.Name, c.ClusterState = "learner", embed.ClusterStateFlagExisting
		c.ListenPeerUrls, c.AdvertisePeerUrls = []url.URL{u}, []url.URL{u}
		c.InitialCluster = srv.Config.InitialCluster + ",learner=" + u.String()
	})
	etcd, err := embed.StartEtcd(learner.Config)
	if err != nil {
		t.Fatal(err)
	}
	learner.Etcd = etcd
	cfg := Config{Endpoints: []string{learner.URL}, DialTimeout: 10 * time.Second}
	waitFor(t, "the learner to answer", func() bool {
		src, err := Open(t.Context(), cfg)
		if err == nil {
			src.Close()
		}
		return err != nil && strings.Contains(err.Error(), "learner")
	})
	fails(t, cfg, "read etcd at "+learner.URL+": it is a learner, which answers almost nothing; give the endpoint of a voting member")
	both := cfg
	both.Endpoints = []string{learner.URL, srv.URL}
	src, err := Open(t.Context(), both)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if info, err := src.Describe(t.Context()); err != nil || info.Target != srv.URL {
		t.Errorf("a learner was chosen: %+v, %v", info, err)
	}
}

// TestStoppedServer stops the process of a server: what is open gets stale within seconds, what is opened then says that
// nothing is answered, and both are right again when it goes on.
func TestStoppedServer(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]int64{"from now": 0, "from the next revision, as the screen does": 2} {
		t.Run(name, func(t *testing.T) { t.Parallel(); stoppedServer(t, from) })
	}
}

func stoppedServer(t *testing.T, from int64) {
	m := etcdtest.Members(t, 1, "")[0]
	src, err := Open(t.Context(), Config{Endpoints: []string{m.URL}, DialTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ctx := etcdtest.Within(t, time.Minute)
	st, err := src.Watch(ctx, etcdsource.Prefix("/"), from)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	until := func(state etcdsource.State) etcdsource.Batch {
		t.Helper()
		for {
			b, err := st.Next(ctx)
			if err != nil {
				t.Fatalf("waiting to be %s: %v", state, err)
			}
			if b.Status.State == state {
				return b
			}
		}
	}
	until(etcdsource.Live)
	m.Signal(syscall.SIGSTOP)
	stopped := time.Now()
	b := until(etcdsource.Stale)
	if quiet := time.Since(b.Status.Since); quiet < 5*time.Second || !strings.Contains(b.Status.Why, m.URL) {
		t.Errorf("stale after %s: %+v", quiet, b.Status)
	}
	if said := time.Since(stopped); said > 30*time.Second { // 5 s, and time for a busy machine
		t.Errorf("stale %s after the stop", said)
	} else {
		t.Logf("stale %s after the stop", said.Round(100*time.Millisecond))
	}
	fails(t, Config{Endpoints: []string{m.URL}, DialTimeout: time.Second}, "connect to "+m.URL+": the connection is accepted, but nothing is answered within 1s", "etcd is not stopped or stuck")
	if _, err := src.Range(context.Background(), etcdsource.Prefix("/"), etcdsource.At{}); err == nil || !strings.Contains(err.Error(), "no answer within 5s; the member may be stopped") {
		t.Errorf("a read meanwhile: %v", err)
	}
	m.Signal(syscall.SIGCONT)
	until(etcdsource.Live)
	if _, err := src.Range(context.Background(), etcdsource.Prefix("/"), etcdsource.At{}); err != nil {
		t.Errorf("a read afterwards: %v", err)
	}
}
