package dating

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/learn"
)

var begin = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

const every = 10 * time.Second

// renewed is a store whose controller manager renews its lease every ten seconds, a ConfigMap being written after each:
// renewal i has revision 3+2i.
func renewed(n int) (ops []sourcetest.Op) {
	ops = append(ops, sourcetest.Put("/registry/namespaces/shop", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","uid":"u"}}`))
	for i := range n {
		at := begin.Add(time.Duration(i) * every).Format("2006-01-02T15:04:05.000000Z07:00")
		ops = append(ops, sourcetest.Put("/registry/leases/kube-system/kube-controller-manager", fmt.Sprintf(
			`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"kube-controller-manager","namespace":"kube-system","uid":"l"},"spec":{"holderIdentity":"cp_1","renewTime":%q}}`, at)),
			sourcetest.Put("/registry/configmaps/shop/flags", fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"flags","namespace":"shop","uid":"c"},"data":{"n":"%d"}}`, i)))
	}
	return ops
}

func finder(t *testing.T, spare bool, compact int64, ops []sourcetest.Op) *Finder {
	t.Helper()
	src, err := snapfile.Open(context.Background(), sourcetest.WriteSnapshot(t, ops), snapfile.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	k, err := learn.From(context.Background(), src, learn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &Finder{Opened: &learn.Opened{Known: k, Source: src}, Spare: spare, First: max(compact, 1), Head: k.Info.Revision}
}

func moment(t *testing.T, s string) attribution.Moment {
	t.Helper()
	m, ok := attribution.ReadMoment(s)
	if !ok {
		t.Fatalf("%q is no moment", s)
	}
	return m
}

// TestFind finds the newest revision that was made by a moment: where the leases are read once to the revision, where one
// lease is asked to the last renewal and what was written before the next.
func TestFind(t *testing.T) {
	for _, spare := range []bool{false, true} {
		f := finder(t, spare, 0, renewed(30))
		for _, c := range []struct {
			moment string
			i      int // the renewal that is at the moment, or the last before it
		}{{"10:01:00", 6}, {"2026-11-22T10:01:09Z", 6}, {"50s", 24}, {"0s", 29}} {
			rev, when, err := f.Find(context.Background(), moment(t, c.moment))
			lo := int64(3 + 2*c.i)
			if err != nil || rev < lo || rev > lo+1 || when.IsZero() {
				t.Errorf("spare %v: %s is revision %d (%v), %v; want %d or the next", spare, c.moment, rev, when, err, lo)
			}
			if got := f.At(lo); got.Sub(begin.Add(time.Duration(c.i)*every)).Abs() > every {
				t.Errorf("spare %v: revision %d is of %v", spare, lo, got)
			}
		}
	}
}

// timed is a source that knows when its changes were made, from a revision on.
type timed struct {
	etcdsource.Source
	from int64
}

func (s timed) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := s.Source.Describe(ctx)
	info.Timed = true
	return info, err
}

func (s timed) Watch(ctx context.Context, span etcdsource.Span, from int64) (etcdsource.Stream, error) {
	st, err := s.Source.Watch(ctx, span, from)
	return timedStream{st, s.from}, err
}

type timedStream struct {
	etcdsource.Stream
	from int64
}

// ownTime is when a timed source says that a revision was made: soon after the renewal, where it is one.
func ownTime(rev int64) time.Time {
	return begin.Add(time.Duration(rev-3)*every/2 + 1500*time.Millisecond)
}

func (s timedStream) Next(ctx context.Context) (etcdsource.Batch, error) {
	b, err := s.Stream.Next(ctx)
	for i := range b.Events {
		if e := &b.Events[i]; e.Mod >= s.from {
			e.Time, e.NotBefore, e.TimeFrom = ownTime(e.Mod), ownTime(e.Mod), "itself"
		}
	}
	return b, err
}

// TestOwnTimes dates revisions by the times that a source itself knows, to the revision.
func TestOwnTimes(t *testing.T) {
	f := finder(t, false, 0, renewed(30))
	f.Source = timed{f.Source, 21}
	for _, rev := range []int64{21, 22, 23, 40} {
		for _, c := range []struct {
			at   time.Time
			want int64
		}{{ownTime(rev), rev}, {ownTime(rev).Add(3 * time.Second), rev}, {ownTime(rev).Add(-time.Millisecond), rev - 1}} {
			got, _, err := f.Find(context.Background(), moment(t, c.at.Format(time.RFC3339Nano)))
			if err != nil || got != c.want || rev > 21 && !f.At(rev).Equal(ownTime(rev)) {
				t.Errorf("%v is revision %d, %v; want %d, of %v", c.at, got, err, c.want, f.At(rev))
			}
		}
	}
	if got := f.At(11); got.Sub(begin.Add(4*every)).Abs() > every {
		t.Errorf("revision 11, before it knows times, is of %v", got)
	}
}

// TestNothingBefore distinguishes a moment before the first write from one whose revisions were compacted.
func TestNothingBefore(t *testing.T) {
	for _, spare := range []bool{false, true} {
		f := finder(t, spare, 0, renewed(10))
		if _, _, err := f.Find(context.Background(), moment(t, "2026-11-21T10:00:00Z")); !errors.Is(err, ErrBeforeAll) {
			t.Errorf("spare %v: before the first write: %v", spare, err)
		}
		f = finder(t, spare, 9, renewed(10))
		var gone *etcdsource.CompactedError
		if _, _, err := f.Find(context.Background(), moment(t, "2026-11-22T10:00:05Z")); !errors.As(err, &gone) || gone.Compacted != 9 || gone.Revision != 8 {
			t.Errorf("spare %v: before the oldest revision that is held: %v", spare, err)
		}
	}
}

func TestUndated(t *testing.T) {
	for _, spare := range []bool{false, true} {
		f := finder(t, spare, 0, renewed(0))
		for range 2 { // the second time without reading again
			if _, _, err := f.Find(context.Background(), moment(t, "1m")); !errors.Is(err, ErrUndated) || !f.Undated || f.Dated() || !f.At(1).IsZero() {
				t.Errorf("spare %v: %v", spare, err)
			}
		}
	}
}

// TestLearn keeps what the watch has said of the next compaction, and takes the rest from the finder.
func TestLearn(t *testing.T) {
	f := finder(t, true, 0, append(renewed(40), sourcetest.Put(string(CompactKey), "1")))
	f.Samples = 8
	if err := f.Read(context.Background(), f.Head); err != nil || f.Edge == 0 || len(f.stamps) < 8 {
		t.Fatalf("%v, edge %d, %d stamps", err, f.Edge, len(f.stamps))
	}
	d := Dates{Edge: f.Edge + 7}
	d.Learn(&f.Dates)
	if d.Edge != f.Edge+7 || !d.Dated() || d.At(f.Head).IsZero() {
		t.Errorf("learnt %+v", d)
	}
	many := slices.Repeat(f.stamps[:1], 2*maxStamps-1)
	for i := range many {
		many[i].Revision = int64(i + 1)
	}
	f.add(many...)
	if len(f.stamps) > maxStamps {
		t.Errorf("%d stamps are kept", len(f.stamps))
	}
}

// TestCreations: where no lease dates the revisions of a file, the creations of its objects do, also of those whose first version
// is gone.
func TestCreations(t *testing.T) {
	t.Parallel()
	put := func(name string, minute int) sourcetest.Op {
		return sourcetest.Put("/registry/configmaps/shop/"+name, fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q,"namespace":"shop","uid":%q,"creationTimestamp":%q}}`,
			name, name, begin.Add(time.Duration(minute)*time.Minute).Format(time.RFC3339)))
	}
	ops := []sourcetest.Op{put("a", 0), put("b", 10), put("a", 0), put("c", 30), put("b", 10)} // revisions 2 to 6
	f := finder(t, false, 0, ops)
	for at, want := range map[string]int64{"10:00:00": 2, "10:09:59": 2, "10:10:00": 4, "10:29:00": 4, "10:30:00": 6} {
		if rev, _, err := f.Find(context.Background(), moment(t, "2026-11-22T"+at+"Z")); err != nil || rev != want {
			t.Errorf("%s is revision %d, %v; want %d", at, rev, err, want)
		}
	}
	if _, _, err := f.Find(context.Background(), moment(t, "2026-11-22T09:00:00Z")); !errors.Is(err, ErrBeforeAll) {
		t.Errorf("before the first creation: %v", err)
	}
}
