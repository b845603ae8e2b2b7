package space

import (
	"context"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/change"
)

// Bounds of what is remembered while writers are found.
const (
	writerObjects = 2048
	writerBytes   = 32 << 20
	maxWriters    = 2000    // rows; the others are one row
	maxLive       = 1 << 20 // keys whose newest version is looked for in memory
)

// author names a row by writer.
type author struct{ writer, controller string }

// OtherWriters is the name of the row for writers that are too many to be told apart.
const OtherWriters = "other writers"

// Writers surveys by writer: it attributes every change that the store holds, which takes much longer than to count them. log is
// the API server's audit log, nil for none. Growth of these rows is what their writes added in the window, less what they removed.
func Writers(ctx context.Context, o Options, log *audit.Log) ([]Row, error) {
	info, err := o.Source.Describe(ctx)
	if err != nil {
		return nil, err
	}
	w := &writers{o: &o, from: max(info.Compacted, 1), sums: map[author]*Amount{}, grows: map[written]int64{}, sizer: o.Known.Decoder.Sizer(),
		engine: attribution.New(attribution.Options{Root: o.Known.Root, Whole: true, Audit: log}),
		memory: change.NewMemory(o.Known.Decoder, o.Known.Kinds, o.Known.Root, decode.View{}, change.MemoryBounds{Bytes: writerBytes, Objects: writerObjects})}
	w.memory.ReadFrom(o.Source)
	if past, err := etcdsource.As[etcdsource.LocalPast](o.Source); err == nil {
		w.newest = func(e *etcdsource.Event) bool {
			last, ok := past.VersionBefore(e.Key, info.Revision+1)
			return ok && last.Mod == e.Mod && last.Sub == e.Sub
		}
	} else if w.newest, err = newestByStream(ctx, &o, info.Revision); err != nil {
		return nil, err
	}
	err = etcdsource.EachChange(ctx, o.Source, etcdsource.Prefix(""), info.Revision, func(e *etcdsource.Event) error {
		before := w.memory.Before(e)
		w.grown(before, e)
		w.memory.Remember(e)
		w.engine.Add(w.memory.Describe(before, e))
		w.take(false)
		if w.n++; o.Progress != nil && w.n%progressEvery == 0 {
			o.Progress(Progress{Records: e.Mod, AllRecords: info.Revision})
		}
		return ctx.Err()
	})
	w.take(true)
	return w.rows(), err
}

// progressEvery is how many changes are attributed between two reports.
const progressEvery = 256

// writers is one survey by writer.
type writers struct {
	o      *Options
	from   int64
	sums   map[author]*Amount
	sizer  *decode.Sizer
	engine *attribution.Engine
	memory *change.Memory
	newest func(*etcdsource.Event) bool // of its key
	n      int
	grows  map[written]int64 // what changes that are not yet attributed add to the live bytes
}

// written is a change, by its place in the history.
type written struct{ mod, sub int64 }

// grown notes what a change in the window adds to the live bytes of its key.
func (w *writers) grown(before, e *etcdsource.Event) {
	if e.Mod <= w.from {
		return
	}
	n := int64(0)
	if e.Type != etcdsource.Deleted {
		n = int64(len(e.Value))
	}
	if before != nil && before.Type != etcdsource.Deleted {
		n -= int64(len(before.Value))
	}
	w.grows[written{e.Mod, e.Sub}] = n
}

// take counts what was attributed.
func (w *writers) take(all bool) {
	for _, a := range w.engine.Take(all) {
		at := written{a.Mod, a.Sub}
		growth := w.grows[at]
		delete(w.grows, at)
		if !strings.HasPrefix(string(a.Key), w.o.Prefix) {
			continue
		}
		r := etcdsource.Record{Key: a.Key, Value: a.Value, Mod: a.Mod, Deleted: a.Type == etcdsource.Deleted, Stored: int64(pageEntry + len(a.Key) + len(a.Value))}
		r.Live = !r.Deleted && w.newest(&a.Event)
		n := amountOf(&r)
		if r.Live {
			n.Managed, n.Applied = w.sizer.Metadata(r.Key, r.Value)
		}
		if r.Mod > w.from {
			n.Writes, n.Written = 1, int64(len(r.Value))
		}
		id := author{strings.Clone(a.Writer), strings.Clone(a.Controller)}
		if w.sums[id] == nil && len(w.sums) >= maxWriters {
			id = author{writer: OtherWriters}
		}
		if w.sums[id] == nil {
			w.sums[id] = &Amount{}
		}
		n.Base = n.Live - growth
		w.sums[id].add(&n)
	}
}

func (w *writers) rows() []Row {
	out := make([]Row, 0, len(w.sums))
	for id, a := range w.sums {
		out = append(out, Row{Name: id.writer, Controller: id.controller, Amount: *a})
	}
	OrderSize.Sort(out)
	return out
}

// newestByStream finds the newest change of each key by reading all of them once more; of a store with too many keys nothing is
// said to be live.
func newestByStream(ctx context.Context, o *Options, upTo int64) (func(*etcdsource.Event) bool, error) {
	type change struct{ mod, sub int64 }
	last := map[string]change{}
	err := etcdsource.EachChange(ctx, o.Source, etcdsource.Prefix(""), upTo, func(e *etcdsource.Event) error {
		if _, known := last[string(e.Key)]; known || len(last) < maxLive {
			last[string(e.Key)] = change{e.Mod, e.Sub}
		}
		return ctx.Err()
	})
	return func(e *etcdsource.Event) bool { return last[string(e.Key)] == change{e.Mod, e.Sub} }, err
}
