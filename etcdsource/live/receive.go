package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// receive takes what the server sends until the connection fails. live is called when the watch is confirmed.
func (st *stream) receive(ctx context.Context, m *member, w grpc.BidiStreamingClient[pb.WatchRequest, pb.WatchResponse], live func()) error {
	c := st.newChanges(m)
	for {
		r, err := w.Recv()
		if err != nil {
			switch {
			case ctx.Err() != nil && st.ctx.Err() == nil:
				return context.DeadlineExceeded
			case tooLarge(err):
				return broke("Watch", "sent more than %d MiB in one answer", maxMessage>>20)
			}
			return err
		}
		st.hear()
		if err := c.check(r); err != nil {
			return err
		}
		switch {
		case r.GetCanceled():
			if r.GetCompactRevision() > 0 {
				return st.compacted(m, r.GetCompactRevision())
			}
			return cancelled(r.GetCancelReason())
		case r.GetCreated():
			head := r.GetHeader().GetRevision()
			st.early.Store(st.next.Load() > head)
			if st.next.Load() == 0 {
				st.next.Store(head + 1)
				st.sure = head
			}
			c.begin(r.GetWatchId())
			live()
			continue
		}
		st.early.Store(false)
		ready, err := c.take(r)
		if err != nil {
			return err
		}
		if st.deliver(ready); len(r.GetEvents()) > 0 {
			continue
		}
		// An answer without events is progress: everything up to its revision has been sent, unless it was asked for
		// and the server is one that answers out of turn.
		if rev := r.GetHeader().GetRevision(); rev >= st.next.Load() && (c.inOrder || r.GetWatchId() >= 0) {
			st.next.Store(rev + 1)
			st.put(etcdsource.Batch{})
		}
	}
}

func cancelled(reason string) error {
	if reason == "" {
		return errors.New("the server ended the watch")
	}
	if err := rpctypes.Error(errors.New(reason)); err != nil {
		return err
	}
	return errors.New(reason)
}

// release returns the numbers of a version, 0 where it is none.
func release(version string) (major, minor, patch int) {
	if n, _ := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); n < 3 {
		return 0, 0, 0
	}
	return major, minor, patch
}

// progressInOrder reports whether a server answers a request for progress only after what it still had to send:
// 3.4.25, 3.5.8 and everything later.
func progressInOrder(version string) bool {
	major, minor, patch := release(version)
	switch {
	case major != 3:
		return major > 3
	case minor == 4:
		return patch >= 25
	case minor == 5:
		return patch >= 8
	}
	return minor > 5
}

// sendsAgain reports whether a server, as a follower that was far behind and is given a snapshot by its leader, may send
// its watches once more what they have had: before 3.7, and where the version is not known.
func sendsAgain(version string) bool {
	major, minor, _ := release(version)
	return major < 3 || major == 3 && minor < 7
}

// deliver hands over changes: whole revisions, none of which was delivered before.
func (st *stream) deliver(events []*mvccpb.Event) {
	b := etcdsource.Batch{Events: make([]etcdsource.Event, 0, len(events))}
	sub, last := int64(0), int64(0)
	for _, ev := range events {
		e := event(ev)
		if e.Mod < st.next.Load() {
			continue
		}
		if sub++; e.Mod != last {
			sub, last = 0, e.Mod
		}
		e.Sub = sub
		b.Events = append(b.Events, e)
	}
	if last == 0 {
		return
	}
	st.next.Store(last + 1)
	st.sure = last
	st.s.saw(last)
	e := &b.Events[len(b.Events)-1]
	st.last = etcdsource.Event{Key: bytes.Clone(e.Key), Create: e.Create, Mod: e.Mod, Version: e.Version, Type: e.Type}
	st.put(b)
}

func event(ev *mvccpb.Event) etcdsource.Event {
	kv := ev.GetKv()
	e := etcdsource.Event{Key: kv.GetKey(), Mod: kv.GetModRevision()}
	if ev.GetType() == mvccpb.Event_DELETE {
		e.Type = etcdsource.Deleted
		return e
	}
	e.Value, e.Create, e.Version, e.Lease = kv.GetValue(), kv.GetCreateRevision(), kv.GetVersion(), kv.GetLease()
	if e.Type = etcdsource.Updated; e.Version == 1 {
		e.Type = etcdsource.Created
	}
	return e
}
