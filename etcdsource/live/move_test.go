package live

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestOneMember reads and watches a follower, and moves to another member with both when it goes.
func TestOneMember(t *testing.T) {
	t.Parallel()
	srvs := newCluster(t, 3)
	urls := []string{srvs[0].URL, srvs[1].URL, srvs[2].URL}
	by := map[string]*server{}
	for _, s := range srvs {
		by[s.URL] = s
	}
	src := srvs[0].open(quick, func(c *Config) { c.Endpoints = urls })
	info, err := src.Describe(context.Background())
	if err != nil || !info.Follower {
		t.Fatalf("the leader was chosen: %+v, %v", info, err)
	}
	first := by[info.Target]
	var other *server
	for _, s := range srvs {
		if s != first {
			other = s
		}
	}
	l := &ledger{}
	l.add(other.Put("/w/0"), "created /w/0")
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/w/"), l.first)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c := &checker{t: t, st: st, upTo: l.first - 1}
	c.read(l, l.last)
	cut := make(chan struct{})
	go func() { defer close(cut); first.Stop() }()
	for i := range 50 {
		k := fmt.Sprintf("/w/n%d", i)
		l.add(other.Put(k), "created "+k)
	}
	c.read(l, l.last)
	if _, err := src.Range(context.Background(), etcdsource.Prefix("/w/"), etcdsource.At{}); err != nil {
		t.Errorf("read after the move: %v", err)
	}
	for ctx := etcdtest.Within(t, 10*time.Second); !strings.Contains(strings.Join(c.why, "\n"), first.URL); {
		b, err := st.Next(ctx)
		if err != nil {
			t.Fatalf("the move was not told: %q", c.why)
		}
		c.take(l, b)
	}
	<-cut
	l.add(other.Put("/w/last"), "created /w/last")
	c.read(l, l.last)
	info, err = src.Describe(context.Background())
	if err != nil || info.Target == first.URL {
		t.Errorf("still at the first member: %+v, %v", info.Target, err)
	}
	if len(c.lost) > 0 {
		t.Errorf("lost %v", c.lost)
	}
}

// TestRequestsDoNotGrow lists the first level of a small store and of one ten times as large.
func TestRequestsDoNotGrow(t *testing.T) {
	t.Parallel()
	kinds := []string{"pods", "events", "secrets", "configmaps", "leases", "example.com/widgets", "unknown"}
	fill := func(n int) *server {
		srv := newServer(t)
		srv.Put("/registry/namespaces/default", "/registry/namespaces/kube-system")
		srv.fill(n, func(i int) string {
			return fmt.Sprintf("/registry/%s/ns-%d/object-%07d", kinds[i%len(kinds)], i/len(kinds)%10, i)
		})
		return srv
	}
	least := 20000
	if testing.Short() {
		least = 2000
	}
	small, large := fill(least), fill(10*least)
	for name, change := range map[string]func(*Config){"stream": func(*Config) {}, "probes": oldServer} {
		t.Run(name, func(t *testing.T) {
			var requests [2]int64
			for i, srv := range []*server{small, large} {
				src := srv.open(change)
				_, before := src.Requests()
				start := time.Now()
				if got := children(t, src, "/registry/", etcdsource.At{}); len(got) != len(kinds)+1 {
					t.Errorf("children %q", got)
				}
				_, after := src.Requests()
				requests[i] = after.Requests - before.Requests
				t.Logf("%d requests, %d bytes, %s", requests[i], after.Received-before.Received, time.Since(start).Round(time.Millisecond))
			}
			if requests[0] != requests[1] || requests[0] > 200 {
				t.Errorf("%d requests for the small store, %d for the large one", requests[0], requests[1])
			}
		})
	}
}

func TestSave(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.fill(3000, numbered("/k/%05d"))
	src := srv.open()
	saver, err := etcdsource.As[etcdsource.Saver](src)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	var done, total int64
	saved, err := saver.Save(context.Background(), &buf, func(d, all int64) { done, total = d, all })
	if err != nil || saved.Bytes != int64(buf.Len()) || done != saved.Bytes || total != done || saved.Member == "" {
		t.Fatalf("saved %+v, %d of %d, %v", saved, done, total, err)
	}
	data := buf.Bytes()
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if want := sha256.Sum256(body); !bytes.Equal(sum, want[:]) {
		t.Error("the trailer is not the hash of what comes before")
	}
	path := filepath.Join(t.TempDir(), "s.db")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	full := errors.New("disk full")
	if _, err := saver.Save(context.Background(), failing{full}, nil); !errors.Is(err, full) {
		t.Errorf("a writer that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := saver.Save(ctx, io.Discard, nil); err == nil {
		t.Error("saved with a cancelled context")
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestBucket(t *testing.T) {
	b := newBucket(1000)
	ctx := context.Background()
	for range burst {
		if err := b.take(ctx); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	for range 50 {
		if err := b.take(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took < 40*time.Millisecond {
		t.Errorf("50 requests beyond the burst took %s at 1000 a second", took)
	}
	// What asks how the members are does not wait, as long as it is little: the next token comes in minutes here.
	slow := newBucket(0.01)
	for range burst {
		if err := slow.take(ctx); err != nil {
			t.Fatal(err)
		}
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if err := slow.take(background.of(short)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("background request: %v", err)
	}
	short, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	for range borrowed {
		if err := slow.take(checking.of(short)); err != nil {
			t.Fatalf("a check: %v", err)
		}
	}
	if err := slow.take(checking.of(short)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one check too many: %v", err)
	}
	if err := b.take(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestConfigFromEnv(t *testing.T) {
	env := map[string]string{"ETCDCTL_ENDPOINTS": "a:1, b:2", "ETCDCTL_CACERT": "ca", "ETCDCTL_CERT": "c", "ETCDCTL_KEY": "k", "ETCDCTL_USER": "u:p",
		"ETCDCTL_INSECURE_SKIP_TLS_VERIFY": "true", "ETCDCTL_DIAL_TIMEOUT": "3s", "ETCDCTL_COMMAND_TIMEOUT": "7s"}
	get := func(k string) string { return env[k] }
	c, err := ConfigFromEnv(Config{CACert: "mine"}, get)
	if err != nil || strings.Join(c.Endpoints, " ") != "a:1 b:2" || c.CACert != "mine" || c.Cert != "c" || !c.InsecureSkipVerify || c.DialTimeout != 3*time.Second || c.CommandTimeout != 7*time.Second {
		t.Errorf("%+v, %v", c, err)
	}
	if c = c.withDefaults(); c.User != "u" || c.Password != "p" || c.ReadRate != 50 {
		t.Errorf("%+v", c)
	}
	for _, name := range []string{"ETCDCTL_DIAL_TIMEOUT", "ETCDCTL_INSECURE_SKIP_TLS_VERIFY"} {
		if _, err := ConfigFromEnv(Config{}, func(k string) string {
			if k == name {
				return "often"
			}
			return ""
		}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEndpoints(t *testing.T) {
	for _, c := range []struct {
		in   string
		tls  bool
		want endpoint
	}{
		{"h:1", false, endpoint{network: "tcp", addr: "h:1", host: "h"}},
		{"h", true, endpoint{network: "tcp", addr: "h:2379", host: "h", tls: true}},
		{"http://h:1/", true, endpoint{network: "tcp", addr: "h:1", host: "h"}},
		{"https://[::1]:1", false, endpoint{network: "tcp", addr: "[::1]:1", host: "::1", tls: true}},
		{"https://[::1]", false, endpoint{network: "tcp", addr: "[::1]:2379", host: "::1", tls: true}},
		{"unix:///a/b", false, endpoint{network: "unix", addr: "/a/b", host: "b"}},
		{"unix:/a/b", false, endpoint{network: "unix", addr: "/a/b", host: "b"}},
		{"unixs:///a/b", false, endpoint{network: "unix", addr: "/a/b", host: "b", tls: true}},
	} {
		c.want.text = c.in
		if got, err := parseEndpoint(c.in, c.tls); got != c.want || err != nil {
			t.Errorf("%s: %+v, %v", c.in, got, err)
		}
	}
}
