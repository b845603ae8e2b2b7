package live

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// replay writes a store of the suite.
func (s *server) replay(spec sourcetest.Spec) {
	s.T.Helper()
	s.Replay(spec.Ops)
	if spec.Compact > 0 {
		s.Compact(spec.Compact)
	}
}

// TestRules keeps the rules of all sources, as against 3.7 and as against what came before.
func TestRules(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){"3.7": func(*Config) {}, "before": oldServer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, func(t *testing.T, spec sourcetest.Spec) etcdsource.Source {
				srv := newServer(t)
				srv.replay(spec)
				return srv.open(change)
			})
		})
	}
}
