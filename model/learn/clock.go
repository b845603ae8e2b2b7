package learn

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// beats are folders of leases that something renews every few seconds as long as the cluster lives.
var beats = []string{"leases/kube-system/", "leases/kube-node-lease/"}

// maxBeats is how many leases of a folder are looked at.
const maxBeats = 200

// LastBeat is the newest time at which some component of the cluster said that it lives: the closest thing to a clock
// that a snapshot has. It is zero where there is none.
func (k *Known) LastBeat(ctx context.Context, src etcdsource.Source, rev int64) (newest time.Time) {
	for _, b := range beats {
		span := etcdsource.Prefix(k.Root + b)
		span.Values, span.Limit = true, maxBeats
		page, err := src.Range(ctx, span, etcdsource.At{Revision: rev})
		if err != nil {
			continue
		}
		for i := range page.Entries {
			e := &page.Entries[i]
			at := columns.Field(k.Decoder.Object(e.Key, e.Value, e.Mod).Tree(decode.View{}), ".spec.renewTime")
			if t, err := time.Parse(time.RFC3339Nano, at); err == nil && t.After(newest) {
				newest = t
			}
		}
	}
	return newest
}

// maxLast is how many of the last revisions are asked for a time.
const maxLast = 1000

// Moment is the time that the ages of what a source shows count from: zero is the present, for a store that is written now. A
// file's, and that of an earlier revision, is the last moment that the store knows of: the last sign of life, and the newest
// time in what was written last.
func (k *Known) Moment(ctx context.Context, src etcdsource.Source, rev int64) time.Time {
	info := k.Info
	switch {
	case rev == 0 && info.Spare:
		return time.Time{}
	case !info.Now.IsZero() && !info.Spare:
		return info.Now
	}
	newest := k.LastBeat(ctx, src, rev)
	if info.Running { // its past is not to be watched, and its present has no end
		return newest
	}
	if at := k.lastWritten(ctx, src, rev); at.After(newest) {
		newest = at
	}
	return newest
}

// lastWritten is the newest time in the values of the last revisions.
func (k *Known) lastWritten(ctx context.Context, src etcdsource.Source, rev int64) (newest time.Time) {
	if rev == 0 {
		rev = k.Info.Revision
	}
	stream, err := src.Watch(ctx, etcdsource.Span{From: []byte{0}, To: []byte{0}}, max(rev-maxLast, k.Info.Compacted, 1))
	if err != nil {
		return newest
	}
	defer stream.Close()
	for {
		batch, err := stream.Next(ctx)
		if err != nil {
			return newest
		}
		for i := range batch.Events {
			e := &batch.Events[i]
			if e.Mod > rev {
				return newest
			}
			for _, at := range Times(k.Decoder.Outline(e.Key, e.Value, e.Mod)) {
				if at.After(newest) {
					newest = at
				}
			}
		}
		if batch.Revision >= rev {
			return newest
		}
	}
}

// Times are the moments at which an object says that something was done to it.
func Times(o *decode.Object) (out []time.Time) {
	out = append(out, o.Created)
	add := func(s string) {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			out = append(out, t)
		}
	}
	for _, m := range o.Managed() {
		add(m.Time)
	}
	switch o.Kind {
	case "Lease":
		add(o.Text("spec", "renewTime"))
	case "Event":
		add(o.Text("lastTimestamp"))
		add(o.Text("eventTime"))
		add(o.Text("deprecatedLastTimestamp"))
	}
	return out
}
