package tui

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// able is a live store that can be recalled: its watch delivers nothing of what was, that of the recalled one all.
type able struct {
	*tuitest.Memory
	cost   etcdsource.Cost
	start  chan error // what ends the recall
	force  atomic.Bool
	closed atomic.Int32
}

func (a *able) Cost(context.Context) (etcdsource.Cost, error) { return a.cost, nil }

func (a *able) Recall(ctx context.Context, o etcdsource.RecallOptions) (etcdsource.Source, error) {
	a.force.Store(o.Force)
	o.Progress("streaming", 100<<20, 353<<20)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case err := <-a.start:
		return &recalledStore{a.Memory, a}, err
	}
}

func (a *able) Watch(ctx context.Context, s etcdsource.Span, from int64) (etcdsource.Stream, error) {
	return a.Memory.Watch(ctx, s, 0)
}

func (a *able) Close() error {
	a.closed.Add(1)
	return nil
}

type recalledStore struct {
	*tuitest.Memory
	under *able
}

func (r *recalledStore) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := r.Memory.Describe(ctx)
	info.Past = etcdsource.PastWhole
	return info, err
}

func (r *recalledStore) Recalled() etcdsource.Recall { return etcdsource.Recall{From: 1, Snapshot: 7} }

func (r *recalledStore) Unwrap() etcdsource.Source { return r.under }

func (r *recalledStore) Close() error {
	r.under.closed.Add(100)
	return nil
}

func recallable(t *testing.T, cost etcdsource.Cost) (*able, *tuitest.Driver) {
	cost.Member, cost.Folder = "10.0.0.2:2379", "/var/tmp"
	a := &able{Memory: shop(), cost: cost, start: make(chan error, 1)}
	m := program(t, nil)
	m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		known, err := learn.From(ctx, a, learn.Options{Custom: true, Lenient: true})
		return &learn.Opened{Known: known, Source: a}, err
	}
	d := drive(t, m, 200, 60)
	listed(d)
	return a, d
}

func TestRecall(t *testing.T) {
	a, d := recallable(t, etcdsource.Cost{Bytes: 353 << 20, Free: 12 << 30})
	d.See("A recalls older ones")
	d.Press("A")
	d.See("353 MiB")
	d.See("10.0.0.2:2379, a follower, in about 5")
	d.See("/var/tmp")
	d.Press("n")
	d.Gone("353 MiB")
	d.Command("recall")
	d.See("Go on?")
	d.Press("y")
	d.See("streaming 100 MiB of 353 MiB")
	d.Press("S") // one thing after the other
	a.start <- nil
	d.See("Recalled: revisions 1 to 7 are here")
	if a.force.Load() {
		t.Error("forced without having asked")
	}
	d.See("compact_rev_key")
	d.See("of the whole store")
	d.Gone("No change since")
	d.See("+ configmaps/shop/other") // from before the program was started
	a.Put("/registry/configmaps/shop/newcomer", stored("ConfigMap", "newcomer", "x"))
	d.See("+ configmaps/shop/newcomer")
	d.Fill("T", "3")
	d.See("AS OF rev 3")
	d.Press("0")
	d.Gone("AS OF")
	d.Press("A")
	d.See("Go on?")
	d.Press("y")
	a.start <- nil
	d.Settle("close what was recalled first", func() bool { return a.closed.Load() == 100 })
	d.Press("q")
	d.Settle("quit", func() bool { return d.Quit })
}

func TestRecallEndsEarly(t *testing.T) {
	a, d := recallable(t, etcdsource.Cost{Bytes: 3 << 20, Leader: true, Remark: "it lies in memory: no disk has room", Refused: "the database is nearly full"})
	for _, key := range []string{"esc", "ctrl+c"} {
		d.Press("A")
		d.See("the leader")
		d.See("it lies in memory")
		d.See("CAREFUL: the database is nearly full")
		d.Press("y")
		d.See("esc cancels")
		d.Press("A " + key)
		d.See("nothing is left of it")
		if d.Quit || !a.force.Load() {
			t.Errorf("after %s: quit %v, forced %v", key, d.Quit, a.force.Load())
		}
		d.Press("esc")
	}
	d.Press("A")
	d.See("CAREFUL")
	d.Press("y")
	a.start <- errors.New("the stream broke")
	d.See("The stream broke.")
	d.See("No change since")
}

// TestRecallNeedsAStore says why there is nothing to recall.
func TestRecallNeedsAStore(t *testing.T) {
	_, d := opened(t, 120, 40)
	d.Press("A")
	d.See("Cannot recall the whole past")
	d = drive(t, program(t, map[string]*tuitest.Memory{"": tuitest.NewMemory(etcdsource.KindFile, "old.db")}), 120, 40)
	d.See("old.db")
	d.Press("A")
	d.See("A file has its whole past")
}
