package attribution

import (
	"context"
	"errors"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// LeaseClock dates the revisions of a live store with a few small reads: of one lease that is renewed every few seconds, as
// it was at a revision. The newest renewal before a revision is at most that much older.
type LeaseClock struct {
	src etcdsource.Source
	dec *decode.Decoder
	key []byte
}

// maxLeases is how many leases of a folder are looked at for the one that was renewed last.
const maxLeases = 200

// FindLeaseClock looks for the lease that was renewed last; nil where there is none.
func FindLeaseClock(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, root string) (*LeaseClock, error) {
	b := &LeaseClock{src: src, dec: dec}
	var newest time.Time
	for _, folder := range leaseFolders {
		span := etcdsource.Prefix(root + folder)
		span.Values, span.Limit = true, maxLeases
		page, err := src.Range(ctx, span, etcdsource.At{})
		if etcdsource.Seen(err) != nil {
			return nil, err
		}
		for i := range page.Entries {
			if s, ok := b.stamp(&page.Entries[i]); ok && s.Fine.After(newest) {
				newest, b.key = s.Fine, page.Entries[i].Key
			}
		}
	}
	if b.key == nil {
		return nil, nil
	}
	return b, nil
}

func (b *LeaseClock) stamp(e *etcdsource.Entry) (s clock.Stamp, ok bool) {
	v := evidence.NewVersion(&evidence.Parser{}, b.dec.Object(e.Key, e.Value, e.Mod))
	s = clock.Stamp{Revision: e.Mod, Kind: clock.Lease}
	if v != nil {
		s.Fine, s.Source = evidence.ParseTime(v.Text("spec", "renewTime")), evidence.LeaseClock(v)
	}
	return s, !s.Fine.IsZero()
}

// Stamp returns the newest renewal at a revision; ok is false where the lease did not exist.
func (b *LeaseClock) Stamp(ctx context.Context, rev int64) (s clock.Stamp, ok bool, err error) {
	e, ok, err := etcdsource.Get(ctx, b.src, b.key, rev)
	if err != nil || !ok {
		return s, false, err
	}
	s, ok = b.stamp(&e)
	return s, ok, nil
}

// Sample dates n revisions, evenly from first to head; those that were compacted are left out.
func (b *LeaseClock) Sample(ctx context.Context, first, head int64, n int) (out []clock.Stamp, err error) {
	for i := range int64(n) {
		s, ok, err := b.Stamp(ctx, first+(head-first)*(i+1)/int64(n))
		if gone := (*etcdsource.CompactedError)(nil); errors.As(err, &gone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if ok && (len(out) == 0 || s.Revision > out[len(out)-1].Revision) {
			out = append(out, s)
		}
	}
	return out, nil
}

// Before returns the newest revision in [first, head] before which no renewal later than t was written, and the stamps
// that were read on the way. Where there is none, rev is first-1, or err is a CompactedError.
func (b *LeaseClock) Before(ctx context.Context, t time.Time, first, head int64) (rev int64, seen []clock.Stamp, err error) {
	var edge *etcdsource.CompactedError
	oldest, found := first, false
	for first <= head {
		mid := first + (head-first)/2
		s, ok, err := b.Stamp(ctx, mid)
		switch {
		case errors.As(err, &edge):
			first = max(mid+1, edge.Compacted)
			continue
		case err != nil:
			return 0, seen, err
		case ok:
			seen = append(seen, s)
		}
		if ok && s.Fine.After(t) {
			head = min(mid, s.Revision) - 1
		} else {
			first, found = mid+1, found || ok
		}
	}
	switch {
	case found:
		return first - 1, seen, nil
	case edge != nil && edge.Compacted > 0: // not that it was met where it was looked for
		return 0, seen, &etcdsource.CompactedError{Revision: edge.Compacted - 1, Compacted: edge.Compacted}
	case edge != nil:
		return 0, seen, edge
	}
	return oldest - 1, seen, nil
}
