package recall

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestRules keeps the rules of all sources: with everything in the snapshot, and recalled in the midst of the writes.
func TestRules(t *testing.T) {
	t.Run("afterwards", func(t *testing.T) {
		sourcetest.Run(t, func(t *testing.T, spec sourcetest.Spec) etcdsource.Source {
			srv := newServer(t)
			srv.Replay(spec.Ops)
			if spec.Compact > 0 {
				srv.Compact(spec.Compact)
			}
			return recall(t, srv.open(), Options{}, etcdsource.RecallOptions{})
		})
	})
	for _, spec := range sourcetest.Specs() {
		if spec.Compact > 0 || len(spec.Ops) < 2 {
			continue
		}
		t.Run("midway/"+spec.Name, func(t *testing.T) {
			sourcetest.RunSpec(t, spec, func(t *testing.T, spec sourcetest.Spec) etcdsource.Source {
				srv := newServer(t)
				half := len(spec.Ops) / 2
				srv.Replay(spec.Ops[:half])
				s := recall(t, srv.open(), Options{}, etcdsource.RecallOptions{})
				srv.Replay(spec.Ops[half:])
				reach(t, s, spec.Head())
				return s
			})
		})
	}
}
