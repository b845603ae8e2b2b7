package live

import (
	"context"
	"errors"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/etcdscope/etcdscope/etcdsource"
)

const defaultVersions = 100

// Versions walks a key back: each version is one small read at the revision before the one that is known. Deletions
// and what lies before a creation cannot be found this way; the Edge says so.
func (s *Source) Versions(ctx context.Context, key []byte, upTo int64, limit int) ([]etcdsource.Event, etcdsource.Edge, error) {
	if limit <= 0 {
		limit = defaultVersions
	}
	var out []etcdsource.Event
	rev := upTo
	for len(out) < limit {
		r, err := ask(ctx, s, "read", rev, func(ctx context.Context, m *member) (*pb.RangeResponse, error) {
			r, err := m.kv.Range(ctx, &pb.RangeRequest{Key: key, Revision: rev, Serializable: s.cfg.Serializable})
			if err == nil && len(out) > 0 && !m.kine() {
				err = checkOlder(&out[len(out)-1], r.GetKvs())
			}
			return r, err
		})
		var gone *etcdsource.CompactedError
		switch {
		case errors.As(err, &gone) && (len(out) > 0 || upTo > 0):
			return s.compactedEdge(out, gone.Compacted)
		case err != nil:
			return out, etcdsource.Edge{}, err
		case len(r.GetKvs()) == 0:
			if rev == 0 {
				rev = r.GetHeader().GetRevision()
			}
			return out, etcdsource.Edge{Kind: etcdsource.EdgeNotSearched, Revision: rev}, nil
		}
		s.saw(r.GetHeader().GetRevision())
		e := version(r.GetKvs()[0])
		e.Kept = e.Mod < s.retained.get()
		out = append(out, e)
		if rev = e.Mod - 1; e.Type == etcdsource.Created || rev == 0 {
			edge, err := s.beforeCreation(ctx, key, e.Create)
			return out, edge, err
		}
	}
	return out, etcdsource.Edge{Kind: etcdsource.EdgeMore, Revision: out[len(out)-1].Mod}, nil
}

func version(kv *mvccpb.KeyValue) etcdsource.Event {
	e := etcdsource.Event{Key: kv.GetKey(), Value: kv.GetValue(), Create: kv.GetCreateRevision(), Mod: kv.GetModRevision(),
		Version: kv.GetVersion(), Lease: kv.GetLease(), Type: etcdsource.Updated}
	if e.Version == 1 || e.Version == 0 && e.Create == e.Mod { // kine counts no versions
		e.Type = etcdsource.Created
	}
	return e
}

// checkOlder checks the version before one that was no creation: it is there, and of the same incarnation.
func checkOlder(newer *etcdsource.Event, kvs []*mvccpb.KeyValue) error {
	if len(kvs) == 0 {
		return broke("Range", "answered version %d of a key, and no version before it", newer.Version)
	}
	if older := kvs[0]; older.GetCreateRevision() != newer.Create || older.GetVersion() != newer.Version-1 {
		return broke("Range", "answered version %d of a key, and before it version %d of another incarnation", newer.Version, older.GetVersion())
	}
	return nil
}

// compactedEdge ends a walk at a compaction. The last version counts only if it was written after it.
func (s *Source) compactedEdge(out []etcdsource.Event, low int64) ([]etcdsource.Event, etcdsource.Edge, error) {
	if n := len(out); n > 0 {
		out[n-1].Kept = out[n-1].Mod < low
	}
	return out, etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: low}, nil
}

// beforeCreation reports whether an earlier incarnation of the key could still be retained.
func (s *Source) beforeCreation(ctx context.Context, key []byte, created int64) (etcdsource.Edge, error) {
	edge := etcdsource.Edge{Kind: etcdsource.EdgeCreated, Revision: created}
	if created <= 2 || s.retained.get() >= created {
		return edge, nil
	}
	_, err := s.get(ctx, &pb.RangeRequest{Key: key, CountOnly: true, Revision: created - 1, Serializable: s.cfg.Serializable})
	var gone *etcdsource.CompactedError
	switch {
	case errors.As(err, &gone):
		return edge, nil
	case err != nil:
		return edge, err
	}
	edge.Kind = etcdsource.EdgeNotSearched
	return edge, nil
}
