package live

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest/kineserver"
)

// throughKine has a server answer as kine does; it returns its address.
func (s *server) throughKine() string {
	s.T.Helper()
	socket := filepath.Join(etcdtest.Dir(s.T), "kine.sock")
	lis, err := net.Listen("unix", socket)
	if err != nil {
		s.T.Fatal(err)
	}
	k, err := kineserver.Serve(lis, "unix:"+strings.TrimPrefix(s.URL, "unix://"))
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(k.Stop)
	return "unix://" + socket
}

// TestKine: what kine answers is read, and what it does not answer is lacking, with the reason.
func TestKine(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.fill(1200, numbered("/registry/pods/demo/p%04d"))
	src := srv.open(func(c *Config) { c.Endpoints = []string{srv.throughKine()}; c.Serializable = true })
	ctx := etcdtest.Within(t, time.Minute)
	info, err := src.Describe(ctx)
	if err != nil || info.Revision < 2 || !strings.Contains(info.Note, "kine") || !strings.Contains(info.Version, "kine") || info.Quota != -1 {
		t.Errorf("%+v, %v", info, err)
	}
	page, err := src.Range(ctx, etcdsource.Prefix(""), etcdsource.At{})
	if err != nil || len(page.Entries) != 500 || !page.More {
		t.Errorf("everything: %d keys, more %t, %v", len(page.Entries), page.More, err)
	}
	n := 0
	if err := src.List(ctx, etcdsource.Prefix(""), etcdsource.At{}, func(keys [][]byte) error { n += len(keys); return nil }); err != nil || n != 1200 {
		t.Errorf("list: %d keys, %v", n, err)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{lack[etcdsource.Saver](src), "cannot save a snapshot: this is kine, which keeps its data in an SQL database and has no snapshots"},
		{lack[etcdsource.Recaller](src), "cannot recall the whole past: this is kine, which keeps its data in an SQL database and has no snapshots"},
		{lack[etcdsource.Prober](src), "cannot ask each member how it is: this is kine, which keeps its data in an SQL database and has no members"},
		{lack[etcdsource.Leaser](src), "cannot read leases: this is kine, which keeps its data in an SQL database and has no leases, only a time after which a key is deleted"},
		{lack[etcdsource.Versions](src), ""},
	} {
		if got := ""; c.err != nil {
			if got = c.err.Error(); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		} else if c.want != "" {
			t.Errorf("not lacking: %s", c.want)
		}
	}
}

func lack[T any](src etcdsource.Source) error { _, err := etcdsource.As[T](src); return err }

// TestKineCompacted: the oldest revision that kine still holds is found as that of an etcd is.
func TestKineCompacted(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.fill(1200, numbered("/registry/pods/demo/p%04d"))
	srv.Compact(7)
	src := srv.open(func(c *Config) { c.Endpoints = []string{srv.throughKine()} })
	waitFor(t, "the compaction", func() bool {
		info, err := src.Describe(t.Context())
		return err == nil && info.Compacted == 7
	})
}
