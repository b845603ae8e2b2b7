package live

import (
	"slices"
	"strings"
	"testing"

	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest/badserver"
)

// TestLeftOut: where all keys are watched, a revision that the server leaves out is a gap, at the beginning as in the middle.
func TestLeftOut(t *testing.T) {
	v := newVictim(t)
	for name, from := range map[string]int64{"first": 0, "middle": 7} {
		src, err := Open(t.Context(), v.lying(t, badserver.Lie{Watch: func(w *badserver.Watch) error {
			for {
				r, err := w.Next()
				if err != nil {
					return err
				}
				events := len(r.Events)
				r.Events = slices.DeleteFunc(r.Events, func(e *mvccpb.Event) bool {
					return e.Kv.ModRevision >= v.start+from && e.Kv.ModRevision < v.start+from+3
				})
				if events > 0 && len(r.Events) == 0 {
					continue
				}
				if err := w.Send(r); err != nil {
					return err
				}
			}
		}}))
		if err != nil {
			t.Fatal(err)
		}
		gaps, why := v.watchSpan(t, src, etcdsource.Prefix(""))
		if len(gaps) == 0 || gaps[0].From > v.start+from || gaps[0].To < v.start+from+2 || !strings.Contains(gaps[0].Reason, "left out") {
			t.Errorf("%s: gaps %+v, why %q", name, gaps, why)
		}
		src.Close()
	}
}
