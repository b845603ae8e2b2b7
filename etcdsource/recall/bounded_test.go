package recall

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestBounded writes far more than the tail may hold. Nothing is silently missing: states are right at every revision
// that snapshot, tail or server still have, streams say what is lost, and the walk back finds what the server has.
func TestBounded(t *testing.T) {
	srv := newServer(t)
	ops := append(sourcetest.Generate(11), sourcetest.Generate(12)...)
	fix(ops)
	m := sourcetest.NewModel(sourcetest.Spec{Ops: ops})
	srv.Replay(ops[:60])
	s := recall(t, srv.open(), Options{MaxBytes: 20 << 10}, etcdsource.RecallOptions{})
	srv.Replay(ops[60:])
	reach(t, s, m.Spec.Head())
	s.tail.mu.Lock()
	thin, bytes := s.tail.thin, s.tail.bytes
	s.tail.mu.Unlock()
	if thin <= 61 || thin >= m.Spec.Head() || bytes > 20<<10+16<<10 {
		t.Fatalf("let go up to %d, %d bytes", thin, bytes)
	}
	all := etcdsource.Prefix("")
	all.Values = true
	for rev := int64(1); rev <= m.Spec.Head(); rev += 3 {
		if got, err := state(s, all, rev); err != nil || got != told(m, all, rev) {
			t.Fatalf("revision %d: %v\n%s\nwant\n%s", rev, err, got, told(m, all, rev))
		}
	}
	if info, err := s.Describe(t.Context()); err != nil || info.Keys != int64(len(m.State(all, m.Spec.Head()))) {
		t.Errorf("%+v, %v", info, err)
	}
	checkLost(t, s, m, thin)
	srv.Compact(thin)
	var gone *etcdsource.CompactedError
	if _, err := s.Range(t.Context(), all, etcdsource.At{Revision: thin - 1}); !errors.As(err, &gone) {
		t.Errorf("a revision that nobody holds any more: %v", err)
	}
	for _, rev := range []int64{61, thin, m.Spec.Head()} {
		if got, err := state(s, all, rev); err != nil || got != told(m, all, rev) {
			t.Errorf("revision %d after the compaction: %v\n%s", rev, err, got)
		}
	}
	walkAll(t, s, m, 61, thin)
}

// fix turns deletions of keys that do not exist into writes: the second half does not know how the first one ended.
func fix(ops []sourcetest.Op) {
	alive := map[string]bool{}
	for _, op := range ops {
		for i := range op {
			if op[i].Delete && !alive[string(op[i].Key)] {
				op[i].Delete, op[i].Value = false, []byte("again")
			}
			alive[string(op[i].Key)] = !op[i].Delete
		}
	}
}

// checkLost reads everything: the snapshot's changes, one gap up to thin, and what follows it.
func checkLost(t *testing.T, s *Source, m *sourcetest.Model, thin int64) {
	t.Helper()
	st, err := s.Watch(t.Context(), etcdsource.Prefix(""), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var lost []etcdsource.Window
	n := 0
	for rev := int64(0); rev < m.Spec.Head(); {
		b, err := st.Next(etcdtest.Within(t, 10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if !b.Lost.Empty() {
			lost = append(lost, b.Lost)
		}
		n += len(b.Events)
		rev = b.Revision
	}
	want := 0
	for _, e := range m.Events {
		if e.Mod <= 61 || e.Mod > thin {
			want++
		}
	}
	if len(lost) != 1 || lost[0].From != 62 || lost[0].To != thin || lost[0].Reason == "" || n != want {
		t.Errorf("lost %+v (let go 62 to %d), %d changes of %d", lost, thin, n, want)
	}
}

// walkAll walks every key back: no version is invented, none of the snapshot's and of the tail's is missing.
func walkAll(t *testing.T, s *Source, m *sourcetest.Model, start, thin int64) {
	t.Helper()
	byKey := map[string]map[int64]etcdsource.Event{}
	for _, e := range m.Events {
		if byKey[string(e.Key)] == nil {
			byKey[string(e.Key)] = map[int64]etcdsource.Event{}
		}
		byKey[string(e.Key)][e.Mod] = e
	}
	for key, versions := range byKey {
		got, upTo := map[int64]bool{}, int64(0)
		for {
			page, edge, err := s.Versions(t.Context(), []byte(key), upTo, 3)
			if err != nil {
				t.Fatalf("%q: %v", key, err)
			}
			for _, e := range page {
				w, ok := versions[e.Mod]
				if !ok || got[e.Mod] || string(w.Value) != string(e.Value) || w.Type != e.Type {
					t.Fatalf("%q: %+v, want %+v", key, e, w)
				}
				got[e.Mod], upTo = true, e.Mod-1
			}
			if edge.Kind != etcdsource.EdgeMore {
				break
			}
			if len(page) == 0 {
				t.Fatalf("%q: more, and none of it", key)
			}
		}
		for mod := range versions {
			if (mod <= start || mod > thin) && !got[mod] {
				t.Errorf("%q: version %d is missing", key, mod)
			}
		}
	}
}

// holed is a running source whose watch loses revisions.
type holed struct {
	etcdsource.Source
	batches chan etcdsource.Batch
}

func (h *holed) Unwrap() etcdsource.Source { return h.Source }

func (h *holed) Watch(context.Context, etcdsource.Span, int64) (etcdsource.Stream, error) {
	return h, nil
}

func (h *holed) Next(ctx context.Context) (etcdsource.Batch, error) {
	select {
	case b := <-h.batches:
		return b, nil
	case <-ctx.Done():
		return etcdsource.Batch{}, ctx.Err()
	}
}

func (h *holed) Close() error { return nil }

// TestHole loses revisions of the watch: they are said, once to each stream, and what comes after them is asked of the
// server.
func TestHole(t *testing.T) {
	srv := newServer(t)
	ops := sourcetest.Generate(9)
	m := sourcetest.NewModel(sourcetest.Spec{Ops: ops})
	srv.Replay(ops[:50])
	running := &holed{srv.open(), make(chan etcdsource.Batch, 8)}
	s := recall(t, running, Options{}, etcdsource.RecallOptions{})
	srv.Replay(ops[50:])
	send := func(from, to int64) {
		b := etcdsource.Batch{Revision: to, Status: etcdsource.Status{State: etcdsource.Live}}
		for _, e := range m.Events {
			if e.Mod >= from && e.Mod <= to {
				b.Events = append(b.Events, e)
			}
		}
		running.batches <- b
	}
	send(52, 70)
	running.batches <- etcdsource.Batch{Revision: 90, Relist: true, Lost: etcdsource.Window{From: 71, To: 90, Reason: "test"}}
	send(91, m.Spec.Head())
	reach(t, s, 70)
	all := etcdsource.Prefix("")
	for _, rev := range []int64{30, 51, 60, 70, 80, 90, 91, m.Spec.Head()} {
		if got, err := state(s, all, rev); err != nil || got != told(m, all, rev) {
			t.Errorf("revision %d: %v\n%s", rev, err, got)
		}
		if held := s.tail.holds(rev); held != (rev >= 51 && rev <= 70) {
			t.Errorf("revision %d is held: %v", rev, held)
		}
	}
	for _, from := range []int64{1, 60, 75, 95} {
		st, err := s.Watch(t.Context(), all, from)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for rev := int64(0); rev < m.Spec.Head(); {
			b, err := st.Next(etcdtest.Within(t, 10*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			if !b.Lost.Empty() {
				said += b.Lost.Reason
				if b.Lost.From != max(71, from) || b.Lost.To != 90 || !b.Relist {
					t.Errorf("from %d: lost %+v", from, b.Lost)
				}
			}
			rev = b.Revision
		}
		if want := strings.Repeat("test", map[bool]int{true: 1}[from <= 90]); said != want {
			t.Errorf("from %d: said %q", from, said)
		}
		st.Close()
	}
	key := m.Events[len(m.Events)-1].Key
	if list, _, err := s.Versions(t.Context(), key, 0, 1); err != nil || len(list) != 1 && m.Events[len(m.Events)-1].Type != etcdsource.Deleted {
		t.Errorf("versions behind a hole: %+v, %v", list, err)
	}
}
