package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// ledger is what was really written, revision by revision.
type ledger struct {
	events map[int64][]string // type and key, in order
	first  int64
	last   int64
}

func (l *ledger) add(rev int64, events ...string) {
	if l.events == nil {
		l.events, l.first = map[int64][]string{}, rev
	}
	l.events[rev], l.last = events, rev
}

// random writes one revision of its own making.
func (l *ledger) random(t testing.TB, srv *server, r *rand.Rand, alive map[string]bool) {
	key := func() string { return fmt.Sprintf("/w/%02d", r.IntN(30)) }
	var ops []clientv3.Op
	var events []string
	used := map[string]bool{}
	for range 1 + r.IntN(4) {
		k := key()
		switch {
		case used[k]:
			continue
		case alive[k] && r.IntN(3) == 0:
			ops, events = append(ops, clientv3.OpDelete(k)), append(events, "deleted "+k)
			delete(alive, k)
		case alive[k]:
			ops, events = append(ops, clientv3.OpPut(k, "v")), append(events, "updated "+k)
		default:
			ops, events = append(ops, clientv3.OpPut(k, "v")), append(events, "created "+k)
			alive[k] = true
		}
		used[k] = true
	}
	resp, err := srv.Writer().Txn(etcdtest.Within(t, 10*time.Second)).Then(ops...).Commit()
	if err != nil {
		t.Fatal(err)
	}
	l.add(resp.Header.Revision, events...)
}

// checker reads a stream and compares it with the ledger.
type checker struct {
	t      *testing.T
	st     etcdsource.Stream
	upTo   int64 // everything up to here was delivered or said to be lost
	lost   []etcdsource.Window
	states map[etcdsource.State]int
	why    []string
}

// read takes batches until the revision was reached.
func (c *checker) read(l *ledger, rev int64) {
	c.t.Helper()
	ctx := etcdtest.Within(c.t, 30*time.Second)
	for c.upTo < rev {
		b, err := c.st.Next(ctx)
		if err != nil {
			c.t.Fatalf("at revision %d of %d: %v (states %v, why %q)", c.upTo, rev, err, c.states, c.why)
		}
		c.take(l, b)
	}
}

// until takes batches until one has a state.
func (c *checker) until(l *ledger, state etcdsource.State) {
	c.t.Helper()
	ctx := etcdtest.Within(c.t, 30*time.Second)
	for had := c.states[state]; c.states[state] == had; {
		b, err := c.st.Next(ctx)
		if err != nil {
			c.t.Fatalf("waiting for %v: %v (states %v, why %q)", state, err, c.states, c.why)
		}
		c.take(l, b)
	}
}

func (c *checker) take(l *ledger, b etcdsource.Batch) {
	c.t.Helper()
	if c.states == nil {
		c.states = map[etcdsource.State]int{}
	}
	c.states[b.Status.State]++
	if b.Status.Why != "" {
		c.why = append(c.why, b.Status.Why)
	}
	if !b.Lost.Empty() {
		if b.Lost.From != c.upTo+1 || !b.Relist {
			c.t.Errorf("lost %+v after revision %d, relist %v", b.Lost, c.upTo, b.Relist)
		}
		c.lost = append(c.lost, b.Lost)
		c.upTo = b.Lost.To
	}
	for i := 0; i < len(b.Events); {
		rev := b.Events[i].Mod
		for skipped := c.upTo + 1; skipped < rev; skipped++ {
			if len(l.events[skipped]) > 0 {
				c.t.Errorf("revision %d was never shown", skipped)
			}
		}
		if rev <= c.upTo {
			c.t.Fatalf("revision %d came again after %d", rev, c.upTo)
		}
		var got []string
		for ; i < len(b.Events) && b.Events[i].Mod == rev; i++ {
			e := b.Events[i]
			if e.Sub != int64(len(got)) {
				c.t.Errorf("revision %d: event %d has sub %d", rev, len(got), e.Sub)
			}
			got = append(got, e.Type.String()+" "+string(e.Key))
		}
		if want := strings.Join(l.events[rev], ", "); strings.Join(got, ", ") != want {
			c.t.Errorf("revision %d: got %v, want %s", rev, got, want)
		}
		c.upTo = rev
	}
	if b.Revision < c.upTo && len(b.Events) > 0 {
		c.t.Errorf("batch up to %d carries revision %d", b.Revision, c.upTo)
	}
	for r := c.upTo + 1; r <= b.Revision; r++ {
		if len(l.events[r]) > 0 {
			c.t.Errorf("revision %d was passed over", r)
		}
	}
	c.upTo = max(c.upTo, b.Revision)
}

func quick(c *Config) {
	c.tune.heartbeat = 50 * time.Millisecond
	c.DialTimeout = time.Second
}

// TestWatchSurvives writes at random while the server is restarted and compacted, and reads slowly: nothing may be
// lost without being said, shown twice, or split.
func TestWatchSurvives(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	src := srv.open(quick)
	r := rand.New(rand.NewPCG(1, 2))
	l, alive := &ledger{}, map[string]bool{}
	l.random(t, srv, r, alive)
	gate := newGate(t, src)
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/w/"), l.first)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c := &checker{t: t, st: st, upTo: l.first - 1}
	for round := range 12 {
		for range 60 {
			l.random(t, srv, r, alive)
		}
		switch round % 4 {
		case 0:
			c.read(l, l.last) // keeps up
		case 1:
			gate.shut() // a server that is asked to stop waits for its streams; a killed one does not
			c.until(l, etcdsource.Retrying)
			srv.Stop()
			srv.Start()
			gate.open()
		case 2:
			c.read(l, l.last)
			srv.Compact(l.last - 20) // everything there was delivered
		}
	}
	c.read(l, l.last)
	if len(c.lost) > 0 {
		t.Errorf("lost %v, but nothing was", c.lost)
	}
	if c.states[etcdsource.Live] == 0 {
		t.Errorf("states seen: %v", c.states)
	}
}

// TestCompactedWhileAway compacts while the watch is cut off: what was compacted is lost, and not one revision more.
func TestCompactedWhileAway(t *testing.T) {
	srv := newServer(t)
	src := srv.open(quick)
	r := rand.New(rand.NewPCG(3, 4))
	l, alive := &ledger{}, map[string]bool{}
	l.random(t, srv, r, alive)
	gate := newGate(t, src)
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/w/"), l.first)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c := &checker{t: t, st: st, upTo: l.first - 1}
	for range 50 {
		l.random(t, srv, r, alive)
	}
	c.read(l, l.last)
	seen := l.last
	gate.shut()
	for range 200 {
		l.random(t, srv, r, alive)
	}
	srv.Compact(seen + 100)
	gate.open()
	c.read(l, l.last)
	if len(c.lost) != 1 || c.lost[0] != (etcdsource.Window{From: seen + 1, To: seen + 99, Reason: "compacted"}) {
		t.Errorf("lost %+v, want %d to %d", c.lost, seen+1, seen+99)
	}
	if low := src.retained.get(); low != seen+100 {
		t.Errorf("retained from %d, want %d", low, seen+100)
	}
}

// TestTooFarBehind cuts the watch off for more revisions than it may ask for again.
func TestTooFarBehind(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	src := srv.open(quick)
	l := &ledger{}
	l.add(srv.Put("/w/0"), "created /w/0")
	gate := newGate(t, src)
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/w/"), l.first)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c := &checker{t: t, st: st, upTo: l.first - 1}
	c.read(l, l.last)
	gate.shut()
	for range maxBehind + 1 {
		l.last = srv.Put("/w/0")
	}
	gate.open()
	c.read(&ledger{}, l.last)
	if len(c.lost) != 1 || c.lost[0].From != l.first+1 || c.lost[0].To != l.last {
		t.Errorf("lost %+v, want %d to %d", c.lost, l.first+1, l.last)
	}
	l.add(srv.Put("/w/1"), "created /w/1")
	c.read(l, l.last)
	var no *etcdsource.UnsupportedError
	if _, err := src.Watch(context.Background(), etcdsource.Prefix("/w/"), l.first); !errors.As(err, &no) {
		t.Errorf("watching the past: %v", err)
	}
}

// TestWatchFromTheBeginning asks for everything retained of a small store.
func TestWatchFromTheBeginning(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	l := &ledger{}
	for i := range 30 {
		k := fmt.Sprintf("/w/%d", i)
		l.add(srv.Put(k), "created "+k)
	}
	srv.Compact(l.first + 9)
	st, err := srv.open(quick).Watch(context.Background(), etcdsource.Prefix(""), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c := &checker{t: t, st: st}
	c.read(l, l.last)
	if len(c.lost) != 1 || c.lost[0].From != 1 || c.lost[0].To != l.first+8 {
		t.Errorf("lost %+v, want 1 to %d", c.lost, l.first+8)
	}
}

// TestSlowReader reads nothing until the queue has overflowed.
func TestSlowReader(t *testing.T) {
	srv := newServer(t)
	src := srv.open(quick, func(c *Config) { c.tune.queueBytes = 20000 })
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/w/"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c := &checker{t: t, st: st}
	l := &ledger{}
	for c.states[etcdsource.Live] == 0 {
		b, err := st.Next(etcdtest.Within(t, 5*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		c.take(l, b)
	}
	for i := range 500 {
		k := fmt.Sprintf("/w/%d", i)
		l.add(srv.Put(k), "created "+k)
	}
	c.read(l, l.last)
	if len(c.lost) != 1 || c.lost[0].From != l.first || c.lost[0].To >= l.last {
		t.Errorf("lost %+v of %d to %d", c.lost, l.first, l.last)
	}
}

// TestFragments writes revisions that are larger than one answer may be.
func TestFragments(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	src := srv.open(quick)
	gate := newGate(t, src)
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/w/"), srv.Put("/x")+1)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	gate.shut()
	l := &ledger{}
	value := strings.Repeat("x", 10000)
	for i := range 20 {
		var ops []clientv3.Op
		var events []string
		for j := range 100 {
			k := fmt.Sprintf("/w/%d-%d", i, j)
			ops, events = append(ops, clientv3.OpPut(k, value)), append(events, "created "+k)
		}
		resp, err := srv.Writer().Txn(etcdtest.Within(t, 10*time.Second)).Then(ops...).Commit()
		if err != nil {
			t.Fatal(err)
		}
		l.add(resp.Header.Revision, events...)
	}
	gate.open()
	c := &checker{t: t, st: st, upTo: l.first - 1}
	c.read(l, l.last)
	if len(c.lost) > 0 {
		t.Errorf("lost %v", c.lost)
	}
}

// TestQuiet watches a store that nobody writes to, from the revision that comes next: etcd reports no progress of such a
// watch, and yet nothing is stale.
func TestQuiet(t *testing.T) {
	srv := newServer(t)
	src := srv.open(quick, func(c *Config) { c.tune.heartbeat = 300 * time.Millisecond }) // a busy machine answers late
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/w/"), srv.Put("/w/a")+1)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for {
		b, err := st.Next(ctx)
		if err != nil {
			break
		}
		if b.Status.State == etcdsource.Stale {
			t.Fatalf("status %+v", b.Status)
		}
	}
	rev := srv.Put("/w/b")
	for ctx := etcdtest.Within(t, 10*time.Second); ; {
		b, err := st.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if b.Revision == rev && len(b.Events) == 1 {
			return
		}
	}
}

// TestHurry reads the past of keys that were not written last: where a watch is asked at once how far it is, that ends long
// before the server says so by itself.
func TestHurry(t *testing.T) {
	srv := newServer(t)
	src := srv.open(quick, func(c *Config) { c.Hurry, c.tune.heartbeat = time.Millisecond, time.Hour })
	srv.Put("/w/a")
	head := srv.Put("/other")
	n := 0
	if err := etcdsource.EachChange(etcdtest.Within(t, time.Minute), src, etcdsource.Prefix("/w/"), head, func(*etcdsource.Event) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d changes, %v", n, err)
	}
}

// TestStale stops the flow without closing the connection.
func TestStale(t *testing.T) {
	srv := newServer(t)
	src := srv.open(quick)
	gate := newGate(t, src)
	st, err := src.Watch(context.Background(), etcdsource.Prefix("/w/"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	want := func(s etcdsource.State) etcdsource.Status {
		t.Helper()
		ctx := etcdtest.Within(t, 10*time.Second)
		for {
			b, err := st.Next(ctx)
			if err != nil {
				t.Fatalf("waiting for %s: %v", s, err)
			}
			if b.Status.State == s {
				return b.Status
			}
		}
	}
	want(etcdsource.Live)
	gate.freeze()
	if s := want(etcdsource.Stale); time.Since(s.Since) < 90*time.Millisecond || time.Since(s.Since) > 5*time.Second || s.Why == "" {
		t.Errorf("status %+v", s)
	}
	gate.open()
	want(etcdsource.Live)
	gate.shut()
	if s := want(etcdsource.Retrying); s.Why == "" || s.Next.IsZero() {
		t.Errorf("status %+v", s)
	}
	gate.open()
	want(etcdsource.Live)
}

func TestCloseEndsStreams(t *testing.T) {
	srv := newServer(t)
	src := srv.open()
	st, err := src.Watch(context.Background(), etcdsource.Prefix(""), 0)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		for {
			if _, err := st.Next(context.Background()); err != nil {
				done <- err
				return
			}
		}
	}()
	src.Close()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("Next still waits")
	}
	if _, err := src.Range(context.Background(), etcdsource.Key([]byte("/")), etcdsource.At{}); err == nil {
		t.Error("a closed source answers")
	}
	if _, err := src.Watch(context.Background(), etcdsource.Prefix(""), 0); err == nil {
		t.Error("a closed source watches")
	}
	if err := src.Close(); err != nil {
		t.Error(err)
	}
}
