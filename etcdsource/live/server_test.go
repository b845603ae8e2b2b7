package live

import (
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// server is a real etcd in this process.
type server struct{ *etcdtest.Server }

func newServer(t testing.TB, change ...func(*embed.Config)) *server {
	return &server{etcdtest.New(t, change...)}
}

// fill writes n keys made by name, 100 a transaction.
func (s *server) fill(n int, name func(i int) string) {
	s.T.Helper()
	for i := 0; i < n; i += 100 {
		var ops []clientv3.Op
		for j := i; j < min(i+100, n); j++ {
			ops = append(ops, clientv3.OpPut(name(j), "x"))
		}
		if _, err := s.Writer().Txn(etcdtest.Within(s.T, 30*time.Second)).Then(ops...).Commit(); err != nil {
			s.T.Fatal(err)
		}
	}
}

// open opens a Source on the server.
func (s *server) open(change ...func(*Config)) *Source {
	s.T.Helper()
	cfg := Config{Endpoints: []string{s.URL}, ReadRate: -1, DialTimeout: 20 * time.Second, CommandTimeout: 20 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	src, err := Open(etcdtest.Within(s.T, time.Minute), cfg)
	if err != nil {
		s.T.Fatalf("open: %v", err)
	}
	s.T.Cleanup(func() { src.Close() })
	return src
}

func oldServer(c *Config) { c.tune.noStream = true }

func numbered(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}
