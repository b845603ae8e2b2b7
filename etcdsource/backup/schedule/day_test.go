package schedule

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// restarted is the runner of a process that is started in the place of one that has ended.
func restarted(t *testing.T, old *runner) *runner {
	t.Helper()
	ctx := etcdtest.Within(t, time.Minute)
	r := &runner{Config: old.Config}
	var err error
	if r.src, err = r.Open(ctx); err == nil {
		err = r.identify(r.src)
	}
	if err == nil {
		err = r.begin(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.stop)
	return r
}

// busy makes at least n changes to a store, from several clients at once: each batch of a transaction, deletions and one key that
// all of them write.
func busy(t *testing.T, s *etcdtest.Server, seed *uint64, n int) {
	t.Helper()
	const clients = 8
	w, errs := s.Writer(), make(chan error, clients)
	for c := range clients {
		*seed++
		r := rand.New(rand.NewPCG(*seed, 20))
		go func() {
			var err error
			for i := 0; i < (n+clients-1)/clients && err == nil; i++ {
				err = changed(t.Context(), w, r, c)
			}
			errs <- err
		}()
	}
	for range clients {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// changed makes one change or a transaction of some.
func changed(ctx context.Context, w *clientv3.Client, r *rand.Rand, c int) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	key := fmt.Sprintf("/registry/pods/ns-%d/p%02d", c, r.IntN(20))
	text := fmt.Sprintf("%d %s", r.Uint64(), make([]byte, r.IntN(300)))
	switch x := r.IntN(10); {
	case x < 5:
		_, err = w.Put(ctx, key, text)
	case x < 6:
		_, err = w.Delete(ctx, fmt.Sprintf("/registry/pods/ns-%d/p%d", c, r.IntN(2)), clientv3.WithPrefix())
	case x < 8:
		_, err = w.Put(ctx, "/registry/leases/shared", text)
	default:
		_, err = w.Txn(ctx).Then(clientv3.OpPut(key, text), clientv3.OpPut(key+"-b", text), clientv3.OpDelete(key+"-c")).Commit()
	}
	return err
}

// TestDay: through 5,000 revisions with compactions, restarts of etcd and of the process that saves, the newest full snapshot and
// the deltas behind it are the store at the end of each delta. A process that starts, and a gap, begin with a full snapshot.
func TestDay(t *testing.T) {
	t.Parallel()
	revisions := int64(5000)
	if testing.Short() {
		revisions = 800
	}
	s := etcdtest.New(t)
	seed := uint64(0)
	load := func(n int) { busy(t, s, &seed, n) }
	load(50)
	r, dir := started(t, s, etcdsource.ScheduleOptions{Every: time.Hour, Delta: time.Minute})
	ctx := etcdtest.Within(t, 3*time.Minute)
	full := func() {
		t.Helper()
		if err := r.full(ctx); err != nil {
			t.Fatal(err)
		}
	}
	full()
	deltas, fulls, rev := 0, 1, int64(0)
	for round := 1; rev < revisions; round++ {
		load(150)
		switch round % 16 {
		case 1, 5, 9, 13:
			_, now := served(t, s)
			s.Compact(now - int64(round))
		case 3, 11: // changes go on while no process saves
			r.stop()
			load(40)
			r = restarted(t, r)
			full()
			fulls++
			load(40)
		case 6:
			s.Stop()
			s.Start()
			load(40)
		}
		if _, err := s.Writer().Put(ctx, "/end", fmt.Sprint(round)); err != nil {
			t.Fatal(err)
		}
		var want map[string]value
		want, rev = served(t, s)
		if !received(t, r.deltas, rev) {
			full()
			fulls++
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
	t.Logf("%d revisions, %d deltas, %d full snapshots", rev, deltas, fulls)
	if deltas < int(revisions/400) || fulls < 2 {
		t.Errorf("only %d deltas and %d full snapshots", deltas, fulls)
	}
}
