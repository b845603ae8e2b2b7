package recall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// tee is a running source that keeps a copy of each snapshot that it streams.
type tee struct {
	*live.Source
	path string
}

func (s *tee) Save(ctx context.Context, w io.Writer, progress func(done, total int64)) (etcdsource.Saved, error) {
	f, err := os.Create(s.path)
	if err != nil {
		return etcdsource.Saved{}, err
	}
	defer f.Close()
	return s.Source.Save(ctx, io.MultiWriter(w, f), progress)
}

// scribe writes transactions one after the other until it is stopped, and compacts now and then.
type scribe struct {
	srv  *server
	mu   sync.Mutex
	ops  []sourcetest.Op // those that were written; the first made revision 2
	stop context.CancelFunc
	done chan error
}

func newScribe(srv *server, seed uint64) *scribe {
	s := &scribe{srv: srv, done: make(chan error, 1)}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	plan := sourcetest.Generate(seed)
	alive := map[string]bool{}
	w := srv.Writer()
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			var op sourcetest.Op
			for _, o := range plan[i%len(plan)] { // again and again: a key may be gone already, or still be there
				if o.Delete && !alive[string(o.Key)] {
					o = sourcetest.Write{Key: o.Key, Value: []byte("again")}
				}
				alive[string(o.Key)] = !o.Delete
				op = append(op, o)
			}
			if err := etcdtest.Write(context.Background(), w, op); err != nil {
				s.done <- err
				return
			}
			s.mu.Lock()
			s.ops = append(s.ops, op)
			n := len(s.ops)
			s.mu.Unlock()
			if n%211 == 0 {
				if _, err := w.Compact(context.Background(), int64(n)*3/4); err != nil {
					s.done <- err
					return
				}
			}
			time.Sleep(200 * time.Microsecond)
		}
		s.done <- nil
	}()
	return s
}

func (s *scribe) wrote(n int) {
	s.srv.T.Helper()
	for range 6000 {
		s.mu.Lock()
		have := len(s.ops)
		s.mu.Unlock()
		if have >= n {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.srv.T.Fatalf("%d transactions were not written", n)
}

// end stops the writing and returns all that was written.
func (s *scribe) end() *sourcetest.Model {
	s.srv.T.Helper()
	s.stop()
	if err := <-s.done; err != nil {
		s.srv.T.Fatal(err)
	}
	return sourcetest.NewModel(sourcetest.Spec{Ops: s.ops})
}

// TestTimeTravel recalls a store while it is written and compacted. What the recalled source answers is what the file of
// the same snapshot answers, and behind it what was written, at random revisions of random keys.
func TestTimeTravel(t *testing.T) {
	srv := newServer(t)
	w := newScribe(srv, 7)
	w.wrote(500)
	running := &tee{srv.open(), filepath.Join(t.TempDir(), "copy.db")}
	s := recall(t, running, Options{}, etcdsource.RecallOptions{MaxRate: 400 << 10})
	start := s.Recalled().Snapshot
	w.wrote(int(start) + 600)
	m := w.end()
	reach(t, s, m.Spec.Head())
	file, err := snapfile.Open(t.Context(), running.path, snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, _ := file.Describe(t.Context())
	if info.Revision != start || info.Compacted < 2 || s.Recalled().From != info.Compacted {
		t.Fatalf("recalled %+v of %+v", s.Recalled(), info)
	}
	t.Logf("snapshot %d to %d, then to %d", info.Compacted, start, m.Spec.Head())
	if err := sameStream(s, m, info.Compacted); err != nil {
		t.Error(err)
	}
	all := m.State(etcdsource.Prefix(""), m.Spec.Head())
	rapid.Check(t, func(rt *rapid.T) {
		rev := rapid.Int64Range(1, m.Spec.Head()).Draw(rt, "revision")
		span := etcdsource.Prefix(rapid.SampledFrom([]string{"", "/registry/", "/registry/pods/", "/registry/pods/ns-1/", "/other/", "/none/"}).Draw(rt, "prefix"))
		if rapid.Bool().Draw(rt, "one key") {
			span = etcdsource.Key(rapid.SampledFrom(all).Draw(rt, "key").Key)
		}
		span.Values, span.Limit = rapid.Bool().Draw(rt, "values"), rapid.IntRange(0, 30).Draw(rt, "limit")
		if rev <= start {
			sameAnswers(rt, s, file, span, rev)
		} else if got, err := state(s, span, rev); err != nil || got != told(m, span, rev) {
			rt.Fatalf("revision %d: %v\n%s\nwant\n%s", rev, err, got, told(m, span, rev))
		}
	})
}

// sameAnswers asks two sources the same questions.
func sameAnswers(t *rapid.T, a, b etcdsource.Source, span etcdsource.Span, rev int64) {
	ctx, at := context.Background(), etcdsource.At{Revision: rev}
	ask := func(s etcdsource.Source) (out [4]string) {
		p, err := s.Range(ctx, span, at)
		out[0] = fmt.Sprint(p, err)
		n, err := s.Count(ctx, span, at)
		out[1] = fmt.Sprint(n, err)
		if !span.Single() {
			seq, err := s.Children(ctx, span, at)
			out[2] = fmt.Sprint(err)
			if err == nil {
				for c, err := range seq {
					out[2] += fmt.Sprint(c, err)
				}
			}
		} else if v, err := etcdsource.As[etcdsource.Versions](s); err != nil {
			out[3] = err.Error()
		} else {
			list, edge, err := v.Versions(ctx, span.From, rev, span.Limit)
			out[3] = fmt.Sprint(list, edge, err)
		}
		return out
	}
	if x, y := ask(a), ask(b); x != y {
		t.Fatalf("revision %d, %q to %q: recalled\n%q\nfile\n%q", rev, span.From, span.To, x, y)
	}
}

// state reads all pages of a span, and checks that count and children agree.
func state(s etcdsource.Source, span etcdsource.Span, rev int64) (string, error) {
	var b bytes.Buffer
	n := int64(0)
	err := etcdsource.Each(context.Background(), s, span, rev, func(e etcdsource.Entry) error {
		n++
		_, err := fmt.Fprintf(&b, "%q %d %d %d %q\n", e.Key, e.Create, e.Mod, e.Version, e.Value)
		return err
	})
	count, cerr := s.Count(context.Background(), span, etcdsource.At{Revision: rev})
	if count != n {
		err = errors.Join(err, fmt.Errorf("counts %d of %d", count, n))
	}
	return b.String(), errors.Join(err, cerr)
}

// told is what the model says of a span.
func told(m *sourcetest.Model, span etcdsource.Span, rev int64) string {
	var b bytes.Buffer
	for _, e := range m.State(span, rev) {
		if !span.Values {
			e.Value = nil
		}
		fmt.Fprintf(&b, "%q %d %d %d %q\n", e.Key, e.Create, e.Mod, e.Version, e.Value)
	}
	return b.String()
}

// sameStream reads everything from the beginning: what the snapshot kept, then each change once, in order.
func sameStream(s *Source, m *sourcetest.Model, compacted int64) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	m.Spec.Compact = compacted
	defer func() { m.Spec.Compact = 0 }()
	st, err := s.Watch(ctx, etcdsource.Prefix(""), 1)
	if err != nil {
		return err
	}
	defer st.Close()
	want := m.Retained()
	for rev := int64(0); rev < m.Spec.Head(); {
		b, err := st.Next(ctx)
		if err != nil {
			return err
		}
		if !b.Lost.Empty() && b.Lost.To != compacted-1 {
			return fmt.Errorf("lost %+v", b.Lost)
		}
		for _, e := range b.Events {
			if len(want) == 0 || e.Mod != want[0].Mod || e.Sub != want[0].Sub || !bytes.Equal(e.Key, want[0].Key) ||
				e.Type != want[0].Type || !bytes.Equal(e.Value, want[0].Value) || e.Kept != want[0].Kept {
				return fmt.Errorf("%+v, want %+v", e, want[:min(1, len(want))])
			}
			want = want[1:]
		}
		rev = b.Revision
	}
	if len(want) > 0 {
		return fmt.Errorf("%d changes are missing, from %+v on", len(want), want[0])
	}
	return nil
}

// TestServerRestarts stops the server and starts it again: what is in the snapshot is answered all the time, and the
// stream goes on without a gap.
func TestServerRestarts(t *testing.T) {
	srv := newServer(t)
	ops := sourcetest.Generate(4)
	srv.Replay(ops[:100])
	s := recall(t, srv.open(), Options{}, etcdsource.RecallOptions{})
	srv.Replay(ops[100:120])
	reach(t, s, 121)
	srv.Stop()
	m := sourcetest.NewModel(sourcetest.Spec{Ops: ops})
	for _, rev := range []int64{1, 50, 101, 110, 121} {
		if got, err := state(s, etcdsource.Prefix(""), rev); err != nil || got != told(m, etcdsource.Prefix(""), rev) {
			t.Errorf("revision %d without a server: %v\n%s", rev, err, got)
		}
	}
	if _, err := s.Range(etcdtest.Within(t, 3*time.Second), etcdsource.Prefix(""), etcdsource.At{}); err == nil {
		t.Error("now is told without a server")
	}
	if _, err := s.Describe(etcdtest.Within(t, 3*time.Second)); err == nil {
		t.Error("described without a server")
	}
	srv.Start()
	srv.Replay(ops[120:])
	reach(t, s, m.Spec.Head())
	if err := sameStream(s, m, 0); err != nil {
		t.Error(err)
	}
	if got, err := state(s, etcdsource.Prefix(""), 0); err != nil || got != told(m, etcdsource.Prefix(""), m.Spec.Head()) {
		t.Errorf("now: %v\n%s", err, got)
	}
}

// stale is a running source that sends a snapshot of an earlier time, as a member does that lags behind.
type stale struct {
	*live.Source
	snapshot []byte
}

func (s *stale) Save(_ context.Context, w io.Writer, progress func(done, total int64)) (etcdsource.Saved, error) {
	n, err := w.Write(s.snapshot)
	return etcdsource.Saved{Bytes: int64(n), Member: "laggard"}, err
}

// TestMemberLagsBehind joins a snapshot that ends before the watch begins.
func TestMemberLagsBehind(t *testing.T) {
	srv := newServer(t)
	ops := sourcetest.Generate(5)
	m := sourcetest.NewModel(sourcetest.Spec{Ops: ops})
	srv.Replay(ops[:80])
	var old bytes.Buffer
	running := srv.open()
	if _, err := running.Save(t.Context(), &old, nil); err != nil {
		t.Fatal(err)
	}
	srv.Replay(ops[80:])
	s := recall(t, &stale{running, old.Bytes()}, Options{}, etcdsource.RecallOptions{})
	if s.Recalled().Snapshot != 81 {
		t.Errorf("recalled %+v", s.Recalled())
	}
	reach(t, s, m.Spec.Head())
	if err := sameStream(s, m, 0); err != nil {
		t.Error(err)
	}
}
