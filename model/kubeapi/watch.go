package kubeapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// bookmarkEvery is how often a watch says how far it is.
const bookmarkEvery = time.Minute

// watcher writes a watch.
type watcher struct {
	*call
	initial  *lister // what is there when the watch begins; nil where the client knows it
	ended    bool    // the client wants to know where that ends
	from     int64   // everything up to this revision is known to the client
	rev      int64   // everything up to here has been sent
	table    *tables
	headed   bool // the columns were sent
	b        []byte
	constant bool // the selectors look at nothing that changes
}

// watch answers with a stream of changes. Failures behind its begin are events of type ERROR.
func (q *call) watch(ctx context.Context) (*Answer, error) {
	w := &watcher{call: q, constant: q.o.labels.Empty()}
	for _, r := range q.o.fields.Requirements() {
		w.constant = w.constant && strings.HasPrefix(r.Field, "metadata.")
	}
	initial := q.o.rev <= 0 && q.o.initial == nil || q.o.initial != nil && *q.o.initial
	w.ended = initial && q.o.initial != nil
	limit := q.o.limit
	q.o.limit = 0 // of the list that it begins with
	if err := q.readAt(ctx); err != nil {
		return nil, err
	}
	q.o.limit = limit
	switch {
	case initial:
		w.initial = &lister{call: q, pages: pages{src: q.a.Source, span: q.keys(), rev: q.rev}}
		k := q.c.known
		w.initial.prefix = k.Kinds.Prefix(k.Root, q.t.res.Resource, "")
		w.initial.o.limit = 0
		if err := w.initial.start(ctx); err != nil {
			return nil, err
		}
		w.from = w.initial.pages.rev
	case q.o.rev > 0:
		w.from = q.o.rev
	default:
		if w.from = q.at.rev; w.from == 0 {
			var err error
			if w.from, err = q.a.reached(ctx, 0); err != nil {
				return nil, err
			}
		}
	}
	w.rev = w.from
	return &Answer{Code: 200, Type: jsonType, Watch: true, Body: w.run}, nil
}

// timeout is how long the watch goes on: as the client says, else half an hour to an hour, as the API server does.
func (w *watcher) timeout() time.Duration {
	if w.o.timeout > 0 {
		return w.o.timeout
	}
	return 30*time.Minute + rand.N(30*time.Minute)
}

// run writes the events until the timeout of the watch, or until the client is gone.
func (w *watcher) run(ctx context.Context, out Writer) error {
	ctx, cancel := context.WithTimeout(ctx, w.timeout())
	defer cancel()
	err := w.begin(ctx, out)
	if err == nil {
		err = w.follow(ctx, out)
	}
	switch {
	case err == nil || ctx.Err() != nil:
		return nil
	case errors.Is(err, errWrite):
		return err
	}
	return w.fail(out, err)
}

// errWrite says that the client takes no more.
var errWrite = errors.New("the client takes no more")

// begin sends what is there.
func (w *watcher) begin(ctx context.Context, out Writer) error {
	if w.initial != nil {
		if _, err := w.initial.each(ctx, func(it *item) error { return w.event(ctx, out, "ADDED", it) }); err != nil {
			return err
		}
	}
	if w.o.bookmarks {
		return w.bookmark(out, w.ended)
	}
	return w.flush(out)
}

// follow sends what changes.
func (w *watcher) follow(ctx context.Context, out Writer) error {
	stream, err := w.stream(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	next := time.Now().Add(bookmarkEvery)
	for {
		wait, cancel := context.WithDeadline(ctx, next)
		b, err := stream.Next(wait)
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			w.rev, next = max(w.rev, b.Revision), time.Now().Add(bookmarkEvery)
			if w.o.bookmarks {
				if err := w.bookmark(out, false); err != nil {
					return err
				}
			}
			continue
		case err != nil:
			return err
		case !b.Lost.Empty() && b.Lost.To > w.from:
			return apierrors.NewResourceExpired("too old resource version: " + strconv.FormatInt(w.from, 10))
		}
		if err := w.changes(ctx, out, &b); err != nil {
			return err
		}
	}
}

// changes sends the events of a batch.
func (w *watcher) changes(ctx context.Context, out Writer, b *etcdsource.Batch) error {
	sent := false
	for i := range b.Events {
		e := &b.Events[i]
		if e.Mod <= w.from || e.Kept {
			continue
		}
		typ, it, err := w.seen(ctx, e)
		if err != nil {
			return err
		}
		if it != nil {
			sent = true
			if err := w.event(ctx, out, typ, it); err != nil {
				return err
			}
		}
	}
	w.rev = max(w.rev, b.Revision)
	if sent {
		return w.flush(out)
	}
	return nil
}

// stream returns the changes behind what the client knows.
func (w *watcher) stream(ctx context.Context) (etcdsource.Stream, error) {
	src, top := w.a.Source, w.at.rev
	span := w.keys()
	switch {
	case w.at.replay:
		return w.a.Replay.stream(ctx, src, span, w.from+1)
	case w.at.live():
		if s, ok := src.(*Shared); ok && w.a.Known.Info.Past == etcdsource.PastWhole && !s.keeps(w.from+1) {
			src = s.Source // the recalled past, which asks the store for nothing, and what follows it
		}
		return src.Watch(ctx, span, w.from+1)
	case w.from >= top:
		return frozen{}, nil
	}
	if w.a.Known.Info.Past != etcdsource.PastWhole {
		return nil, apierrors.NewResourceExpired("too old resource version: the past of a running store is served as changes only with --recall")
	}
	if s, ok := src.(*Shared); ok {
		src = s.Source
	}
	st, err := src.Watch(ctx, span, w.from+1)
	return &until{Stream: st, top: top}, err
}

// frozen is the stream of a position that does not move.
type frozen struct{}

// Next implements etcdsource.Stream: nothing comes.
func (frozen) Next(ctx context.Context) (etcdsource.Batch, error) {
	<-ctx.Done()
	return etcdsource.Batch{}, ctx.Err()
}

// Close implements etcdsource.Stream.
func (frozen) Close() error { return nil }

// until is a stream of the changes up to a revision, behind which nothing comes.
type until struct {
	etcdsource.Stream
	top  int64
	over bool
}

// Next implements etcdsource.Stream.
func (u *until) Next(ctx context.Context) (b etcdsource.Batch, err error) {
	if u.over {
		return frozen{}.Next(ctx)
	}
	b, err = u.Stream.Next(ctx)
	if errors.Is(err, io.EOF) {
		u.over = true
		return etcdsource.Batch{Revision: u.top}, nil
	}
	for i := range b.Events {
		if b.Events[i].Mod > u.top {
			b.Events = b.Events[:i]
			break
		}
	}
	if b.Revision >= u.top {
		b.Revision, u.over = u.top, true
	}
	return b, err
}

// event writes one event.
func (w *watcher) event(ctx context.Context, out Writer, typ string, it *item) error {
	w.b = append(append(append(w.b[:0], `{"type":"`...), typ...), `","object":`...)
	switch w.f.as {
	case "Table":
		if w.table == nil {
			w.table = w.call.table(ctx, []*item{it})
		}
		w.b = append(w.b, w.tableOf(ctx, it)...)
	case "PartialObjectMetadata":
		w.b = w.partial(w.b, it)
	default:
		w.b = append(w.b, w.anyJSON(it)...)
	}
	w.b = append(w.b, "}\n"...)
	return w.send(out)
}

// tableOf is a Table with one row; only the first one has the columns.
func (w *watcher) tableOf(ctx context.Context, it *item) []byte {
	b := []byte(`{"kind":"Table","apiVersion":"meta.k8s.io/` + w.metaVersion() + `","metadata":{"resourceVersion":"` + strconv.FormatInt(it.Mod, 10) + `"},"columnDefinitions":`)
	if w.headed {
		b = append(b, "null"...)
	} else {
		b = append(b, w.table.head()...)
	}
	w.headed = true
	switch {
	case w.at.live():
		w.table.now = w.a.now(ctx, 0)
	case w.at.replay:
		w.table.now = w.replayed(ctx, it)
	}
	return append(w.table.row(append(b, `,"rows":[`...), it), "]}"...)
}

// replayed is the time to which ages count in an event of the replay: that of its revision, and of its begin for what is there
// then.
func (w *watcher) replayed(ctx context.Context, it *item) (at time.Time) {
	rev := max(it.Mod, w.from)
	if times := w.a.Replay.Times; times != nil {
		at = times(rev)
	}
	if at.IsZero() {
		return w.a.now(ctx, rev)
	}
	if at.Before(it.Created) { // revisions are dated to some seconds
		return it.Created
	}
	return at
}

// bookmark says how far the watch is; end that everything that was there when it began has been sent.
func (w *watcher) bookmark(out Writer, end bool) error {
	md := map[string]any{"resourceVersion": strconv.FormatInt(w.rev, 10)}
	if end {
		md["annotations"] = map[string]string{"k8s.io/initial-events-end": "true"}
	}
	obj := map[string]any{"kind": w.t.res.Kind, "apiVersion": w.t.apiVersion(), "metadata": md}
	switch w.f.as {
	case "Table":
		partial := map[string]any{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/" + w.metaVersion(), "metadata": md}
		obj = map[string]any{"kind": "Table", "apiVersion": "meta.k8s.io/" + w.metaVersion(), "metadata": map[string]any{"resourceVersion": md["resourceVersion"]},
			"columnDefinitions": nil, "rows": []any{map[string]any{"cells": []any{}, "object": partial}}}
	case "PartialObjectMetadata":
		obj["kind"], obj["apiVersion"] = "PartialObjectMetadata", "meta.k8s.io/"+w.metaVersion()
	}
	b, err := json.Marshal(map[string]any{"type": "BOOKMARK", "object": obj})
	if err != nil {
		return err
	}
	w.b = append(append(w.b[:0], b...), '\n')
	if err := w.send(out); err != nil {
		return err
	}
	return w.flush(out)
}

// fail sends why the watch ends.
func (w *watcher) fail(out Writer, err error) error {
	b, e := json.Marshal(map[string]any{"type": "ERROR", "object": statusOf(err)})
	if e != nil {
		return e
	}
	w.b = append(append(w.b[:0], b...), '\n')
	if err := w.send(out); err != nil {
		return err
	}
	return w.flush(out)
}

func (w *watcher) send(out Writer) error {
	if _, err := out.Write(w.b); err != nil {
		return errWrite
	}
	return nil
}

func (w *watcher) flush(out Writer) error {
	if out.Flush() != nil {
		return errWrite
	}
	return nil
}
