package schedule

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// TestHeads: of random stores, questions and receipts, no change is said to be made later than it was, and the bound is that of the
// newest question that can be had; where too many answers wait, an older one.
func TestHeads(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 20))
		now := time.Now()
		var h heads
		var made, asked []time.Time // of revision 1 on; questions, answered with the number of revisions then
		var answers []int64
		received := 0
		many := seed%10 == 0
		for range 3000 {
			now = now.Add(time.Duration(r.IntN(1000)) * time.Millisecond)
			switch x := r.IntN(10); {
			case x < 4:
				made = append(made, now)
			case x < 8:
				h.add(head{now, int64(len(made))})
				asked, answers = append(asked, now), append(answers, int64(len(made)))
			case !many || len(made) > 1100:
				for received < len(made) {
					received++
					var want time.Time
					for i := range asked {
						if answers[i] < int64(received) {
							want = asked[i]
						}
					}
					got := h.notBefore(int64(received), now)
					if got.After(made[received-1]) || !many && !got.Equal(want) || many && got.IsZero() != want.IsZero() {
						t.Fatalf("seed %d: revision %d was made at %v, and not before %v, want %v", seed, received, made[received-1], got, want)
					}
				}
			}
			if len(h) > mostHeads {
				t.Fatalf("%d answers are kept", len(h))
			}
		}
	}
	var h heads
	h.add(head{time.Now(), 50})
	h.add(head{time.Now(), 40})
	if got := h.notBefore(45, time.Now()); got.IsZero() {
		t.Error("a store that was set back is not followed")
	}
	// The wall clock was set forward by an hour between a question and a receipt: it was not made within the second that the other clock says.
	asked := time.Now()
	received := asked.Add(time.Second).Round(0).Add(time.Hour)
	h = heads{{asked, 1}}
	if got := h.notBefore(2, received); received.Sub(got) < time.Hour {
		t.Errorf("a clock that was set makes a change of %s", received.Sub(got))
	}
}

// TestWhenReceived: a change that is received at once has a time of a second; where the connection stands still for a time, when
// it was made lies between the two times that the delta says.
func TestWhenReceived(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	s.Put("a")
	proxy := etcdtest.NewProxy(t, s.URL)
	r, dir := started(t, &etcdtest.Server{T: t, URL: proxy.URL}, etcdsource.ScheduleOptions{Every: time.Hour, Delta: time.Minute})
	ctx := etcdtest.Within(t, time.Minute)
	if err := r.full(ctx); err != nil {
		t.Fatal(err)
	}
	type written struct{ before, after time.Time }
	times := map[int64]written{}
	var last int64
	put := func(key string) {
		w := written{before: time.Now()}
		p, err := s.Writer().Put(ctx, key, "x")
		if err != nil {
			t.Fatal(err)
		}
		w.after, last = time.Now(), p.Header.Revision
		times[last] = w
	}
	put("b")
	received(t, r.deltas, last)
	time.Sleep(askEvery)
	proxy.Hold()
	for range 5 {
		put("late")
		time.Sleep(500 * time.Millisecond)
	}
	if err := proxy.Pass(); err != nil {
		t.Fatal(err)
	}
	if !received(t, r.deltas, last) {
		t.Fatal(r.deltas.gap)
	}
	if err := r.delta(ctx); err != nil {
		t.Fatal(err)
	}
	src, err := archive.Open(ctx, dir, snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	info, err := src.Describe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	met, widest := 0, time.Duration(0)
	err = etcdsource.EachChange(ctx, src, etcdsource.Prefix(""), info.Revision, func(e *etcdsource.Event) error {
		w, ok := times[e.Mod]
		if !ok {
			return nil
		}
		met++
		if e.NotBefore.IsZero() || e.NotBefore.After(w.after) || e.Time.Before(w.before) {
			t.Errorf("revision %d was made between %v and %v, and is said to be between %v and %v", e.Mod, w.before, w.after, e.NotBefore, e.Time)
		}
		widest = max(widest, e.Time.Sub(e.NotBefore))
		if late := string(e.Key) == "late"; late && e.Dated() && e.Time.Sub(w.after) > etcdsource.Close {
			t.Errorf("revision %d was received %v late, and is said to be exact", e.Mod, e.Time.Sub(w.after))
		}
		return nil
	})
	if err != nil || met != len(times) || widest < 2*time.Second {
		t.Errorf("%d of %d changes, the widest bracket is %s: %v", met, len(times), widest, err)
	}
}
