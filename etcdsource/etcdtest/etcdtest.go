// Package etcdtest runs real etcds: in the process of a test, or in processes of their own that can be killed.
//
//	New, Cluster ─► Server ─┐
//	Members ──────► Member ─┴► URL ─► Proxy ─► what is tested
//	                                    └─► Cut, Hold, Slow, Delay, Refuse
//	Network: Members with a Proxy before each, for clients and for the other members
//	Server: Writer, Replay, Compact, Stop, Start; Member: Kill, Start: what happens to it meanwhile
//
// What always holds: a server listens on a unix socket in a short temporary folder (members of a cluster talk to each
// other over loopback TCP), logs nothing, does not sync its disk, and is stopped and removed when the test ends. A
// failure ends the test, so nothing here returns an error.
package etcdtest

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// SideBySide lets four parallel tests run at once, for tests that wait for servers or terminals most of their time; not so under the
// race detector, which makes them slow, or where the flag gives another number. It parses the flags.
func SideBySide() {
	flag.Parse()
	given := raceDetector
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return
	}
	if err := flag.Set("test.parallel", strconv.Itoa(max(4, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
}

// Main runs the tests of a package, and fails where goroutines are left when they have ended. Members of a cluster leave
// HTTP between them running for a while when they are stopped: that counts as nothing, for what is tested speaks gRPC.
// A process that was started as a Member serves instead.
func Main(m *testing.M) {
	Child()
	SideBySide()
	code := m.Run()
	err := goleak.Find(goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreAnyFunction("net/http.(*conn).serve"), goleak.IgnoreAnyFunction("net/http.(*connReader).backgroundRead"))
	if err != nil && code == 0 {
		fmt.Println("after the tests:", err)
		code = 1
	}
	os.Exit(code)
}

// Server is an etcd.
type Server struct {
	T      testing.TB
	Config *embed.Config
	Etcd   *embed.Etcd // nil while it is stopped
	URL    string      // unix://…
	w      *clientv3.Client
}

// Dir returns a folder that is removed when the test ends, and whose path is short enough for a socket.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "etcd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// New starts an etcd; change may alter its configuration.
func New(t testing.TB, change ...func(*embed.Config)) *Server {
	t.Helper()
	s := Prepare(t, change...)
	s.Start()
	return s
}

// Prepare makes an etcd that is not started yet.
func Prepare(t testing.TB, change ...func(*embed.Config)) *Server {
	t.Helper()
	dir := Dir(t)
	cfg := embed.NewConfig()
	cfg.Dir = filepath.Join(dir, "data")
	client := url.URL{Scheme: "unix", Path: filepath.Join(dir, "c")}
	peer := url.URL{Scheme: "unix", Path: filepath.Join(dir, "p")}
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	cfg.TickMs, cfg.ElectionMs, cfg.UnsafeNoFsync = 10, 100, true
	cfg.BcryptCost = 4 // the least: logins cost tests little
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
	cfg.InitialCluster = ""
	for _, f := range change {
		f(cfg)
	}
	if cfg.InitialCluster == "" {
		cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	}
	s := &Server{T: t, Config: cfg, URL: client.String()}
	t.Cleanup(s.Stop)
	return s
}

// Cluster starts the n members of one cluster.
func Cluster(t testing.TB, n int) []*Server {
	t.Helper()
	peers, initial := make([]url.URL, n), make([]string, n)
	for i := range n {
		peers[i] = url.URL{Scheme: "http", Host: peerAddress(t)}
		initial[i] = fmt.Sprintf("m%d=%s", i, peers[i].String())
	}
	out := make([]*Server, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			out[i] = New(t, func(c *embed.Config) {
				c.Name, c.InitialCluster = fmt.Sprintf("m%d", i), strings.Join(initial, ",")
				c.ListenPeerUrls, c.AdvertisePeerUrls = peers[i:i+1], peers[i:i+1]
			})
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow() // a member did not start, and said why
	}
	return out
}

// Start starts the server, again too, and waits until it serves.
func (s *Server) Start() {
	s.T.Helper()
	etcd, err := embed.StartEtcd(s.Config)
	if err != nil {
		s.T.Fatal(err)
	}
	s.Etcd = etcd
	select {
	case <-etcd.Server.ReadyNotify():
	case <-time.After(30 * time.Second):
		s.T.Fatal("etcd does not get ready")
	}
}

// Stop stops the server; what it holds stays.
func (s *Server) Stop() {
	if s.w != nil {
		s.w.Close()
		s.w = nil
	}
	if s.Etcd != nil {
		s.Etcd.Close()
		s.Etcd = nil
	}
}

// Writer returns a client that may write.
func (s *Server) Writer() *clientv3.Client {
	s.T.Helper()
	if s.w == nil {
		w, err := clientv3.New(clientv3.Config{Endpoints: []string{s.URL}, Logger: zap.NewNop(), DialOptions: []grpc.DialOption{grpc.WithNoProxy()}})
		if err != nil {
			s.T.Fatal(err)
		}
		s.w = w
	}
	return s.w
}

// Within returns a context that ends after a time, and with the test.
func Within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// Put writes keys with small values, and returns the revision of the last.
func (s *Server) Put(keys ...string) int64 {
	s.T.Helper()
	var rev int64
	for _, k := range keys {
		r, err := s.Writer().Put(Within(s.T, 10*time.Second), k, "v of "+k)
		if err != nil {
			s.T.Fatal(err)
		}
		rev = r.Header.Revision
	}
	return rev
}

// Replay writes transactions of the suite.
func (s *Server) Replay(ops []sourcetest.Op) {
	s.T.Helper()
	w, ctx := s.Writer(), Within(s.T, 30*time.Second)
	for _, op := range ops {
		if err := Write(ctx, w, op); err != nil {
			s.T.Fatal(err)
		}
	}
}

// Write writes one transaction of the suite.
func Write(ctx context.Context, w *clientv3.Client, op sourcetest.Op) error {
	var ops []clientv3.Op
	for _, o := range op {
		if o.Delete {
			ops = append(ops, clientv3.OpDelete(string(o.Key)))
		} else {
			ops = append(ops, clientv3.OpPut(string(o.Key), string(o.Value)))
		}
	}
	_, err := w.Txn(ctx).Then(ops...).Commit()
	return err
}

// Compact forgets the revisions before one, and waits until it is done.
func (s *Server) Compact(rev int64) {
	s.T.Helper()
	if _, err := s.Writer().Compact(Within(s.T, 10*time.Second), rev, clientv3.WithCompactPhysical()); err != nil {
		s.T.Fatal(err)
	}
}
