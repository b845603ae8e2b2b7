package attribution

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// clocks is how far the clocks of an API server and of what dates revisions may lie apart.
const clocks = time.Minute

// AuditWindow is the time in which the revisions of a source were made, as far as an audit log can tell of them: its
// beginning is open where versions from before a compaction are held, its end where the source is running.
func AuditWindow(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, info *etcdsource.Info, c *clock.Clock) (w audit.Window, err error) {
	if info.Compacted <= 1 {
		first, err := begun(ctx, src, dec)
		if err != nil {
			return w, err
		}
		if !first.IsZero() {
			w.From = first.Add(-clocks)
		}
	}
	if d := c.At(info.Revision); !info.Running && !d.Time.IsZero() {
		if w.To = d.Time; d.Hi.After(d.Time) {
			w.To = d.Hi
		}
		w.To = w.To.Add(clocks)
	}
	return w, nil
}

// begun returns when the first object was created of those that a source holds from the beginning; zero where none tells.
func begun(ctx context.Context, src etcdsource.Source, dec *decode.Decoder) (time.Time, error) {
	stream, err := src.Watch(ctx, etcdsource.Prefix(""), 1)
	if err != nil {
		return time.Time{}, err
	}
	defer stream.Close()
	b, err := stream.Next(ctx)
	if err != nil && !errors.Is(err, io.EOF) {
		return time.Time{}, err
	}
	for i := range b.Events {
		e := &b.Events[i]
		if e.Type != etcdsource.Created {
			continue
		}
		if o := dec.Object(e.Key, e.Value, e.Mod); !o.Created.IsZero() {
			return o.Created, nil
		}
	}
	return time.Time{}, nil
}
