package kubeapi

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// counted is a store that is being written, of which each read is counted: a pod is what it was when its last change came.
type counted struct {
	writing
	reads, watches atomic.Int64
	gone           atomic.Bool // what was before is compacted
}

func (c *counted) Watch(ctx context.Context, s etcdsource.Span, from int64) (etcdsource.Stream, error) {
	c.watches.Add(1)
	return c.writing.Watch(ctx, s, from)
}

func (c *counted) Range(_ context.Context, span etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	c.reads.Add(1)
	if c.gone.Load() && at.Revision > 0 {
		return etcdsource.Page{}, &etcdsource.CompactedError{Revision: at.Revision, Compacted: 1000}
	}
	p := etcdsource.Page{Revision: 100}
	if span.Single() {
		p.Entries = []etcdsource.Entry{{Key: span.From, Value: []byte(pod("a1", "n1", "Pending")), Create: 3, Mod: 90, Version: 2}}
	}
	return p, nil
}

func (c *counted) Describe(context.Context) (etcdsource.Info, error) {
	return etcdsource.Info{Running: true, Revision: 100}, nil
}

// podBatch is one change of a pod, seen live; a deletion where phase is "".
func podBatch(rev int64, name, phase string) etcdsource.Batch {
	b := batch("/registry/pods/demo/"+name, rev)
	b.Events[0].Value = []byte(pod(name, "n1", phase))
	if phase == "" {
		b.Events[0].Value, b.Events[0].Type = nil, etcdsource.Deleted
	}
	return b
}

// followers lets clients watch pods with a selector while the batches come, and returns what each of them saw.
func followers(t *testing.T, src *counted, clients int, selector string, batches ...etcdsource.Batch) (seen [][]string) {
	t.Helper()
	a := api(t, ops(), 0)
	seen = make([][]string, clients)
	synctest.Test(t, func(t *testing.T) {
		src.batches = make(chan etcdsource.Batch, 1)
		s := Share(src, etcdsource.Info{Running: true}, "/registry/")
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { _ = s.Run(ctx, func(error) {}) })
		live := &API{Known: a.Known, Source: s}
		c, err := a.catalog(ctx, position{rev: a.Known.Info.Revision})
		if err != nil {
			t.Fatal(err)
		}
		src.batches <- podBatch(100, "other", "Running")
		synctest.Wait()
		for i := range clients {
			q := &call{a: live, c: c, t: &target{res: c.resource["/pods"], version: "v1"}}
			if q.o, err = readOptions(map[string][]string{"fieldSelector": {selector}, "resourceVersion": {"100"}, "watch": {"true"}}, true); err != nil {
				t.Fatal(err)
			}
			answer, err := q.watch(ctx)
			if err != nil {
				t.Fatal(err)
			}
			e := &events{want: -1}
			all.Go(func() {
				_ = answer.Body(ctx, e)
				seen[i] = e.list
			})
		}
		synctest.Wait()
		for _, b := range batches {
			src.batches <- b
			synctest.Wait()
		}
		cancel()
		all.Wait()
	})
	return seen
}

// TestClientsAndLoad: however many clients watch with a selector, the store is asked as often as for one of them.
func TestClientsAndLoad(t *testing.T) {
	t.Parallel()
	reads := map[int]int64{}
	for _, clients := range []int{1, 40} {
		src := &counted{}
		seen := followers(t, src, clients, "status.phase=Running",
			podBatch(101, "a1", "Pending"), podBatch(102, "a1", "Running"), podBatch(103, "a1", "Running"), podBatch(104, "a1", "Failed"), podBatch(105, "a1", "Running"), podBatch(106, "a1", ""))
		for i, got := range seen {
			if strings.Join(got, ", ") != "ADDED a1@102, MODIFIED a1@103, DELETED a1@104, ADDED a1@105, DELETED a1@106" {
				t.Errorf("client %d of %d saw %q", i, clients, got)
			}
		}
		if src.watches.Load() != 1 {
			t.Errorf("%d watches", src.watches.Load())
		}
		reads[clients] = src.reads.Load()
	}
	if reads[1] != 1 || reads[40] != 1 {
		t.Errorf("reads of the store by the number of clients: %v, want the one of what was before the watch", reads)
	}
}

// TestCompactedBefore: where it cannot be told any more whether a client knows an object that changed, the client must list
// again; where the selector looks at the name only it is told.
func TestCompactedBefore(t *testing.T) {
	t.Parallel()
	for selector, want := range map[string]string{"status.phase=Running": "ERROR 410", "metadata.name=a1": "DELETED a1@101", "metadata.name=b": ""} {
		src := &counted{}
		src.gone.Store(true)
		if got := strings.Join(followers(t, src, 1, selector, podBatch(101, "a1", ""))[0], ", "); got != want {
			t.Errorf("%s: %q, want %q", selector, got, want)
		}
	}
}

// TestKeptBytes: what is kept stays within its bound, what was before a change counted, and the rest can still be asked for.
func TestKeptBytes(t *testing.T) {
	t.Parallel()
	s := Share(&counted{}, etcdsource.Info{}, "/registry/")
	for rev := int64(100); rev < 400; rev++ {
		b := batch(fmt.Sprint("/registry/configmaps/demo/", rev%3), rev)
		b.Events[0].Value = make([]byte, 512<<10)
		s.take(&b)
	}
	sum := 0
	held := map[*byte]bool{}
	count := func(v []byte) {
		if len(v) > 0 && !held[&v[0]] {
			held[&v[0]] = true
			sum += len(v)
		}
	}
	for _, c := range s.kept {
		count(c.Value)
		if c.old.value != nil {
			count(c.old.value.Value)
		}
	}
	if sum > s.bytes || s.bytes > maxKeptBytes || len(s.kept) < 50 || len(s.latest) != 3 {
		t.Errorf("%d changes with %d bytes, counted as %d", len(s.kept), sum, s.bytes)
	}
	last := s.kept[len(s.kept)-1]
	if old, err := s.before(t.Context(), last.Key, last.Mod); err != nil || old.Mod != last.Mod-3 {
		t.Errorf("before %d: %v, %v", last.Mod, old, err)
	}
	if _, err := s.before(t.Context(), last.Key, 100); statusOf(err).Code != 410 {
		t.Errorf("what is not kept any more: %v", err)
	}
}
