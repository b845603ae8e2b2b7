package recall

import (
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
)

func TestMain(m *testing.M) { etcdtest.Main(m) }

// server is a real etcd in this process.
type server struct{ *etcdtest.Server }

func newServer(t testing.TB, change ...func(*embed.Config)) *server {
	return &server{etcdtest.New(t, change...)}
}

// open opens a Source on the server.
func (s *server) open() *live.Source {
	s.T.Helper()
	src, err := live.Open(etcdtest.Within(s.T, time.Minute), live.Config{Endpoints: []string{s.URL}, ReadRate: -1, DialTimeout: 20 * time.Second})
	if err != nil {
		s.T.Fatalf("open: %v", err)
	}
	s.T.Cleanup(func() { src.Close() })
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
	r, err := Over(src, o).Recall(etcdtest.Within(t, 30*time.Second), ro)
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
