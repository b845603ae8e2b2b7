package replay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

func put(key, value string) *pb.PutRequest {
	return &pb.PutRequest{Key: []byte(key), Value: []byte(value)}
}

func op(r any) *pb.RequestOp {
	switch r := r.(type) {
	case *pb.PutRequest:
		return &pb.RequestOp{Request: &pb.RequestOp_RequestPut{RequestPut: r}}
	case *pb.DeleteRangeRequest:
		return &pb.RequestOp{Request: &pb.RequestOp_RequestDeleteRange{RequestDeleteRange: r}}
	case *pb.RangeRequest:
		return &pb.RequestOp{Request: &pb.RequestOp_RequestRange{RequestRange: r}}
	case *pb.TxnRequest:
		return &pb.RequestOp{Request: &pb.RequestOp_RequestTxn{RequestTxn: r}}
	}
	panic(r)
}

func entry(r *pb.InternalRaftRequest) *raftpb.Entry {
	b, err := proto.Marshal(r)
	if err != nil {
		panic(err)
	}
	return &raftpb.Entry{Type: raftpb.EntryNormal.Enum(), Index: proto.Uint64(9), Data: b}
}

// request wraps one request of the key-value store.
func request(r any) *pb.InternalRaftRequest {
	switch r := r.(type) {
	case *pb.PutRequest:
		return &pb.InternalRaftRequest{Put: r}
	case *pb.DeleteRangeRequest:
		return &pb.InternalRaftRequest{DeleteRange: r}
	case *pb.TxnRequest:
		return &pb.InternalRaftRequest{Txn: r}
	case *pb.CompactionRequest:
		return &pb.InternalRaftRequest{Compaction: r}
	case *pb.LeaseGrantRequest:
		return &pb.InternalRaftRequest{LeaseGrant: r}
	case *pb.LeaseRevokeRequest:
		return &pb.InternalRaftRequest{LeaseRevoke: r}
	case *pb.AlarmRequest:
		return &pb.InternalRaftRequest{Alarm: r}
	}
	panic(r)
}

// state is that of a database at revision 10, compacted at 4, which holds a and b (b under lease 7) since revision 2 and 9.
func state() State {
	return State{Revision: 10, Compacted: 4, Leases: map[int64]int64{7: 60}, Alarms: map[Alarm]bool{}}
}

// run applies requests to that state and says what they change: "11.0 a=x c2 v3", "11.1 -b".
func run(t *testing.T, s State, requests ...any) (*Log, string) {
	t.Helper()
	var entries []*raftpb.Entry
	for _, r := range requests {
		entries = append(entries, entry(request(r)))
	}
	l, err := New(entries, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Record{{Key: []byte("a"), Value: []byte("old"), Create: 2, Mod: 2, Version: 1}, {Key: []byte("a"), Value: []byte("1"), Create: 2, Mod: 5, Version: 2}, {Key: []byte("b"), Value: []byte("2"), Create: 9, Mod: 9, Version: 1, Lease: 7}} {
		if l.Needs(r.Key, r.Lease) {
			l.Load(r, false)
		}
	}
	var out []string
	if _, err := l.Run(t.Context(), func(c Change) error {
		if c.Deleted {
			out = append(out, fmt.Sprintf("%d.%d -%s", c.Main, c.Sub, c.Key))
		} else {
			out = append(out, fmt.Sprintf("%d.%d %s=%s c%d v%d l%d", c.Main, c.Sub, c.Key, c.Value, c.Create, c.Version, c.Lease))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return l, strings.Join(out, ", ")
}

func when(key string, mod int64) []*pb.Compare {
	return []*pb.Compare{{Key: []byte(key), Target: pb.Compare_MOD, TargetUnion: &pb.Compare_ModRevision{ModRevision: mod}}}
}

func TestRun(t *testing.T) {
	all := &pb.DeleteRangeRequest{Key: []byte{0}, RangeEnd: []byte{0}}
	leased := func(key string, id int64) *pb.PutRequest {
		return &pb.PutRequest{Key: []byte(key), Value: []byte("x"), Lease: id}
	}
	for name, c := range map[string]struct {
		requests []any
		want     string
	}{
		"a put":                     {[]any{put("a", "x")}, "11.0 a=x c2 v3 l0"},
		"a new key":                 {[]any{put("n", "x"), put("n", "y")}, "11.0 n=x c11 v1 l0, 12.0 n=y c11 v2 l0"},
		"nothing to delete":         {[]any{&pb.DeleteRangeRequest{Key: []byte("n")}, put("a", "x")}, "11.0 a=x c2 v3 l0"},
		"all":                       {[]any{put("z", "x"), all, put("a", "y")}, "11.0 z=x c11 v1 l0, 12.0 -a, 12.1 -b, 12.2 -z, 13.0 a=y c13 v1 l0"},
		"a condition that holds":    {[]any{&pb.TxnRequest{Compare: when("a", 5), Success: []*pb.RequestOp{op(put("a", "x"))}}}, "11.0 a=x c2 v3 l0"},
		"one that does not":         {[]any{&pb.TxnRequest{Compare: when("a", 2), Success: []*pb.RequestOp{op(put("a", "x"))}, Failure: []*pb.RequestOp{op(put("c", "x"))}}}, "11.0 c=x c11 v1 l0"},
		"of a key that is not":      {[]any{&pb.TxnRequest{Compare: when("n", 0), Success: []*pb.RequestOp{op(put("n", "x"))}}}, "11.0 n=x c11 v1 l0"},
		"several in one revision":   {[]any{&pb.TxnRequest{Success: []*pb.RequestOp{op(put("n", "x")), op(&pb.DeleteRangeRequest{Key: []byte("a"), RangeEnd: []byte("c")})}}}, "11.0 n=x c11 v1 l0, 11.1 -a, 11.2 -b"},
		"branches are chosen first": {[]any{&pb.TxnRequest{Success: []*pb.RequestOp{op(put("a", "x")), op(&pb.TxnRequest{Compare: when("a", 5), Success: []*pb.RequestOp{op(put("n", "y"))}})}}}, "11.0 a=x c2 v3 l0, 11.1 n=y c11 v1 l0"},
		"a lease that is not":       {[]any{leased("n", 8), put("a", "x")}, "11.0 a=x c2 v3 l0"},
		"one refused of a txn":      {[]any{&pb.TxnRequest{Success: []*pb.RequestOp{op(put("n", "x")), op(leased("m", 8))}}}, ""},
		"a revision that is gone":   {[]any{&pb.TxnRequest{Success: []*pb.RequestOp{op(&pb.RangeRequest{Key: []byte("a"), Revision: 3}), op(put("n", "x"))}}}, ""},
		"a granted lease":           {[]any{&pb.LeaseGrantRequest{ID: 8, TTL: 5}, leased("n", 8), &pb.LeaseRevokeRequest{ID: 8}, leased("m", 8)}, "11.0 n=x c11 v1 l8, 12.0 -n"},
		"a lease and its keys":      {[]any{leased("a", 7), &pb.LeaseRevokeRequest{ID: 7}, &pb.LeaseRevokeRequest{ID: 7}}, "11.0 a=x c2 v3 l7, 12.0 -a, 12.1 -b"},
		"taken from its lease":      {[]any{put("b", "x"), &pb.LeaseRevokeRequest{ID: 7}}, "11.0 b=x c9 v2 l0"},
		"ignored value":             {[]any{&pb.PutRequest{Key: []byte("b"), IgnoreValue: true}, &pb.PutRequest{Key: []byte("n"), IgnoreValue: true}}, "11.0 b=2 c9 v2 l0"},
		"ignored lease":             {[]any{&pb.PutRequest{Key: []byte("b"), Value: []byte("x"), IgnoreLease: true}}, "11.0 b=x c9 v2 l7"},
		"no space": {[]any{&pb.AlarmRequest{Action: pb.AlarmRequest_ACTIVATE, MemberID: 1, Alarm: pb.AlarmType_NOSPACE}, put("a", "x"), &pb.TxnRequest{Success: []*pb.RequestOp{op(put("n", "x"))}},
			&pb.DeleteRangeRequest{Key: []byte("a")}, &pb.AlarmRequest{Action: pb.AlarmRequest_DEACTIVATE, MemberID: 1, Alarm: pb.AlarmType_NOSPACE}, put("n", "y")}, "11.0 -a, 12.0 n=y c12 v1 l0"},
		"corrupt": {[]any{&pb.AlarmRequest{Action: pb.AlarmRequest_ACTIVATE, MemberID: 1, Alarm: pb.AlarmType_CORRUPT}, all, put("a", "x")}, ""},
	} {
		if _, got := run(t, state(), c.requests...); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestRunEndsWithItsContext: also where no request changes anything.
func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, err := New([]*raftpb.Entry{entry(request(put("a", "x"))), entry(request(&pb.DeleteRangeRequest{Key: []byte("n")}))}, state())
	if err != nil {
		t.Fatal(err)
	}
	n, err := l.Run(ctx, func(Change) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || l.Revision != 11 || n != 1 {
		t.Errorf("%v at revision %d", err, l.Revision)
	}
}

// TestCompaction: what is compacted already, or not written yet, is not compacted.
func TestCompaction(t *testing.T) {
	for rev, want := range map[int64]int64{3: 4, 4: 4, 6: 6, 11: 11, 12: 4} {
		l, _ := run(t, state(), put("a", "x"), &pb.CompactionRequest{Revision: rev})
		if l.Compacted != want || l.Revision != 11 {
			t.Errorf("%d: compacted at %d, want %d; revision %d", rev, l.Compacted, want, l.Revision)
		}
	}
}

// TestReadsOfOldMembers: before 3.7 a replay left out the reads of a transaction, and with them their refusal.
func TestReadsOfOldMembers(t *testing.T) {
	s := state()
	s.NoReads = true
	read := op(&pb.RangeRequest{Key: []byte("a"), Revision: 3})
	if _, got := run(t, s, &pb.TxnRequest{Success: []*pb.RequestOp{read, op(put("n", "x"))}}); got != "11.0 n=x c11 v1 l0" {
		t.Error(got)
	}
	if _, got := run(t, s, &pb.TxnRequest{Success: []*pb.RequestOp{op(&pb.TxnRequest{Success: []*pb.RequestOp{read, op(put("n", "x"))}})}}); got != "" {
		t.Error(got)
	}
}

func TestAuthIsNotReplayed(t *testing.T) {
	s := state()
	s.Auth = true
	if _, err := New([]*raftpb.Entry{entry(request(put("a", "x")))}, s); !errors.Is(err, ErrAuth) {
		t.Error(err)
	}
	if _, err := New([]*raftpb.Entry{entry(&pb.InternalRaftRequest{AuthEnable: &pb.AuthEnableRequest{}})}, state()); !errors.Is(err, ErrAuth) {
		t.Error(err)
	}
}

// TestOtherEntries: entries of the store of etcd 2, empty ones and those of the members change no key.
func TestOtherEntries(t *testing.T) {
	v2 := []byte("\x08\x01\x12\x03PUT\x1a\x1b/0/members/abc/attributes.x")
	l, err := New([]*raftpb.Entry{
		{Type: raftpb.EntryNormal.Enum()}, {Type: raftpb.EntryConfChange.Enum(), Data: []byte("\xff")}, {Type: raftpb.EntryNormal.Enum(), Data: v2},
	}, state())
	if err != nil || l.Len() != 0 {
		t.Error(l, err)
	}
	if _, err := New([]*raftpb.Entry{{Type: raftpb.EntryNormal.Enum(), Index: proto.Uint64(7), Data: []byte("\xff\xff")}}, state()); err == nil || !strings.Contains(err.Error(), "entry 7") {
		t.Error(err)
	}
}

// FuzzRun: whatever a log holds, it is applied or refused.
func FuzzRun(f *testing.F) {
	x := fuzztest.New(f)
	for _, r := range []any{put("a", "x"), &pb.TxnRequest{Compare: when("a", 5), Success: []*pb.RequestOp{op(put("a", "x")), op(&pb.TxnRequest{Failure: []*pb.RequestOp{op(&pb.RangeRequest{Key: []byte("a")})}})}}, &pb.LeaseRevokeRequest{ID: 7}} {
		x.Add(entry(request(r)).Data)
	}
	x.Fuzz(func(t *testing.T, data []byte) {
		l, err := New([]*raftpb.Entry{{Type: raftpb.EntryNormal.Enum(), Data: data}, entry(request(put("b", "y")))}, state())
		if err != nil {
			return
		}
		if _, err := l.Run(t.Context(), func(c Change) error {
			if c.Main <= 10 || c.Main > 12 {
				t.Errorf("revision %d", c.Main)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}
