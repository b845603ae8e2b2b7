package recall

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestDoubt says that revisions are lost which had been said to hold nothing: a stream that has passed them hears of it too,
// and one that began behind them is not.
func TestDoubt(t *testing.T) {
	srv := newServer(t)
	ops := sourcetest.Generate(9)
	srv.Replay(ops[:50])
	running := &holed{srv.open(), make(chan etcdsource.Batch, 8)}
	s := recall(t, running, Options{}, etcdsource.RecallOptions{})
	running.batches <- etcdsource.Batch{Revision: 70}
	reach(t, s, 70)
	watch := func(from int64) etcdsource.Stream {
		st, err := s.Watch(t.Context(), etcdsource.Prefix(""), from)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { st.Close() })
		for rev := int64(0); rev < 70; {
			b, err := st.Next(etcdtest.Within(t, 10*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			rev = b.Revision
		}
		return st
	}
	passed, behind := watch(60), watch(71)
	running.batches <- etcdsource.Batch{Revision: 70, Relist: true, Lost: etcdsource.Window{From: 55, To: 70, Reason: "test"}}
	running.batches <- etcdsource.Batch{Revision: 75}
	for st, want := range map[etcdsource.Stream]int64{passed: 60, behind: 0} {
		var lost etcdsource.Window
		for rev := int64(0); rev < 75; {
			b, err := st.Next(etcdtest.Within(t, 10*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			lost, rev = lost.Join(b.Lost), b.Revision
		}
		if lost.From != want || !lost.Empty() != (want > 0) {
			t.Errorf("lost %+v, want from %d", lost, want)
		}
	}
}
