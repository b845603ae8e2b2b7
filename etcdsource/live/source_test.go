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

// TestRules keeps the rules of all sources, as against 3.7, as against what came before, and as against kine.
func TestRules(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){"3.7": func(*Config) {}, "before": oldServer, "kine": func(*Config) {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, func(t *testing.T, spec sourcetest.Spec) etcdsource.Source {
				srv := newServer(t)
				srv.replay(spec)
				if name == "kine" {
					if spec.Name == "odd keys" {
						t.Skip("keys in an SQL database are text")
					}
					at := srv.throughKine()
					return srv.open(func(c *Config) { c.Endpoints = []string{at} })
				}
				return srv.open(change)
			})
		})
	}
}
