package live

import (
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// replay writes a store of the suite.
func (s *server) replay(spec sourcetest.Spec) {
	s.t.Helper()
	for _, op := range spec.Ops {
		var ops []clientv3.Op
		for _, w := range op {
			if w.Delete {
				ops = append(ops, clientv3.OpDelete(string(w.Key)))
			} else {
				ops = append(ops, clientv3.OpPut(string(w.Key), string(w.Value)))
			}
		}
		if _, err := s.writer().Txn(within(s.t, 10*time.Second)).Then(ops...).Commit(); err != nil {
			s.t.Fatal(err)
		}
	}
	if spec.Compact > 0 {
		s.compact(spec.Compact)
	}
}

// TestRules keeps the rules of all sources, as against 3.7 and as against what came before.
func TestRules(t *testing.T) {
	for name, change := range map[string]func(*Config){"3.7": func(*Config) {}, "before": oldServer} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T, spec sourcetest.Spec) etcdsource.Source {
				srv := newServer(t)
				srv.replay(spec)
				return srv.open(change)
			})
		})
	}
}
