package live

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"go.etcd.io/etcd/server/v3/embed"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestPace: a stream has its time, and goes on after that as long as it brings a KiB each second, also one that began
// quickly. Only what is waited for counts.
func TestPace(t *testing.T) {
	t.Parallel()
	const second = time.Second
	type got struct {
		bytes  int64
		waited time.Duration
	}
	for name, c := range map[string]struct {
		got  []got
		slow string
	}{
		"nothing yet":               {[]got{{0, 10 * second}}, ""},
		"nothing for too long":      {[]got{{0, 10*second + 1}}, "the server sent only 0 bytes in 10s"},
		"just enough":               {[]got{{20 << 10, 20 * second}}, ""},
		"a little less":             {[]got{{20<<10 - 1, 20 * second}}, "the server sent only 20479 bytes in 20s"},
		"much, then a trickle":      {[]got{{1 << 30, 11 * second}, {1, 6 * second}, {1, 6 * second}}, "the server sent only 2 bytes in 12s"},
		"a slow line, with a pause": {[]got{{64 << 10, 9 * second}, {0, 9 * second}, {64 << 10, 9 * second}, {64 << 10, 3 * second}}, ""},
	} {
		p := pace{patience: 10 * second}
		var err error
		for _, g := range c.got {
			err = errors.Join(err, p.add("Snapshot", g.bytes, g.waited))
		}
		if c.slow == "" && err != nil || c.slow != "" && (err == nil || err.Error() != c.slow) {
			t.Errorf("%s: %v, want %q", name, err, c.slow)
		}
	}
}

// TestHandedOverIsNotHeld: the changes that wait for other parts are counted until they are handed over, and then no more:
// however many pass through, their room does not fill up or grow.
func TestHandedOverIsNotHeld(t *testing.T) {
	t.Parallel()
	p := &parts{queue: etcdsource.NewQueue(1 << 20), room: 1000, at: make([]int64, 2), states: make([]etcdsource.Status, 2)}
	for rev := int64(1); rev <= 100; rev++ {
		e := etcdsource.Event{Key: []byte("/a/key"), Value: []byte("value"), Mod: rev}
		if err := p.take(0, etcdsource.Batch{Events: []etcdsource.Event{e}, Revision: rev}); err != nil {
			t.Fatalf("revision %d: %v", rev, err)
		}
		if p.bytes <= 0 || p.bytes > p.room {
			t.Fatalf("%d bytes are held of one change that waits", p.bytes)
		}
		if err := p.take(1, etcdsource.Batch{Revision: rev}); err != nil || p.bytes != 0 || len(p.held) != 0 {
			t.Fatalf("revision %d: %d bytes, %d changes are held after all parts have come that far: %v", rev, p.bytes, len(p.held), err)
		}
	}
}

// TestHostIsNoPath: over a socket a server is asked as localhost, since the path of a socket is no host.
func TestHostIsNoPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	hosts := make(chan string, 2)
	for network, addr := range map[string]string{"unix": path, "tcp": "127.0.0.1:0"} {
		lis, err := net.Listen(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { lis.Close() })
		go func() {
			conn, err := lis.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				hosts <- r.Host
			}
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		}()
		want := lis.Addr().String()
		if _, err := new(dialer).hear(etcdtest.Within(t, 20*time.Second), endpoint{network: network, addr: want}, false, "/version"); err != nil {
			t.Fatal(err)
		}
		if network == "unix" {
			want = "localhost"
		}
		if got := <-hosts; got != want {
			t.Errorf("over %s the host is %q, want %q", network, got, want)
		}
	}
}

// TestMoveIsSaid: a watch that goes to another member says so before it is connected there, with both and the reason.
func TestMoveIsSaid(t *testing.T) {
	t.Parallel()
	srv := newServer(t, func(c *embed.Config) {
		c.ListenClientUrls = append(c.ListenClientUrls, url.URL{Scheme: "http", Host: "127.0.0.1:0"})
	})
	urls := []string{srv.URL}
	for _, l := range srv.Etcd.Clients {
		if l.Addr().Network() == "tcp" {
			urls = append(urls, "http://"+l.Addr().String())
		}
	}
	src := srv.open(func(c *Config) { c.Endpoints = urls })
	m, err := src.member()
	if err != nil || len(urls) != 2 {
		t.Fatal(urls, err)
	}
	st := &stream{s: src, queue: etcdsource.NewQueue(1 << 20), ctx: t.Context()}
	if !st.retry(m, status.Error(codes.Unavailable, "it went"), 0) {
		t.Fatal("it does not try again")
	}
	to, err := src.member()
	if err != nil || to.ep == m.ep {
		t.Fatalf("still at %s: %v", m.ep.text, err)
	}
	b, err := st.Next(t.Context())
	if err != nil || b.Status.State != etcdsource.Retrying || !strings.HasPrefix(b.Status.Why, "moved to "+to.ep.text+", because of "+m.ep.text+": ") {
		t.Errorf("it says %v %q, %v", b.Status.State, b.Status.Why, err)
	}
}

// TestKeysFromTheIndex: etcd answers for keys only from its index, and streams ranges, from 3.7 on.
func TestKeysFromTheIndex(t *testing.T) {
	t.Parallel()
	for version, indexed := range map[string]bool{"3.4.0": false, "3.6.12": false, "3.7.0": true, "3.10.1": true, "4.0.0": true, "": false, "x": false} {
		addr := serveStatus(t, &pb.StatusResponse{Header: &pb.ResponseHeader{MemberId: 1, ClusterId: 2, Revision: 3}, Version: version, Leader: 1})
		src, err := Open(t.Context(), Config{Endpoints: []string{addr}})
		if err != nil {
			t.Errorf("%q: %v", version, err)
			continue
		}
		if src.indexOnly() != indexed {
			t.Errorf("%q: from the index is %v", version, !indexed)
		}
		src.Close()
	}
}

// TestRevisionsOfChanges: a change has a revision from 1 on to the largest that there is, and none past the newest.
func TestRevisionsOfChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mod, head int64
		taken     bool
	}{{0, 9, false}, {-1, 9, false}, {1, 9, true}, {9, 9, true}, {10, 9, false}, {maxRevision, maxRevision, true}, {maxRevision + 1, maxRevision + 2, false}} {
		ch := &changes{st: &stream{span: etcdsource.Prefix("/")}, m: &member{id: 1, cluster: 2}, keys: map[string]bool{}}
		err := ch.change(&mvccpb.Event{Kv: &mvccpb.KeyValue{Key: []byte("/k"), ModRevision: c.mod, CreateRevision: c.mod, Version: 1}}, c.head, true)
		if (err == nil) != c.taken {
			t.Errorf("revision %d of %d: %v", c.mod, c.head, err)
		}
	}
}
