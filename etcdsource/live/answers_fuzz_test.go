package live

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// messages cuts bytes into messages, each behind its length. A length beyond the end means the rest.
func messages(b []byte) (list [][]byte) {
	for len(b) > 0 && len(list) < 64 {
		n, used := protowire.ConsumeVarint(b)
		if used < 0 {
			return list
		}
		b = b[used:]
		end := min(n, uint64(len(b)))
		list = append(list, b[:end])
		b = b[end:]
	}
	return list
}

// joined is the opposite of messages.
func joined(t testing.TB, list ...proto.Message) (b []byte) {
	t.Helper()
	for _, m := range list {
		one, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		b = protowire.AppendBytes(b, one)
	}
	return b
}

func headerOf(rev int64) *pb.ResponseHeader {
	return &pb.ResponseHeader{ClusterId: 7, MemberId: 8, Revision: rev, RaftTerm: 2}
}

func pair(key string, create, mod, version int64) *mvccpb.KeyValue {
	return &mvccpb.KeyValue{Key: []byte(key), CreateRevision: create, ModRevision: mod, Version: version, Value: []byte("v")}
}

// asking says what a range was asked with: its bits choose the options.
func asking(from, to string, bits byte, rev int64) *pb.RangeRequest {
	q := &pb.RangeRequest{Key: []byte(from), RangeEnd: []byte(to), CountOnly: bits&1 != 0, KeysOnly: bits&2 != 0, Serializable: bits&4 != 0}
	if bits&8 != 0 {
		q.Limit = 2
	}
	if bits&16 != 0 {
		q.Revision = max(rev, 1)
	}
	return q
}

// FuzzRange: of what a server answers to reads, only that is taken which was asked for: keys within the range, each
// once, in order, none from the future, not fewer than were counted. Answers come as pages, or as parts of a stream.
func FuzzRange(f *testing.F) {
	x := fuzztest.New(f)
	keys := []*mvccpb.KeyValue{pair("/a/1", 3, 5, 2), pair("/a/2", 6, 6, 1), pair("/a/3", 2, 9, 4)}
	one := &pb.RangeResponse{Header: headerOf(9), Kvs: keys, Count: 3}
	cut := &pb.RangeResponse{Header: headerOf(9), Kvs: keys[:2], Count: 3, More: true}
	rest := &pb.RangeResponse{Header: headerOf(9), Kvs: keys[2:], Count: 1}
	x.Add("/a/", "/a0", byte(0), int64(0), joined(f, one))
	x.Add("/a/", "/a0", byte(8), int64(0), joined(f, cut, rest))
	x.Add("/a/", "/a0", byte(8|16|32), int64(9), joined(f, cut, rest))
	x.Add("/a/", "\x00", byte(1|4), int64(0), joined(f, &pb.RangeResponse{Header: headerOf(9), Count: 3}))
	x.Add("/a/", "/a0", byte(16|64), int64(9), joined(f, &pb.RangeResponse{Kvs: keys[:2]}, &pb.RangeResponse{Header: headerOf(9), Kvs: keys[2:], Count: 3}))
	x.Add("/a/1", "", byte(0), int64(0), joined(f, &pb.RangeResponse{Header: headerOf(9), Kvs: keys[:1], Count: 1}))
	x.Fuzz(func(t *testing.T, from, to string, bits byte, rev int64, answer []byte) {
		kine, stream := bits&32 != 0, bits&64 != 0
		q := asking(from, to, bits, rev)
		var taken []*pb.RangeResponse
		switch {
		case from == "":
			return // nobody asks without a key
		case stream:
			q.Limit, q.CountOnly, q.Revision = 0, false, max(rev, 1) // a stream is always read at a revision
			taken = takeStream(t, q, answer)
		default:
			taken = takePages(t, q, answer, kine)
		}
		checkTaken(t, q, taken, kine && !stream)
	})
}

// takePages asks for one page after the other, as long as there are more, and returns what was taken.
func takePages(t *testing.T, q *pb.RangeRequest, answer []byte, kine bool) (taken []*pb.RangeResponse) {
	said := &answers{asked: true, kine: kine, dbSize: 1 << 30}
	q = proto.Clone(q).(*pb.RangeRequest)
	for _, b := range messages(answer) {
		r := &pb.RangeResponse{}
		if proto.Unmarshal(b, r) != nil {
			return taken
		}
		err := said.check("Range", q, r, said.now())
		if err == nil && !kine {
			err = said.read(t.Context(), nil, pageOf(q, r))
		}
		if refused(t, err) {
			return taken
		}
		taken = append(taken, r)
		if !r.GetMore() || len(r.GetKvs()) == 0 {
			return taken
		}
		last := r.GetKvs()[len(r.GetKvs())-1].GetKey()
		q.Key = append(bytes.Clone(last), 0)
	}
	return taken
}

// takeStream takes parts of an answer.
func takeStream(t *testing.T, q *pb.RangeRequest, answer []byte) (taken []*pb.RangeResponse) {
	m := &member{said: &answers{}, client: clientv3.NewCtxClient(t.Context())}
	c := &chunks{asked: askedBy("RangeStream", q, false), id: &identity{}}
	for _, b := range messages(answer) {
		r := &pb.RangeResponse{}
		if proto.Unmarshal(b, r) != nil || refused(t, c.check(t.Context(), m, r)) {
			return taken
		}
		taken = append(taken, r)
	}
	if refused(t, c.check(t.Context(), m, nil)) {
		return taken
	}
	n := int64(0)
	for _, r := range taken {
		n += int64(len(r.GetKvs()))
	}
	if len(taken) == 0 || taken[len(taken)-1].GetCount() != n {
		t.Fatalf("an answer of %d parts and %d keys ends: %v", len(taken), n, taken)
	}
	return taken
}

// refused reports whether there is an error, which has to say what the server did.
func refused(t *testing.T, err error) bool {
	var broken *etcdsource.ProtocolError
	if err != nil && (!errors.As(err, &broken) || !strings.HasPrefix(broken.Why, "the server ")) && !errors.Is(err, etcdsource.ErrReplaced) {
		t.Fatalf("%v", err)
	}
	return err != nil
}

// checkTaken states the rules once more, over all pages together.
func checkTaken(t *testing.T, q *pb.RangeRequest, taken []*pb.RangeResponse, kine bool) {
	last := ""
	for _, r := range taken {
		head := r.GetHeader().GetRevision()
		if !kine && r.GetHeader() != nil && (head < 1 || head < q.GetRevision()) || r.GetCount() < 0 {
			t.Fatalf("taken at revision %d, %d keys", head, r.GetCount())
		}
		if n := int64(len(r.GetKvs())); q.GetCountOnly() && n > 0 || q.GetLimit() > 0 && n > q.GetLimit() {
			t.Fatalf("%d keys were taken", n)
		}
		for _, kv := range r.GetKvs() {
			key, mod := string(kv.GetKey()), kv.GetModRevision()
			switch {
			case key == "" || key < strings.TrimRight(string(q.GetKey()), "\x00"), !kine && key < string(q.GetKey()):
				t.Fatalf("%q lies before %q", key, q.GetKey())
			case len(q.GetRangeEnd()) == 0 && key != string(q.GetKey()) && !kine, len(q.GetRangeEnd()) > 0 && string(q.GetRangeEnd()) != "\x00" && key >= string(q.GetRangeEnd()):
				t.Fatalf("%q lies behind %q", key, q.GetRangeEnd())
			case last != "" && key <= last && !kine:
				t.Fatalf("%q comes behind %q", key, last)
			case mod < 1, !kine && (q.GetRevision() > 0 && mod > q.GetRevision() || head > 0 && mod > head || kv.GetCreateRevision() < 1 || kv.GetCreateRevision() > mod || kv.GetVersion() < 1):
				t.Fatalf("%v was taken at revision %d", kv, head)
			case q.GetKeysOnly() && !kine && len(kv.GetValue()) > 0:
				t.Fatalf("%q has a value", key)
			}
			last = key
		}
	}
}

// FuzzAnswer: what a server says of itself, its members and its leases is refused or lies within its bounds.
func FuzzAnswer(f *testing.F) {
	x := fuzztest.New(f)
	x.Add(byte(0), joined(f, &pb.StatusResponse{Header: headerOf(9), Version: "3.6.1", DbSize: 4096, DbSizeInUse: 2048, Leader: 8, Errors: []string{"alarm:NOSPACE "}}))
	x.Add(byte(1), joined(f, &pb.MemberListResponse{Header: headerOf(0), Members: []*pb.Member{{ID: 8, Name: "a", ClientURLs: []string{"http://a:2379"}}, {ID: 9}}}))
	x.Add(byte(2), joined(f, &pb.LeaseTimeToLiveResponse{Header: headerOf(9), ID: 5, TTL: 30, GrantedTTL: 60, Keys: [][]byte{[]byte("/a")}}))
	x.Add(byte(3), joined(f, &pb.SnapshotResponse{RemainingBytes: 4, Blob: []byte("abcd"), Version: "3.6.1"}, &pb.SnapshotResponse{Blob: []byte("efgh")}, &pb.SnapshotResponse{Blob: make([]byte, 32)}))
	x.Fuzz(func(t *testing.T, kind byte, answer []byte) {
		if kind%4 == 3 {
			takeSnapshot(t, answer)
			return
		}
		said := &answers{}
		for _, b := range messages(answer) {
			call, q, r := "Status", proto.Message(&pb.StatusRequest{}), proto.Message(&pb.StatusResponse{})
			switch kind % 4 {
			case 1:
				call, q, r = "MemberList", &pb.MemberListRequest{}, &pb.MemberListResponse{}
			case 2:
				call, q, r = "LeaseTimeToLive", &pb.LeaseTimeToLiveRequest{ID: 5, Keys: true}, &pb.LeaseTimeToLiveResponse{}
			}
			if proto.Unmarshal(b, r) != nil || refused(t, said.check(call, q, r, said.now())) {
				continue
			}
			checkAnswer(t, r, said)
		}
	})
}

// checkAnswer states the rules once more.
func checkAnswer(t *testing.T, r proto.Message, said *answers) {
	switch r := r.(type) {
	case *pb.StatusResponse:
		if r.GetDbSize() < 0 || said.size() < r.GetDbSize() || strings.ContainsAny(r.GetVersion(), " \n\x1b\x00") || len(r.GetVersion()) > maxText {
			t.Fatalf("%v", r)
		}
		progressInOrder(r.GetVersion())
		sendsAgain(r.GetVersion())
		(&member{version: r.GetVersion(), id: 1}).tellsQuota()
	case *pb.MemberListResponse:
		ids := map[uint64]bool{}
		for _, m := range r.GetMembers() {
			ids[m.GetID()] = true
		}
		if len(ids) != len(r.GetMembers()) || len(ids) > maxMembers {
			t.Fatalf("%v", r)
		}
	case *pb.LeaseTimeToLiveResponse:
		if r.GetID() != 5 || time.Duration(r.GetTTL())*time.Second < -time.Second || time.Duration(r.GetGrantedTTL())*time.Second < 0 {
			t.Fatalf("%v", r)
		}
	}
}

// takeSnapshot takes the messages of a snapshot from a server whose database has a thousand bytes.
func takeSnapshot(t *testing.T, answer []byte) {
	b := blobs{total: -1, limit: -1, most: 2*1000 + spare, pace: pace{patience: time.Minute}}
	n := int64(0)
	for _, m := range messages(answer) {
		r := &pb.SnapshotResponse{}
		if proto.Unmarshal(m, r) != nil || refused(t, b.take(r, time.Millisecond)) {
			return
		}
		if n += int64(len(r.GetBlob())); n > 2*1000+2*spare {
			t.Fatalf("%d bytes were taken", n)
		}
	}
	if err := b.end(); !refused(t, err) && b.total >= 0 && n < b.total-32 {
		t.Fatalf("%d of %d bytes are a whole snapshot", n, b.total)
	}
}
