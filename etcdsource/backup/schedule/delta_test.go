package schedule

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

func TestMain(m *testing.M) { etcdtest.Main(m) }

// started is a schedule of an etcd in a new folder, ready for its first run.
func started(t *testing.T, s *etcdtest.Server, o etcdsource.ScheduleOptions) (r *runner, dir string) {
	t.Helper()
	dir = t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	r = &runner{Config: Config{ScheduleOptions: o, Shelf: f, Open: func(ctx context.Context) (etcdsource.Source, error) {
		src, err := live.Open(ctx, live.Config{Endpoints: []string{s.URL}})
		if err != nil {
			return nil, err
		}
		return src, nil
	}}}
	r.defaults()
	ctx := etcdtest.Within(t, time.Minute)
	if r.src, err = r.Open(ctx); err == nil {
		err = r.identify(r.src)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, release, err := f.Lock(ctx, r.cluster)
	if err == nil {
		err = r.begin(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.stop(); release(); f.Close() })
	return r, dir
}

// value is what is known of a key, without its lease.
type value struct {
	text                 string
	create, mod, version int64
}

// served is all that an etcd serves now.
func served(t *testing.T, s *etcdtest.Server) (map[string]value, int64) {
	t.Helper()
	g, err := s.Writer().Get(etcdtest.Within(t, time.Minute), "\x00", clientv3.WithFromKey())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]value{}
	for _, kv := range g.Kvs {
		all[string(kv.Key)] = value{string(kv.Value), kv.CreateRevision, kv.ModRevision, kv.Version}
	}
	return all, g.Header.Revision
}

// readByHand reads the delta snapshots behind a full one as their format is documented, with etcd's own types, and applies them.
func readByHand(t *testing.T, dir string, full int64, to map[string]value) (head int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "v2", "Incr-*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	head = full
	for _, file := range files {
		var first, last, unix int64
		if n, err := fmt.Sscanf(filepath.Base(file), "Incr-%08d-%08d-%d.gz", &first, &last, &unix); n != 3 || err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if last <= full {
			continue
		}
		packed, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(packed)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z)
		packed.Close()
		if err != nil {
			t.Fatal(err)
		}
		text, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
		if want := sha256.Sum256(text); !bytes.Equal(want[:], sum) {
			t.Fatalf("%s: its hash does not match", file)
		}
		var events []struct {
			EtcdEvent *mvccpb.Event `json:"etcdEvent"`
			Time      time.Time     `json:"time"`
		}
		if err := json.Unmarshal(text, &events); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if first != head+1 {
			t.Fatalf("%s begins at %d, and the one before ends at %d", file, first, head)
		}
		for _, e := range events {
			kv := e.EtcdEvent.Kv
			if kv.ModRevision < first || kv.ModRevision > last || e.Time.IsZero() {
				t.Fatalf("%s: revision %d, time %s", file, kv.ModRevision, e.Time)
			}
			if e.EtcdEvent.Type == mvccpb.Event_DELETE {
				delete(to, string(kv.Key))
				continue
			}
			to[string(kv.Key)] = value{string(kv.Value), kv.CreateRevision, kv.ModRevision, kv.Version}
		}
		head = last
	}
	return head
}

// readBack reads a folder with this project's own reader.
func readBack(t *testing.T, dir string) (map[string]value, int64) {
	t.Helper()
	ctx := etcdtest.Within(t, time.Minute)
	src, err := archive.Open(ctx, dir, snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	info, err := src.Describe(ctx)
	if err != nil || info.Behind.Text != "" {
		t.Fatalf("%v, %q", err, info.Behind.Text)
	}
	all := map[string]value{}
	span := etcdsource.Prefix("")
	span.Values = true
	for {
		p, err := src.Range(ctx, span, etcdsource.At{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Entries {
			all[string(e.Key)] = value{string(e.Value), e.Create, e.Mod, e.Version}
		}
		if !p.More {
			return all, info.Revision
		}
		span = span.After(p.Entries[len(p.Entries)-1].Key)
	}
}

// received waits until a watch has received a revision; false where changes were missed.
func received(t *testing.T, c *chain, rev int64) bool {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		c.mu.Lock()
		n, gap := len(c.events), c.gap
		last := int64(0)
		if n > 0 {
			last = c.events[n-1].mod
		}
		c.mu.Unlock()
		switch {
		case gap != nil:
			return false
		case last >= rev:
			return true
		case time.Now().After(end):
			t.Fatalf("revision %d has not come, only %d", rev, last)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestDeltas: a full snapshot and its deltas are the store at the end of each delta, through restarts and compactions, for a
// reader of the documented format and for this project's own.
func TestDeltas(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	w := s.Writer()
	load := etcdtest.NewLoad(w, 1)
	load.Do(t, 50)
	r, dir := started(t, s, etcdsource.ScheduleOptions{Every: time.Hour, Delta: time.Minute})
	ctx := etcdtest.Within(t, 2*time.Minute)
	if err := r.full(ctx); err != nil {
		t.Fatal(err)
	}
	rounds, deltas := 6, 0
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		load.Do(t, 300)
		switch round % 3 {
		case 1:
			_, rev := served(t, s)
			s.Compact(rev - 5)
		case 2:
			s.Stop()
			s.Start()
			load = etcdtest.NewLoad(s.Writer(), uint64(round))
			load.Do(t, 100)
		}
		if _, err := s.Writer().Put(ctx, "/end", fmt.Sprint(round)); err != nil {
			t.Fatal(err)
		}
		want, rev := served(t, s)
		if !received(t, r.deltas, rev) { // it was compacted before the watch was there again
			if err := r.full(ctx); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := r.delta(ctx); err != nil {
			t.Fatal(err)
		}
		deltas++
		byHand := baseOf(t, dir)
		head := readByHand(t, dir, r.index.newest(Full).Revision, byHand)
		if d := differ(want, byHand); d != "" || head != rev {
			t.Fatalf("round %d: revision %d, want %d: %s", round, head, rev, d)
		}
		got, at := readBack(t, dir)
		if d := differ(want, got); d != "" || at != rev {
			t.Fatalf("round %d, read back: revision %d, want %d: %s", round, at, rev, d)
		}
	}
	if deltas < rounds/2 {
		t.Errorf("only %d of %d rounds were deltas", deltas, rounds)
	}
}

// fullOf is the newest full snapshot of a folder.
func fullOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "v2", "Full-*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	return slices.Max(files)
}

// baseOf is what the newest full snapshot of a folder holds.
func baseOf(t *testing.T, dir string) map[string]value {
	t.Helper()
	alone := filepath.Join(t.TempDir(), "base.db")
	data, err := os.ReadFile(fullOf(t, dir))
	if err == nil {
		err = os.WriteFile(alone, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	all, _ := readBack(t, alone)
	return all
}

func differ(want, got map[string]value) string {
	if maps.Equal(want, got) {
		return ""
	}
	var b strings.Builder
	for k, v := range want {
		if g, ok := got[k]; !ok || g != v {
			fmt.Fprintf(&b, "%q is %.60v, want %.60v; ", k, g, v)
			break
		}
	}
	fmt.Fprintf(&b, "%d keys, want %d", len(got), len(want))
	return b.String()
}

// TestGap: where changes were compacted while the watch was away, the deltas end, and a full snapshot follows.
func TestGap(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	load := etcdtest.NewLoad(s.Writer(), 1)
	load.Do(t, 20)
	proxy := etcdtest.NewProxy(t, s.URL)
	var list []etcdsource.ScheduleEvent
	r, dir := started(t, &etcdtest.Server{T: t, URL: proxy.URL}, etcdsource.ScheduleOptions{Every: time.Hour, Delta: time.Minute, Report: func(e etcdsource.ScheduleEvent) { list = append(list, e) }})
	ctx := etcdtest.Within(t, 2*time.Minute)
	if err := r.full(ctx); err != nil {
		t.Fatal(err)
	}
	proxy.Refuse()
	proxy.Cut(true)
	load.Do(t, 100)
	_, rev := served(t, s)
	s.Compact(rev)
	if err := proxy.Pass(); err != nil {
		t.Fatal(err)
	}
	gap, err := r.deltas.until(ctx, time.Minute)
	if gap == nil || err != nil || !strings.Contains(gap.Error(), "were missed") {
		t.Fatalf("%v, %v", gap, err)
	}
	if err := r.full(ctx); err != nil {
		t.Fatal(err)
	}
	load.Do(t, 100)
	want, rev := served(t, s)
	if !received(t, r.deltas, rev) {
		t.Fatal(r.deltas.gap)
	}
	if err := r.delta(ctx); err != nil {
		t.Fatal(err)
	}
	if got, at := readBack(t, dir); at != rev || differ(want, got) != "" {
		t.Errorf("revision %d, want %d: %s", at, rev, differ(want, got))
	}
	if len(list) != 3 || list[2].Kind != Delta || list[2].Err != nil {
		t.Errorf("%+v", list)
	}
}

// TestForeignLayout: a folder in which another program keeps snapshots in Gardener's layout is refused, and stays as it is.
func TestForeignLayout(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	s.Put("a")
	r, dir := started(t, s, etcdsource.ScheduleOptions{Every: time.Hour, Delta: time.Minute})
	if err := os.Mkdir(filepath.Join(dir, "v2"), 0o700); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "v2", "Full-00000000-00000009-1518427675")
	if err := os.WriteFile(other, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.full(etcdtest.Within(t, time.Minute)); err == nil || !strings.Contains(err.Error(), "has not made") {
		t.Fatal(err)
	}
	if list, _ := os.ReadDir(filepath.Join(dir, "v2")); len(list) != 1 {
		t.Errorf("%v", list)
	}
}
