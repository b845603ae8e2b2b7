package live

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"
	"google.golang.org/grpc"
)

// server is a real etcd in this process, on a unix socket.
type server struct {
	t    testing.TB
	cfg  *embed.Config
	etcd *embed.Etcd
	url  string
	w    *clientv3.Client // writes; opened on first use
}

// tempDir returns a folder whose path is short enough for a socket.
func tempDir(t testing.TB) string {
	dir, err := os.MkdirTemp("", "live")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// newServer starts an etcd; change may alter its configuration.
func newServer(t testing.TB, change ...func(*embed.Config)) *server {
	s := prepareServer(t, change...)
	s.start()
	return s
}

func prepareServer(t testing.TB, change ...func(*embed.Config)) *server {
	dir := tempDir(t)
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
		w, err := clientv3.New(clientv3.Config{Endpoints: []string{s.url}, Logger: zap.NewNop(),
			DialOptions: []grpc.DialOption{grpc.WithNoProxy()}})
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

// put writes keys with small values, and returns the revision of the last.
func (s *server) put(keys ...string) int64 {
	s.t.Helper()
	var rev int64
	for _, k := range keys {
		r, err := s.writer().Put(within(s.t, 10*time.Second), k, "v of "+k)
		if err != nil {
			s.t.Fatal(err)
		}
		rev = r.Header.Revision
	}
	return rev
}

// fill writes n keys made by name, 100 a transaction.
func (s *server) fill(n int, name func(i int) string) {
	s.t.Helper()
	for i := 0; i < n; i += 100 {
		var ops []clientv3.Op
		for j := i; j < min(i+100, n); j++ {
			ops = append(ops, clientv3.OpPut(name(j), "x"))
		}
		if _, err := s.writer().Txn(within(s.t, 30*time.Second)).Then(ops...).Commit(); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *server) compact(rev int64) {
	s.t.Helper()
	if _, err := s.writer().Compact(within(s.t, 10*time.Second), rev, clientv3.WithCompactPhysical()); err != nil {
		s.t.Fatal(err)
	}
}

// open opens a Source on the server.
func (s *server) open(change ...func(*Config)) *Source {
	s.t.Helper()
	cfg := Config{Endpoints: []string{s.url}, ReadRate: -1, DialTimeout: 20 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	src, err := Open(within(s.t, 30*time.Second), cfg)
	if err != nil {
		s.t.Fatalf("open: %v", err)
	}
	s.t.Cleanup(func() { src.Close() })
	return src
}

func oldServer(c *Config) { c.tune.noStream = true }

func numbered(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}
