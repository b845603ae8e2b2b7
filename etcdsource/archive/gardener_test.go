package archive

import (
	"bytes"
	"compress/gzip"
	"compress/lzw"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// timedEvent is what etcd-backup-restore writes of an event.
type timedEvent struct {
	EtcdEvent *clientv3.Event `json:"etcdEvent"`
	Time      time.Time       `json:"time"`
}

// began is when the first revision of the tests was made; each takes a second.
var began = time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.UTC)

func madeAt(rev int64) time.Time { return began.Add(time.Duration(rev) * time.Second) }

// delta makes a delta snapshot, not packed, of the events of some revisions.
func delta(t testing.TB, m *sourcetest.Model, from, to int64) []byte {
	t.Helper()
	list := []timedEvent{}
	for _, e := range m.Events {
		if e.Mod < from || e.Mod > to {
			continue
		}
		ev := &clientv3.Event{Kv: &mvccpb.KeyValue{Key: e.Key, ModRevision: e.Mod}}
		if e.Type == etcdsource.Deleted {
			ev.Type = mvccpb.Event_EventType(1)
		} else {
			ev.Kv.Value, ev.Kv.CreateRevision, ev.Kv.Version, ev.Kv.Lease = e.Value, e.Create, e.Version, e.Lease
		}
		list = append(list, timedEvent{ev, madeAt(e.Mod)})
	}
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return signed(b)
}

// signed adds the sha256 of some bytes behind them.
func signed(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// packed compresses as etcd-backup-restore does for a suffix.
func packed(t testing.TB, suffix string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch suffix {
	case ".gz":
		w = gzip.NewWriter(&b)
	case ".zlib":
		w = zlib.NewWriter(&b)
	case ".Z":
		w = lzw.NewWriter(&b, lzw.LSB, 8)
	default:
		return content
	}
	_, err := w.Write(content)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// store is a folder of Gardener's: a full snapshot and delta snapshots.
type store struct {
	dir    string
	full   string
	deltas []string
}

// layOut writes a store in the layout v1 or v2: the full snapshot holds the revisions up to full, each delta snapshot those
// up to one of ends.
func layOut(t testing.TB, spec sourcetest.Spec, version, suffix string, full int64, ends ...int64) (s store) {
	t.Helper()
	s.dir = filepath.Join(t.TempDir(), "shoot--dev--web", "etcd-main", version)
	dir := s.dir
	if version == "v1" {
		dir = filepath.Join(dir, "Backup-1772600000")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	base := spec
	base.Ops = spec.Ops[:full-1]
	db, err := os.ReadFile(sourcetest.WriteSpec(t, base))
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, content []byte) string {
		path := filepath.Join(dir, name+suffix)
		if err := os.WriteFile(path, packed(t, suffix, content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s.full = put(fmt.Sprintf("Full-%08d-%08d-%d", 0, full, 1772600000), db)
	m := sourcetest.NewModel(spec)
	for i, end := range ends {
		s.deltas = append(s.deltas, put(fmt.Sprintf("Incr-%08d-%08d-%d", full+1, end, 1772600060+i), delta(t, m, full+1, end)))
		full = end
	}
	return s
}

// opened opens a path, and closes it when the test ends.
func opened(t *testing.T, path string, o snapfile.Options) *snapfile.Source {
	t.Helper()
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	s, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// changes reads all changes that a source retains, and what it lost.
func changes(t *testing.T, s etcdsource.Source) (events []etcdsource.Event, lost etcdsource.Window) {
	t.Helper()
	st, err := s.Watch(t.Context(), etcdsource.Prefix(""), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for {
		b, err := st.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return events, lost
		}
		if err != nil {
			t.Fatal(err)
		}
		events, lost = append(events, b.Events...), lost.Join(b.Lost)
	}
}

func describe(t *testing.T, s etcdsource.Source) etcdsource.Info {
	t.Helper()
	info, err := s.Describe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// state returns the verdict of a check.
func state(t *testing.T, s *snapfile.Source, name string) etcdsource.Check {
	t.Helper()
	list, err := s.Checks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.Name == name {
			return c
		}
	}
	return etcdsource.Check{}
}

// TestChainKeepsTheRules runs the rules of every source over a full snapshot with delta snapshots.
func TestChainKeepsTheRules(t *testing.T) {
	t.Parallel()
	suffixes := []string{"", ".gz", ".zlib", ".Z"}
	n := 0
	sourcetest.Run(t, func(t *testing.T, spec sourcetest.Spec) etcdsource.Source {
		head := spec.Head()
		full := max(1, head/3, spec.Compact)
		var ends []int64
		for _, e := range []int64{full + (head-full)/2, head} {
			if e > full && (len(ends) == 0 || e > ends[len(ends)-1]) {
				ends = append(ends, e)
			}
		}
		n++
		s := layOut(t, spec, []string{"v1", "v2"}[n%2], suffixes[n%4], full, ends...)
		src, err := Open(t.Context(), s.dir, snapfile.Options{TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		return src
	})
}

// TestFullAlone opens a full snapshot in each compression, and reads the note about the deltas that follow it.
func TestFullAlone(t *testing.T) {
	t.Parallel()
	spec := sourcetest.Spec{Ops: sourcetest.Generate(5)}
	head := spec.Head()
	for _, suffix := range []string{"", ".gz", ".zlib", ".Z"} {
		s := layOut(t, spec, "v2", suffix, head-20, head-10, head)
		info := describe(t, opened(t, s.full, snapfile.Options{}))
		if info.Revision != head-20 || info.Integrity.State != etcdsource.Passed {
			t.Errorf("%q: revision %d, %+v", suffix, info.Revision, info.Integrity)
		}
		if want := fmt.Sprintf("2 delta snapshots follow it, up to revision %d", head); !strings.Contains(info.Behind.Text, want) {
			t.Errorf("%q: what follows is said as %q", suffix, info.Behind.Text)
		}
	}
}

// TestTrueTimes opens a chain and compares the time of every change.
func TestTrueTimes(t *testing.T) {
	t.Parallel()
	spec := sourcetest.Spec{Ops: sourcetest.Generate(6)}
	head := spec.Head()
	s := layOut(t, spec, "v2", ".gz", head-30, head-20, head-10, head)
	src := opened(t, filepath.Dir(filepath.Dir(s.dir)), snapfile.Options{})
	events, _ := changes(t, src)
	for _, e := range events {
		switch {
		case e.Mod <= head-30 && (!e.Time.IsZero() || e.TimeFrom != ""):
			t.Errorf("revision %d of the full snapshot has the time %v from %q", e.Mod, e.Time, e.TimeFrom)
		case e.Mod > head-30 && (!e.Time.Equal(madeAt(e.Mod)) || e.TimeFrom != "deltaSnapshot"):
			t.Errorf("revision %d: %v from %q, want %v", e.Mod, e.Time, e.TimeFrom, madeAt(e.Mod))
		}
	}
	if got := describe(t, src); got.Note != fmt.Sprintf("with 3 delta snapshots, up to revision %d", head) || got.Behind.Text != "" {
		t.Errorf("said: %q, missing %q", got.Note, got.Behind.Text)
	}
	if c := state(t, src, "deltas"); c.State != etcdsource.Passed {
		t.Errorf("check: %+v", c)
	}
}

// TestOverlap opens delta snapshots that hold what the full one, or the one before, holds too: etcd-backup-restore asks for
// the revision before it streams the full snapshot.
func TestOverlap(t *testing.T) {
	t.Parallel()
	spec := sourcetest.Spec{Ops: sourcetest.Generate(7)}
	head := spec.Head()
	m := sourcetest.NewModel(spec)
	s := layOut(t, spec, "v2", "", head-30, head-20)
	name := filepath.Base(s.full)
	if err := os.Rename(s.full, filepath.Join(s.dir, strings.Replace(name, fmt.Sprintf("-%08d-", head-30), fmt.Sprintf("-%08d-", head-40), 1))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.deltas[0]); err != nil {
		t.Fatal(err)
	}
	for i, d := range [][2]int64{{head - 39, head - 35}, {head - 34, head - 20}, {head - 25, head - 5}, {head - 4, head}} {
		write(t, filepath.Join(s.dir, fmt.Sprintf("Incr-%08d-%08d-%d", d[0], d[1], 1772600060+i)), delta(t, m, d[0], d[1]))
	}
	src := opened(t, s.dir, snapfile.Options{})
	events, _ := changes(t, src)
	if want := m.Retained(); len(events) != len(want) || describe(t, src).Revision != head {
		t.Errorf("%d changes up to revision %d, want %d up to %d", len(events), describe(t, src).Revision, len(want), head)
	}
	if c := state(t, src, "deltas"); c.State != etcdsource.Passed {
		t.Errorf("check: %+v", c)
	}
}

// TestBrokenChain opens chains in which one delta snapshot is not as it must be: what is good is shown, and the rest named.
func TestBrokenChain(t *testing.T) {
	t.Parallel()
	spec, other := sourcetest.Spec{Ops: sourcetest.Generate(8)}, sourcetest.Spec{Ops: sourcetest.Generate(9)}
	head := spec.Head()
	m, strange := sourcetest.NewModel(spec), sourcetest.NewModel(other)
	if other.Head() < head {
		t.Skip("the other store is too short")
	}
	shuffled := func() []byte {
		b := delta(t, m, head-19, head-10)
		var list []json.RawMessage
		if err := json.Unmarshal(b[:len(b)-sha256.Size], &list); err != nil {
			t.Fatal(err)
		}
		list[0], list[len(list)-1] = list[len(list)-1], list[0]
		b, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		return signed(b)
	}
	for _, c := range []struct {
		name string
		with func(path string) error
		say  string
	}{
		{"missing", os.Remove, fmt.Sprintf("revisions %d to %d are in no delta snapshot", head-19, head-10)},
		{"empty", func(p string) error { return os.WriteFile(p, nil, 0o600) }, "empty"},
		{"hash", func(p string) error {
			b, err := os.ReadFile(p)
			if err == nil {
				b[len(b)/2] ^= 1
				err = os.WriteFile(p, b, 0o600)
			}
			return err
		}, "hash does not match"},
		{"cut", func(p string) error { return os.Truncate(p, 200) }, "hash does not match"},
		{"no list", func(p string) error { return os.WriteFile(p, signed([]byte(`{"etcdEvent":{}}`)), 0o600) }, "no list of events"},
		{"no events", func(p string) error { return os.WriteFile(p, signed([]byte(`[]`)), 0o600) }, "its name says"},
		{"no key", func(p string) error {
			return os.WriteFile(p, signed([]byte(`[{"etcdEvent":{"type":1},"time":"2026-03-04T05:06:07Z"}]`)), 0o600)
		}, "event 1 cannot be read: it has no key"},
		{"no time", func(p string) error {
			return os.WriteFile(p, signed([]byte(`[{"etcdEvent":{"kv":{"key":"YQ=="}}}]`)), 0o600)
		}, "event 1 cannot be read: it has no time"},
		{"more behind", func(p string) error {
			b := delta(t, m, head-19, head-10)
			return os.WriteFile(p, signed(append(b[:len(b)-sha256.Size], []byte("[]")...)), 0o600)
		}, "something follows"},
		{"out of order", func(p string) error { return os.WriteFile(p, shuffled(), 0o600) }, "follows"},
		{"of another cluster", func(p string) error { return os.WriteFile(p, delta(t, strange, head-19, head-10), 0o600) }, "revision"},
		{"another one's content", func(p string) error { return os.WriteFile(p, delta(t, m, head-19, head-12), 0o600) }, "its name says that it ends at"},
		{"a folder", func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) }, "are in no delta snapshot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := layOut(t, spec, "v2", "", head-30, head-20, head-10, head)
			if err := c.with(s.deltas[1]); err != nil {
				t.Fatal(err)
			}
			src := opened(t, s.dir, snapfile.Options{})
			info := describe(t, src)
			if info.Revision != head-20 || !strings.Contains(info.Behind.Text, c.say) || info.Behind.Short == "" {
				t.Errorf("revision %d, want %d; said %q, want %q in it", info.Revision, head-20, info.Behind.Text, c.say)
			}
			if !strings.Contains(info.Behind.Text, filepath.Base(s.deltas[1])) && !strings.Contains(info.Behind.Text, filepath.Base(s.deltas[2])) {
				t.Errorf("no file is named: %q", info.Behind.Text)
			}
			if got := state(t, src, "deltas"); got.State != etcdsource.Failed {
				t.Errorf("the check says %+v", got)
			}
			events, _ := changes(t, src)
			for _, e := range events {
				if e.Mod > head-20 {
					t.Errorf("revision %d is shown", e.Mod)
				}
			}
			if n := len(m.Changes(etcdsource.Prefix(""), 0)); len(events) == 0 || len(events) >= n {
				t.Errorf("%d changes are shown", len(events))
			}
		})
	}
}

// TestDeltaAlone opens a delta snapshot without the full one.
func TestDeltaAlone(t *testing.T) {
	t.Parallel()
	spec := sourcetest.Spec{Ops: sourcetest.Generate(10)}
	head := spec.Head()
	m := sourcetest.NewModel(spec)
	for _, suffix := range []string{"", ".gz", ".zlib", ".Z"} {
		s := layOut(t, spec, "v2", suffix, head-30, head-20, head-10, head)
		renamed := filepath.Join(t.TempDir(), "some-file")
		if err := os.Link(s.deltas[1], renamed); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{s.deltas[1], renamed} {
			src := opened(t, path, snapfile.Options{})
			info := describe(t, src)
			if info.Revision != head-10 || info.Compacted != head-19 || info.Integrity.State != etcdsource.Passed || !strings.Contains(info.Behind.Text, "only") {
				t.Errorf("%s: %+v", path, info)
			}
			events, lost := changes(t, src)
			if lost.To != head-20 || len(events) == 0 || events[0].Mod != head-19 || events[0].Kept || !events[0].Time.Equal(madeAt(head-19)) {
				t.Errorf("%s: lost %+v, first %+v", path, lost, events[0])
			}
			for _, e := range events {
				got, ok, err := etcdsource.Get(t.Context(), src, e.Key, e.Mod)
				if err != nil || ok != (e.Type != etcdsource.Deleted) || ok && !bytes.Equal(got.Value, e.Value) {
					t.Errorf("%q at %d: %v %v", e.Key, e.Mod, ok, err)
				}
			}
			if c := state(t, src, "checksum"); c.State != etcdsource.Passed {
				t.Errorf("%s: %+v", path, c)
			}
			if _, err := src.Count(t.Context(), etcdsource.Prefix(""), etcdsource.At{Revision: head - 20}); err == nil {
				t.Errorf("%s: a state before it is shown", path)
			}
		}
	}
	t.Run("a folder of deltas", func(t *testing.T) {
		s := layOut(t, spec, "v2", ".gz", head-30, head-20, head-10, head)
		if err := os.Remove(s.full); err != nil {
			t.Fatal(err)
		}
		events, _ := changes(t, opened(t, s.dir, snapfile.Options{}))
		if want := m.Changes(etcdsource.Prefix(""), head-29); len(events) != len(want) {
			t.Errorf("%d changes, want %d", len(events), len(want))
		}
	})
}

// TestDamagedDelta opens a delta snapshot whose hash is wrong, strictly and not.
func TestDamagedDelta(t *testing.T) {
	t.Parallel()
	spec := sourcetest.Spec{Ops: sourcetest.Generate(11)}
	head := spec.Head()
	s := layOut(t, spec, "v2", "", head-30, head)
	b, err := os.ReadFile(s.deltas[0])
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.deltas[0], b[:len(b)/2])
	_, err = Open(t.Context(), s.deltas[0], snapfile.Options{TempDir: t.TempDir()})
	var p *etcdsource.Problem
	if !errors.As(err, &p) || !strings.Contains(p.Tried, s.deltas[0]) || !strings.Contains(p.Why, "hash does not match") || !strings.Contains(p.Do, "--no-verify") {
		t.Fatalf("error %v", err)
	}
	src := opened(t, s.deltas[0], snapfile.Options{NoVerify: true})
	events, _ := changes(t, src)
	if len(events) == 0 || describe(t, src).Integrity.State != etcdsource.Failed || state(t, src, "checksum").State != etcdsource.Failed {
		t.Errorf("%d changes, %+v", len(events), describe(t, src))
	}
}

// TestLimit opens a chain that takes more space than was allowed.
func TestLimit(t *testing.T) {
	t.Parallel()
	var ops []sourcetest.Op
	for i := range 40 {
		ops = append(ops, sourcetest.Put(fmt.Sprint("/k", i), strings.Repeat("x", 500_000)))
	}
	spec := sourcetest.Spec{Ops: ops}
	s := layOut(t, spec, "v2", ".gz", 2, spec.Head())
	for _, path := range []string{s.dir, s.deltas[0]} {
		_, err := Open(t.Context(), path, snapfile.Options{TempDir: t.TempDir(), MaxUnpack: 12 << 20})
		var big *etcdsource.UnpackError
		if !errors.As(err, &big) || big.Limit != 12<<20 || !strings.Contains(err.Error(), "--max-unpack") {
			t.Errorf("%s: %v", path, err)
		}
		opened(t, path, snapfile.Options{MaxUnpack: 100 << 20})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, s.dir, snapfile.Options{TempDir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestSaveChain saves a full snapshot with its delta snapshots as one snapshot.
func TestSaveChain(t *testing.T) {
	t.Parallel()
	spec := sourcetest.Spec{Ops: sourcetest.Generate(14)}
	head := spec.Head()
	s := layOut(t, spec, "v2", ".gz", head-40, head-20, head)
	src := opened(t, s.dir, snapfile.Options{})
	var out bytes.Buffer
	if _, err := src.Save(t.Context(), &out, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	saved := opened(t, write(t, filepath.Join(t.TempDir(), "saved.db"), out.Bytes()), snapfile.Options{})
	if info := describe(t, saved); info.Revision != head || info.Integrity.State != etcdsource.Passed {
		t.Errorf("saved: %+v", info)
	}
	got, _ := changes(t, saved)
	want := sourcetest.NewModel(spec).Retained()
	if len(got) != len(want) {
		t.Fatalf("%d changes, want %d", len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; g.Mod != w.Mod || g.Sub != w.Sub || !bytes.Equal(g.Key, w.Key) || !bytes.Equal(g.Value, w.Value) || g.Version != w.Version || g.Create != w.Create || g.Type != w.Type {
			t.Errorf("change %d is %+v, want %+v", i, g, w)
		}
	}
}
