package live

import (
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
)

// maxChange is the most that the changes of one revision may take in memory, in bytes. One transaction of etcd is one
// request, of at most 1.5 MiB unless its flag says otherwise; only a deletion of a million keys comes near it.
const maxChange = 256 << 20

// changeBytes is the memory of a change beside its key and value, in bytes.
const changeBytes = 256

// changes checks what one watch is sent over one connection, and puts fragments together. A server sends revisions in
// order, each once and none past its newest; a fragment continues the answer before it.
//
//	answer ─► check: header, number of the watch ─► take: each change ─► whole revisions ─► deliver
//	                                                └─ part: the revision that the next fragment may go on with
type changes struct {
	st      *stream
	m       *member
	id      int64
	begun   bool // the server has confirmed the watch
	inOrder bool // progress is reported after what was to be sent before it
	again   bool // it may send once more what was delivered
	rewound bool // it has done so

	last  int64           // the newest revision that was sent
	keys  map[string]bool // that were changed by it
	open  bool            // the answer goes on in another fragment
	part  []*mvccpb.Event // of the last revision, which may go on
	bytes int64           // that part takes
	heard time.Time       // when the newest of part came
	pace  pace            // of part
}

func (st *stream) newChanges(m *member) *changes {
	return &changes{st: st, m: m, inOrder: progressInOrder(m.version), again: m.kine() || sendsAgain(m.version), keys: map[string]bool{}}
}

// begin notes that the watch is confirmed.
func (c *changes) begin(id int64) {
	c.begun, c.id = true, id
	c.again = c.again || c.st.early.Load() // of a watch on what is not written yet some take old changes for new
}

// check checks what is not a change.
func (c *changes) check(r *pb.WatchResponse) error {
	bare := c.m.kine() || r.GetCanceled() // a watch that is too far back is cancelled without a revision
	if err := checkHeader("Watch", r.GetHeader(), bare); err != nil {
		return err
	}
	switch {
	case r.GetCanceled():
		return nil
	case r.GetCreated() && c.begun, !r.GetCreated() && !c.begun, r.GetCreated() && (r.GetWatchId() < 0 || len(r.GetEvents()) > 0):
		return broke("Watch", "confirmed a watch twice, or not before its first change")
	case r.GetCreated():
		return nil
	case r.GetWatchId() != c.id && (len(r.GetEvents()) > 0 || r.GetWatchId() >= 0):
		return broke("Watch", "answered for watch %d, which was not asked for", r.GetWatchId())
	case len(r.GetEvents()) == 0 && (r.GetFragment() || c.open):
		return broke("Watch", "interrupted the changes of a revision")
	}
	return nil
}

// take takes the changes of an answer, and returns those that can be handed over: whole revisions.
func (c *changes) take(r *pb.WatchResponse) (ready []*mvccpb.Event, err error) {
	events := r.GetEvents()
	for i, ev := range events {
		if err := c.change(ev, r.GetHeader().GetRevision(), i == 0 && !c.open); err != nil {
			return nil, err
		}
	}
	c.open = r.GetFragment()
	if !c.open {
		ready = append(c.part, events...)
		c.part, c.bytes = nil, 0
		return ready, nil
	}
	cut := len(events)
	for cut > 0 && events[cut-1].GetKv().GetModRevision() == c.last {
		cut--
	}
	if cut > 0 {
		ready = append(c.part, events[:cut]...)
		c.part, c.bytes = nil, 0
	}
	return ready, c.keep(events[cut:])
}

// keep keeps changes of a revision until the rest of it has come.
func (c *changes) keep(events []*mvccpb.Event) error {
	now := time.Now()
	if len(c.part) == 0 {
		c.heard, c.pace = now, pace{patience: c.st.s.cfg.tune.patience}
	}
	more := int64(0)
	for _, ev := range events {
		more += int64(len(ev.GetKv().GetKey())+len(ev.GetKv().GetValue())) + changeBytes
	}
	c.part = append(c.part, events...)
	if c.bytes += more; c.bytes > maxChange {
		return broke("Watch", "sent more than %d MiB of changes in revision %d", maxChange>>20, c.last)
	}
	waited := now.Sub(c.heard)
	c.heard = now
	return c.pace.add("Watch", more, waited)
}

// change checks one change. head is the revision of its answer, and first says that it is the first in it.
func (c *changes) change(ev *mvccpb.Event, head int64, first bool) error {
	kv := ev.GetKv()
	mod, key := kv.GetModRevision(), kv.GetKey()
	switch {
	case len(key) == 0:
		return broke("Watch", "sent a change without a key")
	case !c.st.span.Contains(key):
		return broke("Watch", "sent changes of keys that were not asked for")
	case mod <= 0, mod > maxRevision, mod > head && !c.m.kine():
		return broke("Watch", "sent revision %d, but its newest is %d", mod, head)
	case ev.GetType() == mvccpb.Event_DELETE:
	case ev.GetType() != mvccpb.Event_PUT:
		return broke("Watch", "sent a change of unknown type %d", ev.GetType())
	default:
		if err := checkKV("Watch", kv, c.m.kine()); err != nil {
			return err
		}
	}
	return c.order(mod, string(key), first)
}

// leavesOut reports whether revisions are missing before one: in a watch of all keys each revision of etcd has a change.
// kine counts also what it does not show, and a restore that raises the revision leaves out those up to the one that it marks as compacted.
func (c *changes) leavesOut(mod int64) bool {
	return c.st.whole && !c.m.kine() && mod > max(c.last, c.st.next.Load()-1, c.st.s.retained.get(), 1)+1 // etcd writes nothing at revision 1
}

// order checks that revisions come in order, and each once.
func (c *changes) order(mod int64, key string, first bool) error {
	last := c.last
	if mod != last {
		clear(c.keys)
	}
	switch {
	case c.leavesOut(mod):
		return broke("Watch", "left out the revisions before %d", mod)
	case mod > last:
	case first && c.again && !c.rewound: // it sends again what was delivered, which deliver drops
		c.rewound = true
		clear(c.keys)
	case mod < last:
		c.st.doubt = mod
		return broke("Watch", "went back from revision %d to %d", last, mod)
	case first, c.keys[key]:
		c.st.doubt = mod
		return broke("Watch", "sent the changes of revision %d twice", mod)
	}
	c.last, c.keys[key] = mod, true
	switch next := c.st.next.Load(); {
	case mod >= next:
		return nil
	case mod > c.st.sure:
		return broke("Watch", "said that nothing is to come up to revision %d, and then sent revision %d", next-1, mod)
	case !c.again:
		c.st.doubt = mod
		return broke("Watch", "sent revision %d again", mod)
	}
	return nil
}
