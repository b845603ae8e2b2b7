package live

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestElsewhere: a session that was opened with one address goes on at another member of the cluster when the member there is
// killed, and says that there is no quorum when a second one is.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, "")
	src, err := Open(etcdtest.Within(t, time.Minute), Config{Endpoints: []string{members[0].HTTP}, DialTimeout: 20 * time.Second, Outage: true})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	w := members[1].Client()
	defer w.Close()
	ctx := etcdtest.Within(t, 2*time.Minute)
	if _, err := w.Put(ctx, "/registry/a", "x"); err != nil {
		t.Fatal(err)
	}
	st, err := src.Watch(ctx, etcdsource.Prefix("/"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	until := func(what string, done func(etcdsource.Batch) bool) {
		t.Helper()
		for {
			b, err := st.Next(ctx)
			if err != nil {
				t.Fatalf("waiting for %s: %v", what, err)
			}
			if done(b) {
				return
			}
		}
	}
	until("live changes", func(b etcdsource.Batch) bool { return b.Status.State == etcdsource.Live })
	waitFor(t, "the member list", func() bool { return src.others.Load() != nil })
	members[0].Kill()
	until("another member", func(b etcdsource.Batch) bool {
		return b.Status.State == etcdsource.Live && strings.Contains(b.Status.Why, "moved to ")
	})
	if info, err := src.Describe(ctx); err != nil || info.Target == members[0].HTTP {
		t.Errorf("it reads %q, %v", info.Target, err)
	}
	page, err := src.Range(ctx, etcdsource.Prefix("/registry/"), etcdsource.At{})
	if err != nil || len(page.Entries) != 1 {
		t.Errorf("a read at the other member: %+v, %v", page, err)
	}
	if _, err := w.Put(ctx, "/registry/b", "x"); err != nil {
		t.Fatal(err)
	}
	until("a change", func(b etcdsource.Batch) bool { return len(b.Events) > 0 && string(b.Events[0].Key) == "/registry/b" })
	members[1].Kill()
	until("the quorum to be missed", func(b etcdsource.Batch) bool { return b.Status.NoQuorum })
	page, err = src.Range(ctx, etcdsource.Prefix("/registry/"), etcdsource.At{})
	if err != nil || len(page.Entries) == 0 { // the last write may not have reached it
		t.Errorf("a read without a quorum: %+v, %v", page, err)
	}
}

// TestHungMember: a session goes on at another member where the one that it reads hangs and keeps its connections.
func TestHungMember(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, "")
	c := Config{Endpoints: []string{members[0].HTTP}, DialTimeout: 20 * time.Second}
	c.tune.keepalive = time.Hour
	ctx := etcdtest.Within(t, 2*time.Minute)
	src, err := Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	st, err := src.Watch(ctx, etcdsource.Prefix("/"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	stopped := false
	for {
		b, err := st.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if stopped && b.Status.State == etcdsource.Live && strings.Contains(b.Status.Why, "moved to ") {
			return
		}
		if !stopped && b.Status.State == etcdsource.Live {
			waitFor(t, "the member list", func() bool { return src.others.Load() != nil })
			members[0].Signal(syscall.SIGSTOP)
			stopped = true
		}
	}
}

// TestElsewhereStays: a member that answers is not left, nor is one that was named to see what it alone holds, and an address of
// another cluster is passed over.
func TestElsewhereStays(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, "")
	ctx := etcdtest.Within(t, time.Minute)
	src, err := Open(ctx, Config{Endpoints: []string{members[0].HTTP}, DialTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	src.learnMembers(ctx)
	from, _ := src.member()
	if src.move(ctx, from) {
		t.Error("it left a member that answers")
	}
	members[0].Kill()
	src.cfg.Serializable = true
	if src.move(ctx, from) {
		t.Error("it left the member whose own data were asked for")
	}
	src.cfg.Serializable = false
	foreign := newServer(t)
	list := *src.others.Load()
	for i := range list {
		list[i].ClientURLs = []string{foreign.URL}
	}
	if src.move(ctx, from) {
		t.Error("it moved to another cluster")
	}
	if gone := src.dial.id.gone.Load(); gone != nil {
		t.Errorf("and answers nothing any more: %v", *gone)
	}
}

// TestElsewhereOfOneAddress: where several addresses were given, the session keeps to them, though the others of the list serve.
func TestElsewhereOfOneAddress(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, "")
	ctx := etcdtest.Within(t, time.Minute)
	for given, want := range map[int]bool{1: true, 2: false} {
		var proxies []*etcdtest.Proxy
		var urls []string
		for _, m := range members[:given] {
			p := etcdtest.NewProxy(t, m.URL)
			proxies, urls = append(proxies, p), append(urls, p.URL)
		}
		src, err := Open(ctx, Config{Endpoints: urls, DialTimeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		src.learnMembers(ctx)
		if list := src.others.Load(); want != (list != nil) {
			t.Errorf("%d given: it asked for the member list: %v", given, list != nil)
		}
		if _, err := src.Probe(ctx); err != nil || src.others.Load() == nil { // which keeps the list in any case
			t.Fatalf("the members were asked: %v", err)
		}
		for _, p := range proxies {
			p.Refuse()
			p.Cut(true)
		}
		from, _ := src.member()
		src.askLeader(ctx)
		if got := src.move(ctx, from); got != want {
			t.Errorf("%d given: it moved: %v, want %v", given, got, want)
		}
		before := src.answered.Load()
		if src.askLeader(ctx); want != (src.answered.Load() != before) {
			t.Errorf("%d given: the member that it moved to is asked for its leader at once: %v, want %v", given, !want, want)
		}
	}
}

// TestProbeOfTwoClusters: of addresses that belong to two clusters one is opened, and the other one is named.
func TestProbeOfTwoClusters(t *testing.T) {
	t.Parallel()
	a, b := newServer(t), newServer(t)
	b.Config.InitialClusterToken = "another"
	b.Stop()
	if err := os.RemoveAll(b.Config.Dir); err != nil {
		t.Fatal(err)
	}
	b.Start()
	b.Put("/b")
	src, err := Open(etcdtest.Within(t, time.Minute), Config{Endpoints: []string{a.URL, b.URL}, DialTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	p := probe(t, src)
	if len(p.Others) != 1 || len(p.Members) != 1 {
		t.Fatalf("%+v", p)
	}
	if o := p.Others[0]; o.Endpoint == p.Members[0].Endpoint || o.Endpoint != a.URL && o.Endpoint != b.URL || o.Cluster == 0 || o.Cluster == p.Cluster || o.Revision == 0 || o.Revision == p.Members[0].Status.Revision {
		t.Errorf("%+v", p)
	}
}
