package recall

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := goleak.Find(peers...); err != nil && code == 0 {
		fmt.Println("after the tests:", err)
		code = 1
	}
	os.Exit(code)
}

// peers are what members of a cluster leave running for a while when they are stopped: HTTP between them. What is tested
// here speaks gRPC.
var peers = []goleak.Option{
	goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
	goleak.IgnoreAnyFunction("net/http.(*conn).serve"), goleak.IgnoreAnyFunction("net/http.(*connReader).backgroundRead"),
}

// server is a real etcd in this process, on a unix socket.
type server struct {
	t    testing.TB
	cfg  *embed.Config
	etcd *embed.Etcd
	url  string
	w    *clientv3.Client // writes; opened on first use
}

func newServer(t testing.TB, change ...func(*embed.Config)) *server {
	dir, err := os.MkdirTemp("", "recall") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cfg := embed.NewConfig()
	cfg.Dir = filepath.Join(dir, "data")
	client := url.URL{Scheme: "unix", Path: filepath.Join(dir, "c")}
	peer := url.URL{Scheme: "unix", Path: filepath.Join(dir, "p")}
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	cfg.TickMs, cfg.ElectionMs, cfg.UnsafeNoFsync = 10, 100, true
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
	cfg.InitialCluster = ""
	for _, f := range change {
		f(cfg)
	}
	if cfg.InitialCluster == "" {
		cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	}
	s := &server{t: t, cfg: cfg, url: client.String()}
	t.Cleanup(s.stop)
	s.start()
	return s
}

func (s *server) start() {
	s.t.Helper()
	etcd, err := embed.StartEtcd(s.cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.etcd = etcd
	select {
	case <-etcd.Server.ReadyNotify():
	case <-time.After(30 * time.Second):
		s.t.Fatal("etcd does not get ready")
	}
}

func (s *server) stop() {
	if s.w != nil {
		s.w.Close()
		s.w = nil
	}
	if s.etcd != nil {
		s.etcd.Close()
		s.etcd = nil
	}
}

// writer returns a client that may write.
func (s *server) writer() *clientv3.Client {
	s.t.Helper()
	if s.w == nil {
		w, err := clientv3.New(clientv3.Config{Endpoints: []string{s.url}, Logger: zap.NewNop(), DialOptions: []grpc.DialOption{grpc.WithNoProxy()}})
		if err != nil {
			s.t.Fatal(err)
		}
		s.w = w
	}
	return s.w
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// replay writes transactions.
func (s *server) replay(ops []sourcetest.Op) {
	s.t.Helper()
	w, ctx := s.writer(), within(s.t, 30*time.Second)
	for _, op := range ops {
		if err := write(ctx, w, op); err != nil {
			s.t.Fatal(err)
		}
	}
}

func write(ctx context.Context, w *clientv3.Client, op sourcetest.Op) error {
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

func (s *server) compact(rev int64) {
	s.t.Helper()
	if _, err := s.writer().Compact(within(s.t, 10*time.Second), rev, clientv3.WithCompactPhysical()); err != nil {
		s.t.Fatal(err)
	}
}

// open opens a Source on the server.
func (s *server) open() *live.Source {
	s.t.Helper()
	src, err := live.Open(within(s.t, 10*time.Second), live.Config{Endpoints: []string{s.url}, ReadRate: -1, DialTimeout: 5 * time.Second})
	if err != nil {
		s.t.Fatalf("open: %v", err)
	}
	s.t.Cleanup(func() { src.Close() })
	return src
}

// wire leads from a socket to a server's, and can be cut.
type wire struct {
	path string
	lis  net.Listener
	mu   sync.Mutex
	open []net.Conn
	wg   sync.WaitGroup
}

func newWire(t testing.TB, to string) *wire {
	t.Helper()
	w := &wire{path: to + "w"}
	lis, err := net.Listen("unix", w.path)
	if err != nil {
		t.Fatal(err)
	}
	w.lis = lis
	t.Cleanup(w.cut)
	w.wg.Go(func() {
		for {
			near, err := lis.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", to)
			if err != nil {
				near.Close()
				continue
			}
			w.mu.Lock()
			w.open = append(w.open, near, far)
			w.mu.Unlock()
			for _, c := range [][2]net.Conn{{near, far}, {far, near}} {
				w.wg.Go(func() {
					_, _ = io.Copy(c[0], c[1])
					c[0].Close()
				})
			}
		}
	})
	return w
}

func (w *wire) cut() {
	w.lis.Close()
	w.mu.Lock()
	for _, c := range w.open {
		c.Close()
	}
	w.mu.Unlock()
	w.wg.Wait()
}

// recall recalls a running source.
func recall(t testing.TB, src etcdsource.Source, o Options, ro etcdsource.RecallOptions) *Source {
	t.Helper()
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	r, err := Over(src, o).Recall(within(t, 30*time.Second), ro)
	if err != nil {
		t.Fatalf("recall: %v", err)
	}
	t.Cleanup(func() { r.Close() })
	return r.(*Source)
}

// reach waits until the source holds a revision.
func reach(t testing.TB, s *Source, rev int64) {
	t.Helper()
	for range 2000 {
		if s.tail.holds(rev) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("revision %d does not arrive", rev)
}

// emptied checks that nothing is left in a folder of temporary files.
func emptied(t testing.TB, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
