package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/grpc/codes"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// What a server answers is checked once, where it enters, before anything else looks at it:
//
//	Range, Status, LeaseTimeToLive, … ─► answers.unary (an interceptor of every connection)
//	RangeStream ─► chunks.next           Watch ─► changes.take           Snapshot ─► blobs.take
//
// The rules are those that etcd 3.4 to 3.7 keep within one connection to one member. kine, which only speaks etcd's
// protocol, has other revisions, counts and versions: of it only that is asked which the code relies on.

// maxRevision is a revision that no store reaches: a million writes a second take 30,000 years.
const maxRevision = 1 << 60

// broke returns the error for an answer that breaks a rule.
func broke(call, format string, a ...any) error {
	return &etcdsource.ProtocolError{Call: call, Why: "the server " + fmt.Sprintf(format, a...)}
}

// checkHeader checks the part that every answer has. bare allows one without a revision.
func checkHeader(call string, h *pb.ResponseHeader, bare bool) error {
	switch {
	case h == nil:
		return broke(call, "sent an answer without a header")
	case h.GetRevision() < 0, h.GetRevision() == 0 && !bare, h.GetRevision() > maxRevision:
		return broke(call, "said that its newest revision is %d", h.GetRevision())
	}
	return nil
}

// asked is what a Range request lets the server answer.
type asked struct {
	call     string
	from, to []byte
	last     []byte // the newest key that was answered: what comes next lies behind it
	pinned   int64  // the revision that was asked for, 0 for the newest
	keysOnly bool
	kine     bool
	head     int64 // no key is newer; 0: not known
}

func askedBy(call string, req *pb.RangeRequest, kine bool) *asked {
	a := &asked{call: call, from: req.GetKey(), to: req.GetRangeEnd(), pinned: req.GetRevision(), keysOnly: req.GetKeysOnly(), kine: kine}
	if kine { // it cannot begin behind a key, and answers that key again
		a.from = bytes.TrimRight(a.from, "\x00")
	}
	return a
}

// checkRange checks a whole answer.
func checkRange(req *pb.RangeRequest, r *pb.RangeResponse, kine bool) error {
	a := askedBy("Range", req, kine)
	a.head = r.GetHeader().GetRevision()
	n := int64(len(r.GetKvs()))
	switch {
	case !kine && a.head < a.pinned:
		return broke(a.call, "answered for revision %d, but its newest is %d", a.pinned, a.head)
	case r.GetCount() < 0:
		return broke(a.call, "counted %d keys", r.GetCount())
	case req.GetCountOnly() && n > 0:
		return broke(a.call, "was asked for a count and answered keys")
	case req.GetLimit() > 0 && n > req.GetLimit():
		return broke(a.call, "answered %d keys where at most %d were asked for", n, req.GetLimit())
	}
	if err := a.keys(r.GetKvs()); err != nil || req.GetCountOnly() {
		return err
	}
	if r.GetMore() && (req.GetLimit() <= 0 || bytes.Compare(a.last, req.GetKey()) < 0) {
		return broke(a.call, "has more keys, and does not send them")
	}
	if !kine && (r.GetCount() < n || (r.GetCount() > n) != r.GetMore()) {
		return broke(a.call, "counted %d keys and answered %d", r.GetCount(), n)
	}
	return nil
}

// keys checks keys and goes on behind them.
func (a *asked) keys(kvs []*mvccpb.KeyValue) error {
	for _, kv := range kvs {
		key := kv.GetKey()
		switch {
		case len(key) == 0:
			return broke(a.call, "answered an entry without a key")
		case !a.within(key):
			return broke(a.call, "answered keys that were not asked for")
		case a.last != nil && bytes.Compare(key, a.last) <= 0:
			return broke(a.call, "answered keys out of their order")
		case a.keysOnly && !a.kine && len(kv.GetValue()) > 0:
			return broke(a.call, "was asked for keys only and answered values")
		}
		a.last = key
		if err := a.revisions(kv); err != nil {
			return err
		}
	}
	return nil
}

// within reports whether a key was asked for.
func (a *asked) within(key []byte) bool {
	if len(a.to) == 0 {
		return bytes.Equal(key, a.from)
	}
	return bytes.Compare(key, a.from) >= 0 && before(key, a.to)
}

// revisions checks the numbers of an entry.
func (a *asked) revisions(kv *mvccpb.KeyValue) error {
	newest := a.head
	if a.pinned > 0 && (newest == 0 || a.pinned < newest) {
		newest = a.pinned
	}
	if mod := kv.GetModRevision(); newest > 0 && mod > newest && !a.kine {
		return broke(a.call, "answered a key of revision %d in the state of revision %d", mod, newest)
	}
	return checkKV(a.call, kv, a.kine)
}

// checkKV checks the numbers of a key that exists.
func checkKV(call string, kv *mvccpb.KeyValue, kine bool) error {
	create, mod, version := kv.GetCreateRevision(), kv.GetModRevision(), kv.GetVersion()
	switch {
	case mod <= 0, mod > maxRevision, create < 0, version < 0:
		return broke(call, "answered a key of revision %d, created at %d, version %d", mod, create, version)
	case !kine && (create < 1 || create > mod || version < 1 || version > mod-create+1):
		return broke(call, "answered version %d of a key that was created at revision %d and written at %d", version, create, mod)
	}
	return nil
}

// explainBroken explains an answer that was refused.
func explainBroken(p *etcdsource.Problem, err error) bool {
	var broken *etcdsource.ProtocolError
	switch {
	case errors.As(err, &broken):
		p.Why, p.Do = broken.Why, "check that this endpoint is an etcd in good order, or read another member"
	case tooLarge(err):
		p.Why, p.Do = fmt.Sprintf("the server sent more than %d MiB in one answer", maxMessage>>20), "check that this endpoint is etcd; larger values are not read"
	default:
		return false
	}
	return true
}

// tooLarge reports whether an answer was refused for its size.
func tooLarge(err error) bool {
	return code(err) == codes.ResourceExhausted && strings.Contains(err.Error(), "larger than max")
}

// explainLag says how far a member is behind the one that was read before.
func (s *Source) explainLag(ctx context.Context, p *etcdsource.Problem, m *member) {
	p.Why, p.Do = "the member is behind", "try again when it has caught up, or name another member with --endpoints"
	r, err := s.rangeOn(ctx, m, &pb.RangeRequest{Key: s.readableKey(), CountOnly: true, Serializable: true})
	if n := s.head.Load() - r.GetHeader().GetRevision(); err == nil && n > 0 {
		p.Why = fmt.Sprintf("the member is %d revisions behind", n)
	}
}
