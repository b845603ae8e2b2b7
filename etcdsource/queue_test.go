package etcdsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestQueueNextWaitsForPut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(1 << 20)
		start := time.Now()
		go func() {
			time.Sleep(3 * time.Second)
			q.Put(Batch{Events: []Event{{Mod: 5}}, Revision: 5})
		}()
		b, err := q.Next(t.Context(), 0)
		if err != nil || b.Revision != 5 || time.Since(start) != 3*time.Second {
			t.Errorf("%+v, %v after %v", b, err, time.Since(start))
		}
	})
}

func TestQueueNextEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(1 << 20)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := q.Next(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		q.Put(Batch{Revision: 2}) // what comes later is not lost
		if b, err := q.Next(t.Context(), 0); err != nil || b.Revision != 2 {
			t.Errorf("%+v, %v", b, err)
		}
	})
}

func TestQueueCloseHandsOverWhatWaits(t *testing.T) {
	for _, cause := range []error{nil, errors.New("gone")} {
		synctest.Test(t, func(t *testing.T) {
			q := NewQueue(1 << 20)
			q.Put(Batch{Events: []Event{{Mod: 2}, {Mod: 3}}, Revision: 3})
			q.Close(cause)
			q.Close(errors.New("later"))
			q.Put(Batch{Events: []Event{{Mod: 4}}, Revision: 4})
			for _, rev := range []int64{2, 3} {
				if b, err := q.Next(t.Context(), 1); err != nil || b.Revision != rev {
					t.Errorf("%+v, %v; want revision %d", b, err, rev)
				}
			}
			want := cause
			if want == nil {
				want = io.EOF
			}
			for range 2 {
				if _, err := q.Next(t.Context(), 1); !errors.Is(err, want) {
					t.Errorf("%v, want %v", err, want)
				}
			}
		})
	}
}

func TestQueueCloseWakesReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(1 << 20)
		ended := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := q.Next(t.Context(), 0)
				ended <- err
			}()
		}
		synctest.Wait()
		q.Close(nil)
		for range 2 {
			if err := <-ended; !errors.Is(err, io.EOF) {
				t.Error(err)
			}
		}
	})
}

func TestQueueKeepsTheNewestRevisionWhateverItsSize(t *testing.T) {
	q := NewQueue(10)
	for rev := int64(2); rev < 9; rev++ {
		q.Put(Batch{Events: []Event{{Mod: rev}, {Mod: rev, Sub: 1}}, Revision: rev})
	}
	b, err := q.Next(t.Context(), 0)
	if err != nil || len(b.Events) != 2 || b.Events[0].Mod != 8 || b.Lost.From != 2 || b.Lost.To != 7 || !b.Relist || b.Lost.Reason == "" {
		t.Errorf("%+v, %v", b, err)
	}
}

// producer makes batches as a stream would: revisions in order, never split, sometimes a gap or only a status.
type producer struct {
	rev    int64
	events int
	gaps   map[int64]bool // revisions that were lost before they came to the queue
}

func (p *producer) batch(t *rapid.T) Batch {
	b := Batch{Revision: p.rev, Status: Status{State: Live}}
	if rapid.IntRange(0, 5).Draw(t, "gap") == 0 {
		n := rapid.Int64Range(1, 3).Draw(t, "lost")
		b.Lost = Window{From: p.rev + 1, To: p.rev + n, Reason: "upstream"}
		for r := b.Lost.From; r <= b.Lost.To; r++ {
			p.gaps[r] = true
		}
		p.rev += n
	}
	for range rapid.IntRange(0, 6).Draw(t, "revisions") {
		p.rev += rapid.Int64Range(1, 2).Draw(t, "step")
		for sub := range rapid.Int64Range(1, 4).Draw(t, "changes") {
			b.Events = append(b.Events, Event{Key: []byte("k"), Mod: p.rev, Sub: sub, Value: make([]byte, rapid.IntRange(0, 300).Draw(t, "bytes"))})
			p.events++
		}
	}
	b.Revision = p.rev
	return b
}

// consumer checks what the queue hands over.
type consumer struct {
	events    int
	rev       int64
	delivered map[int64]int
	lost      map[int64]bool
	put       map[int64]int // changes that were put, by revision
}

func (c *consumer) take(b Batch) error {
	if b.Revision < c.rev {
		return fmt.Errorf("the revision goes back from %d to %d", c.rev, b.Revision)
	}
	for r := b.Lost.From; !b.Lost.Empty() && r <= b.Lost.To; r++ {
		if c.delivered[r] > 0 {
			return fmt.Errorf("revision %d was delivered and is called lost", r)
		}
		if c.put[r] > 0 && !b.Relist {
			return fmt.Errorf("revision %d was dropped and nobody is asked to read again", r)
		}
		c.lost[r] = true
	}
	for i, e := range b.Events {
		switch {
		case e.Mod <= c.rev && c.delivered[e.Mod] == 0 || i == 0 && c.delivered[e.Mod] > 0:
			return fmt.Errorf("revision %d comes behind %d, or is split", e.Mod, c.rev)
		case c.lost[e.Mod]:
			return fmt.Errorf("revision %d was called lost and is delivered", e.Mod)
		case e.Sub != int64(c.delivered[e.Mod]):
			return fmt.Errorf("revision %d: change %d is missing", e.Mod, c.delivered[e.Mod])
		}
		c.delivered[e.Mod]++
		c.events++
	}
	c.rev = b.Revision
	return nil
}

// TestQueueLosesNothingUnsaid puts and takes in any order: what is not delivered is said to be lost, whole revisions
// only, and nothing else is.
func TestQueueLosesNothingUnsaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := NewQueue(rapid.SampledFrom([]int{1, 1000, 4000, 1 << 20}).Draw(t, "capacity"))
		p := producer{rev: 1, gaps: map[int64]bool{}}
		put := map[int64]int{}
		c := consumer{delivered: map[int64]int{}, lost: map[int64]bool{}, put: put}
		take := func() {
			b, err := q.Next(context.Background(), rapid.IntRange(0, 7).Draw(t, "at most"))
			if err == nil {
				err = c.take(b)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if len(q.wait) > 0 && rapid.Bool().Draw(t, "take") {
				take()
				continue
			}
			b := p.batch(t)
			for _, e := range b.Events {
				put[e.Mod]++
			}
			q.Put(b)
		}
		for len(q.wait) > 0 {
			take()
		}
		for rev, n := range put {
			if c.delivered[rev] != n && (!c.lost[rev] || c.delivered[rev] > 0) {
				t.Fatalf("revision %d: %d of %d changes delivered, said to be lost: %v", rev, c.delivered[rev], n, c.lost[rev])
			}
		}
		for rev := range p.gaps {
			if !c.lost[rev] {
				t.Fatalf("revision %d was lost upstream and nobody says so", rev)
			}
		}
		if c.rev != p.rev || q.bytes != 0 {
			t.Fatalf("delivered up to %d of %d, %d bytes are left", c.rev, p.rev, q.bytes)
		}
	})
}

// TestQueueSaysWhenItDropped checks that a batch with fewer events than were put asks for a relist.
func TestQueueSaysWhenItDropped(t *testing.T) {
	q := NewQueue(3 * eventOverhead)
	for rev := int64(2); rev < 12; rev++ {
		q.Put(Batch{Events: []Event{{Mod: rev}}, Revision: rev})
	}
	b, err := q.Next(t.Context(), 0)
	if err != nil || !b.Relist || b.Lost.From != 2 || b.Lost.To != b.Events[0].Mod-1 || b.Revision != 11 {
		t.Errorf("%+v, %v", b, err)
	}
	q.Put(Batch{Events: []Event{{Mod: 12}}, Revision: 12})
	if b, err := q.Next(t.Context(), 0); err != nil || b.Relist || !b.Lost.Empty() {
		t.Errorf("said twice: %+v, %v", b, err)
	}
}
