package replay

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/raft/v3/raftpb"
)

// many loads n keys, of which every tenth is under a lease of its own, and applies the requests to them.
func many(t *testing.T, n, most int, requests []any) (l *Log, changes, applied int, err error) {
	t.Helper()
	var entries []*raftpb.Entry
	for _, r := range requests {
		entries = append(entries, entry(request(r)))
	}
	s := state()
	for i := range n / 10 {
		s.Leases[int64(1000+i)] = 60
	}
	l, err = New(entries, s)
	if err != nil {
		t.Fatal(err)
	}
	l.most = most
	for i := range n {
		r := Record{Key: fmt.Appendf(nil, "k%06d", i), Create: 2, Mod: 2, Version: 1}
		if i%10 == 0 {
			r.Lease = int64(1000 + i/10)
		}
		if l.Needs(r.Key, r.Lease) {
			l.Load(r, false)
		}
	}
	applied, err = l.Run(t.Context(), func(Change) error { changes++; return nil })
	return l, changes, applied, err
}

// TestWork: requests over ranges and revoked leases look at the keys that they remove, and at no others, however many there
// are; so do alarms.
func TestWork(t *testing.T) {
	const keys, requests = 5000, 20_000
	var list []any
	for i := range requests {
		switch k := fmt.Appendf(nil, "k%06d", i); i % 4 {
		case 0:
			list = append(list, &pb.DeleteRangeRequest{Key: k, RangeEnd: append(slices.Clone(k), '0')})
		case 1:
			list = append(list, &pb.LeaseRevokeRequest{ID: int64(1000 + i)})
		case 2:
			list = append(list, &pb.DeleteRangeRequest{Key: []byte("l"), RangeEnd: []byte{0}})
		default:
			list = append(list, &pb.AlarmRequest{Action: pb.AlarmRequest_ACTIVATE, MemberID: uint64(i), Alarm: pb.AlarmType_NOSPACE})
		}
	}
	l, changes, applied, err := many(t, keys, keys, list)
	if err != nil || applied != requests || changes == 0 || l.live.visits != changes {
		t.Errorf("%d changes took visits to %d keys; %d applied, %v", changes, l.live.visits, applied, err)
	}
	if len(l.needs.ranges) > requests/4+1 {
		t.Errorf("%d ranges", len(l.needs.ranges))
	}
}

// TestTooMuchWork: conditions that look at all keys again and again end the replay, before the request that does too much.
func TestTooMuchWork(t *testing.T) {
	all := []*pb.Compare{{Key: []byte{0}, RangeEnd: []byte{0}, Result: pb.Compare_LESS, Target: pb.Compare_MOD, TargetUnion: &pb.Compare_ModRevision{ModRevision: 1 << 40}}}
	var list []any
	for i := range 300 {
		list = append(list, &pb.TxnRequest{Compare: all, Success: []*pb.RequestOp{op(put(fmt.Sprintf("n%d", i%10), "x"))}})
	}
	l, changes, applied, err := many(t, 5000, 1_000_000, list)
	if !errors.Is(err, ErrWork) || applied != changes || l.Revision != 10+int64(changes) || changes < 150 || l.compared > 1_000_001 {
		t.Errorf("%d changes, %d applied, revision %d, %d compared: %v", changes, applied, l.Revision, l.compared, err)
	}
}

// TestNeedsOfRanges: merged ranges hold the keys that they held.
func TestNeedsOfRanges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	name := func() []byte { return []byte{'a' + byte(r.IntN(6)), 'a' + byte(r.IntN(6))}[:1+r.IntN(2)] }
	for range 300 {
		n := newNeeds()
		var ranges [][2][]byte
		for range r.IntN(6) {
			key, end := name(), name()
			if r.IntN(8) == 0 {
				end = []byte{0}
			}
			ranges = append(ranges, [2][]byte{key, end})
			n.span(key, end)
		}
		n.merge()
		for range 40 {
			k := name()
			want := slices.ContainsFunc(ranges, func(x [2][]byte) bool {
				return string(k) >= string(x[0]) && (string(x[1]) == "\x00" || string(k) < string(x[1]))
			})
			if n.has(k, 0) != want {
				t.Fatalf("%q in %q: %v", k, ranges, !want)
			}
		}
	}
}
