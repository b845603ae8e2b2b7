package kubeapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// writing is a store that is being written: its watch has the batches that the test sends, and ends when they are closed. It
// has no objects.
type writing struct {
	etcdsource.Source
	batches chan etcdsource.Batch
}

func (w *writing) Watch(context.Context, etcdsource.Span, int64) (etcdsource.Stream, error) {
	return w, nil
}

func (w *writing) Next(ctx context.Context) (etcdsource.Batch, error) {
	select {
	case b, ok := <-w.batches:
		if !ok {
			return b, errGone
		}
		return b, nil
	case <-ctx.Done():
		return etcdsource.Batch{}, ctx.Err()
	}
}

func (w *writing) Range(context.Context, etcdsource.Span, etcdsource.At) (etcdsource.Page, error) {
	return etcdsource.Page{Revision: 100}, nil
}

func (w *writing) Close() error { return nil }

var errGone = fmt.Errorf("the store is gone: %w", etcdsource.ErrReplaced)

// batch is one update of a key, seen live.
func batch(key string, rev int64) etcdsource.Batch {
	return etcdsource.Batch{Events: []etcdsource.Event{{Key: []byte(key), Value: []byte("{}"), Create: 1, Mod: rev, Version: 2, Type: etcdsource.Updated}},
		Revision: rev, Status: etcdsource.Status{State: etcdsource.Live}}
}

// TestSharedStream: a stream says how far it was read where nothing came in its span, and ends with the watch that all share.
func TestSharedStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := &writing{batches: make(chan etcdsource.Batch)}
		s := Share(src, etcdsource.Info{}, "/registry/")
		done := make(chan error, 1)
		go func() { done <- s.Run(t.Context(), func(error) {}) }()
		src.batches <- batch("/registry/pods/demo/a", 7)
		synctest.Wait()
		stream, err := s.Watch(t.Context(), etcdsource.Prefix("/registry/services/"), 8)
		if err != nil {
			t.Fatal(err)
		}
		src.batches <- batch("/registry/pods/demo/a", 9)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if b, err := stream.Next(ctx); b.Revision != 9 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after a change of another resource: revision %d, %v", b.Revision, err)
		}
		close(src.batches)
		if _, err := stream.Next(t.Context()); !errors.Is(err, errGone) {
			t.Errorf("when the watch has ended: %v", err)
		}
		if err := <-done; !errors.Is(err, errGone) {
			t.Errorf("Run: %v", err)
		}
	})
}

// TestBehind: a list is never older than what the client knows, also where the watch that all share is behind.
func TestBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := &writing{batches: make(chan etcdsource.Batch, 1)}
		s := Share(src, etcdsource.Info{}, "/registry/")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, func(error) {}) }()
		src.batches <- batch("/registry/pods/demo/a", 7)
		synctest.Wait()
		q := &call{a: &API{Source: s}, o: options{rev: 50}}
		span := etcdsource.Prefix("/registry/pods/")
		l := &lister{call: q, pages: pages{src: s, span: span}, prefix: "/registry/pods/"}
		s.states["/registry/pods/"] = &state{at: &State{rev: 7}}
		if err := l.start(ctx); err != nil || l.pages.rev != 100 {
			t.Errorf("a list that must not be older than 50 is of %d: %v", l.pages.rev, err)
		}
		cancel()
		<-done
	})
}

// TestBookmarks: a watch says how far it is every minute, also where changes come that its client does not see.
func TestBookmarks(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 0)
	synctest.Test(t, func(t *testing.T) {
		src := &writing{Source: a.Source, batches: make(chan etcdsource.Batch, 1)}
		s := Share(src, etcdsource.Info{Running: true}, "/registry/")
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- s.Run(ctx, func(error) {}) }()
		live := &API{Known: a.Known, Source: s}
		c, err := a.catalog(ctx, position{rev: a.Known.Info.Revision})
		if err != nil {
			t.Fatal(err)
		}
		src.batches <- batch("/registry/pods/demo/a", 100)
		synctest.Wait()
		q := &call{a: live, c: c, t: &target{res: c.resource["/pods"], version: "v1"}}
		if q.o, err = readOptions(map[string][]string{"labelSelector": {"app=z"}, "allowWatchBookmarks": {"true"}, "resourceVersion": {"100"}, "watch": {"true"}}, true); err != nil {
			t.Fatal(err)
		}
		answer, err := q.watch(ctx)
		if err != nil {
			t.Fatal(err)
		}
		e := &events{want: 4, end: cancel}
		wrote := make(chan struct{})
		go func() {
			defer close(wrote)
			for rev := int64(101); ctx.Err() == nil; rev++ {
				select {
				case <-time.After(25 * time.Second):
				case <-ctx.Done():
					return
				}
				key := "/registry/pods/demo/a"
				if rev > 104 {
					key = "/registry/services/specs/demo/a"
				}
				select {
				case src.batches <- created(key, rev):
				case <-ctx.Done():
				}
			}
		}()
		if err := answer.Body(ctx, e); err != nil {
			t.Fatal(err)
		}
		<-ran
		<-wrote
		want := []string{"BOOKMARK @100", "BOOKMARK @102", "BOOKMARK @104", "BOOKMARK @107"}
		if fmt.Sprint(e.list) != fmt.Sprint(want) {
			t.Errorf("%s\nwant\n%s", strings.Join(e.list, ", "), strings.Join(want, ", "))
		}
	})
}

// created is a key that was created, seen live.
func created(key string, rev int64) etcdsource.Batch {
	b := batch(key, rev)
	e := &b.Events[0]
	e.Create, e.Version, e.Type = rev, 1, etcdsource.Created
	return b
}

// slow is a source whose first read waits until its client is gone.
type slow struct {
	etcdsource.Source
	reads atomic.Int64
	began chan struct{}
}

func (s *slow) Range(ctx context.Context, span etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	if s.reads.Add(1) == 1 {
		close(s.began)
		<-ctx.Done()
		return etcdsource.Page{}, ctx.Err()
	}
	return s.Source.Range(ctx, span, at)
}

// TestCatalogCancelled: who waits for the types that another client reads gets them, also where that client goes away.
func TestCatalogCancelled(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 0)
	a.Source = &slow{Source: a.Source, began: make(chan struct{})}
	first, cancel := context.WithCancel(t.Context())
	ended := make(chan *Answer, 1)
	go func() { ended <- a.Serve(first, &Request{Method: "GET", Path: "/api/v1/pods"}) }()
	<-a.Source.(*slow).began
	const n = 5
	codes := make(chan int, n)
	for range n {
		go func() { codes <- a.Serve(t.Context(), &Request{Method: "GET", Path: "/api/v1/pods"}).Code }()
	}
	time.Sleep(20 * time.Millisecond) // they wait
	cancel()
	if (<-ended).Code == 200 {
		t.Error("the client that went away is answered")
	}
	for range n {
		if code := <-codes; code != 200 {
			t.Errorf("a client that waited: %d", code)
		}
	}
}
