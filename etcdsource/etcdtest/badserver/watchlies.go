package badserver

import (
	"errors"
	"math"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
)

type answer = pb.WatchResponse

// tell makes a lie about each answer of a watch.
func tell(name string, f func(*answer)) Named {
	return Named{Name: "watch: " + name, To: "watch", Make: func() Lie {
		return Lie{Watch: func(w *Watch) error {
			return pass(w.Next, func(r *answer) error { f(r); return w.Send(r) })
		}}
	}}
}

// change makes a lie about the changes of a watch.
func change(name string, f func(*answer)) Named {
	return tell(name, func(r *answer) {
		if len(r.Events) > 0 {
			f(r)
		}
	})
}

// instead makes a lie that answers a watch in etcd's place, behind its confirmation.
func instead(name string, f func(w *Watch, created *answer) error) Named {
	return Named{Name: "watch: " + name, To: "watch", Make: func() Lie {
		return Lie{Watch: func(w *Watch) error {
			created, err := w.Next()
			if err == nil {
				err = w.Send(created)
			}
			if err == nil {
				err = f(w, created)
			}
			return err
		}}
	}}
}

// put is a change of a key that is watched.
func put(w *Watch, rev int64, bytes int) *mvccpb.Event {
	key := string(w.Create.Key) + "key"
	return &mvccpb.Event{Kv: &mvccpb.KeyValue{Key: []byte(key), CreateRevision: rev, ModRevision: rev, Version: 1, Value: make([]byte, bytes)}}
}

// silence says nothing until the watch ends.
func silence(w *Watch) error { <-w.Ctx.Done(); return w.Ctx.Err() }

// watchLies are about single answers, and about watches as a whole.
func watchLies() []Named {
	return []Named{
		tell("no header", func(r *answer) { r.Header = nil }),
		tell("head negative", func(r *answer) { r.Header.Revision = -7 }),
		tell("head past every store", func(r *answer) { r.Header.Revision = math.MaxInt64 }),
		tell("another cluster", func(r *answer) { r.Header.ClusterId++ }),
		tell("confirmed again and again", func(r *answer) { r.Created = true }),
		tell("never confirmed", func(r *answer) { r.Created = false }),
		change("another number", func(r *answer) { r.WatchId += 3 }),
		change("keys that were not asked for", func(r *answer) { r.Events[0].Kv.Key = []byte("!") }),
		change("a change without a key", func(r *answer) { r.Events[0].Kv.Key = nil }),
		change("a change without content", func(r *answer) { r.Events[0].Kv = nil }),
		change("a change that is none", func(r *answer) { r.Events[0] = &mvccpb.Event{} }),
		change("an unknown type", func(r *answer) { r.Events[0].Type = 9 }),
		change("a negative revision", func(r *answer) { r.Events[0].Kv.ModRevision = -1 }),
		change("version 0", func(r *answer) { r.Events[0].Kv.Version, r.Events[0].Type = 0, mvccpb.Event_PUT }),
		change("written before it was created", func(r *answer) {
			r.Events[0].Type, r.Events[0].Kv.CreateRevision = mvccpb.Event_PUT, r.Events[0].Kv.ModRevision+1
		}),
		change("past the head", func(r *answer) { r.Events[len(r.Events)-1].Kv.ModRevision = r.Header.Revision + 1 }),
		change("a revision past every store", func(r *answer) { r.Events[len(r.Events)-1].Kv.ModRevision = math.MaxInt64 }),
		change("the same change twice", func(r *answer) { r.Events = append(r.Events, r.Events[len(r.Events)-1]) }),
		change("backwards", func(r *answer) {
			for i, j := 0, len(r.Events)-1; i < j; i, j = i+1, j-1 {
				r.Events[i], r.Events[j] = r.Events[j], r.Events[i]
			}
		}),
		change("cut behind the first change", func(r *answer) { r.Events, r.Canceled, r.CancelReason = nil, true, "because" }),
		{Name: "watch: ended at once, for ever", To: "watch", Make: func() Lie {
			return Lie{Watch: func(*Watch) error { return errors.New("no") }}
		}},
		{Name: "watch: never answered", To: "watch", Silent: true, Make: func() Lie { return Lie{Watch: silence} }},
		instead("confirmed and cancelled, for ever", func(w *Watch, c *answer) error {
			return w.Send(&answer{Header: c.Header, WatchId: c.WatchId, Canceled: true})
		}),
	}
}

// eventsOf sends changes as an answer, or a fragment of one.
func eventsOf(w *Watch, c *answer, fragment bool, list ...*mvccpb.Event) error {
	return w.Send(&answer{Header: c.Header, WatchId: c.WatchId, Fragment: fragment, Events: list})
}

// fragmentLies are about the size of one revision's changes.
func fragmentLies() []Named {
	return []Named{
		instead("fragments that never end", func(w *Watch, c *answer) error {
			big := put(w, w.Create.StartRevision, 4<<20)
			for i := 0; ; i++ {
				big.Kv.Key = append([]byte(nil), big.Kv.Key...)
				big.Kv.Key = append(big.Kv.Key[:len(w.Create.Key)], []byte(time.Duration(i).String())...)
				if err := eventsOf(w, c, true, big); err != nil {
					return err
				}
			}
		}),
		instead("empty fragments for ever", func(w *Watch, c *answer) error {
			for {
				if err := eventsOf(w, c, true); err != nil {
					return err
				}
			}
		}),
		instead("a fragment now and then", func(w *Watch, c *answer) error {
			for i := 0; ; i++ {
				e := put(w, w.Create.StartRevision, 1)
				e.Kv.Key = append(e.Kv.Key, []byte(time.Duration(i).String())...)
				if err := eventsOf(w, c, true, e); err != nil {
					return err
				}
				time.Sleep(300 * time.Millisecond)
			}
		}),
		instead("progress between fragments", func(w *Watch, c *answer) error {
			if err := eventsOf(w, c, true, put(w, w.Create.StartRevision, 1)); err != nil {
				return err
			}
			return errors.Join(eventsOf(w, c, false), silence(w))
		}),
		instead("a change of 100 MB", func(w *Watch, c *answer) error {
			return errors.Join(eventsOf(w, c, false, put(w, w.Create.StartRevision, 100<<20)), silence(w))
		}),
	}
}

// orderLies are about the order of answers.
func orderLies() []Named {
	compacted := func(name string, low func(w *Watch, c *answer) int64) Named {
		return instead(name, func(w *Watch, c *answer) error {
			return w.Send(&answer{Header: &pb.ResponseHeader{ClusterId: c.Header.ClusterId, MemberId: c.Header.MemberId}, WatchId: c.WatchId, Canceled: true, CompactRevision: low(w, c)})
		})
	}
	return []Named{
		instead("a revision again", func(w *Watch, c *answer) error {
			e := put(w, w.Create.StartRevision, 1)
			return errors.Join(eventsOf(w, c, false, e), eventsOf(w, c, false, e), silence(w))
		}),
		instead("back to an older revision", func(w *Watch, c *answer) error {
			return errors.Join(eventsOf(w, c, false, put(w, w.Create.StartRevision+1, 1)), eventsOf(w, c, false, put(w, w.Create.StartRevision, 1)), silence(w))
		}),
		instead("a revision from before the watch", func(w *Watch, c *answer) error {
			return errors.Join(eventsOf(w, c, false, put(w, w.Create.StartRevision-1, 1)), silence(w))
		}),
		{Name: "watch: progress that hides what follows", To: "watch", Make: func() Lie {
			return Lie{Watch: func(w *Watch) error {
				said := false
				return pass(w.Next, func(r *answer) error {
					if !said && len(r.Events) > 0 {
						said = true
						if err := w.Send(&answer{Header: r.Header, WatchId: r.WatchId}); err != nil {
							return err
						}
					}
					return w.Send(r)
				})
			}}
		}},
		compacted("compacted a little further each time", func(w *Watch, _ *answer) int64 { return w.Create.StartRevision + 1 }),
		compacted("compacted before what was asked for", func(w *Watch, _ *answer) int64 { return w.Create.StartRevision }),
		compacted("compacted past the head", func(_ *Watch, c *answer) int64 { return c.Header.Revision + 1000 }),
		compacted("compacted past every store", func(*Watch, *answer) int64 { return math.MaxInt64 }),
	}
}

type (
	nextBlob = func() (*pb.SnapshotResponse, error)
	sendBlob = func(*pb.SnapshotResponse) error
)

// save makes a lie about the stream of a snapshot.
func save(name string, f func(nextBlob, sendBlob) error) Named {
	return Named{Name: "snapshot: " + name, To: "save", Make: func() Lie { return Lie{Snapshot: f} }}
}

// announcementLies are about what a snapshot's messages announce and hold.
func announcementLies() []Named {
	each := func(name string, f func(n int, r *pb.SnapshotResponse)) Named {
		return save(name, func(from nextBlob, to sendBlob) error {
			n := 0
			return pass(from, func(r *pb.SnapshotResponse) error { f(n, r); n++; return to(r) })
		})
	}
	blob := make([]byte, 1<<20)
	endless := func(name string, f func(n int) *pb.SnapshotResponse) Named {
		return save(name, func(_ nextBlob, to sendBlob) error { return forever(to, f) })
	}
	return []Named{
		endless("more than announced", func(int) *pb.SnapshotResponse { return &pb.SnapshotResponse{Blob: blob, RemainingBytes: 1 << 20} }),
		endless("what remains never shrinks", func(int) *pb.SnapshotResponse {
			return &pb.SnapshotResponse{Blob: blob[:32<<10], RemainingBytes: 1 << 20}
		}),
		endless("nothing announced, and no end", func(int) *pb.SnapshotResponse { return &pb.SnapshotResponse{Blob: blob} }),
		endless("empty messages for ever", func(int) *pb.SnapshotResponse { return &pb.SnapshotResponse{RemainingBytes: 1 << 20} }),
		endless("nothing at all, for ever", func(int) *pb.SnapshotResponse { return &pb.SnapshotResponse{} }),
		each("an announcement past every disk", func(_ int, r *pb.SnapshotResponse) { r.RemainingBytes = 1 << 50 }),
		each("an announcement that is negative", func(_ int, r *pb.SnapshotResponse) { r.RemainingBytes = math.MaxUint64 }),
		each("a version that writes to the terminal", func(_ int, r *pb.SnapshotResponse) { r.Version = "\x1b]0;x\a" }),
		each("a message of 100 MB", func(_ int, r *pb.SnapshotResponse) { r.Blob = make([]byte, 100<<20) }),
		each("messages are missing", func(n int, r *pb.SnapshotResponse) {
			if n > 0 && len(r.Blob) > 100 {
				r.Blob = r.Blob[:100]
			}
		}),
	}
}

// snapshotLies are about how the stream of a snapshot ends.
func snapshotLies() []Named {
	hang := func(name string, n int) Named {
		lie := save(name, func(from nextBlob, to sendBlob) error {
			for range n {
				r, err := from()
				if err == nil {
					err = to(r)
				}
				if err != nil {
					return err
				}
			}
			time.Sleep(5 * time.Second)
			return nil
		})
		lie.Silent = true
		return lie
	}
	return []Named{
		save("ended in the middle", func(from nextBlob, to sendBlob) error {
			r, err := from()
			if err != nil {
				return err
			}
			return to(r)
		}),
		save("a byte now and then", func(_ nextBlob, to sendBlob) error {
			return forever(to, func(int) *pb.SnapshotResponse {
				time.Sleep(20 * time.Millisecond)
				return &pb.SnapshotResponse{Blob: []byte{0}, RemainingBytes: 1 << 20}
			})
		}),
		save("all but the end, then a byte now and then", func(from nextBlob, to sendBlob) error {
			var last *pb.SnapshotResponse
			for {
				r, err := from()
				if err != nil {
					break
				}
				if last != nil {
					if err := to(last); err != nil {
						return err
					}
				}
				last = r
			}
			for _, b := range last.GetBlob() {
				time.Sleep(20 * time.Millisecond)
				if err := to(&pb.SnapshotResponse{Blob: []byte{b}, RemainingBytes: 1 << 10, Version: last.GetVersion()}); err != nil {
					return err
				}
			}
			return nil
		}),
		hang("silence after the first message", 1),
		hang("silence from the beginning", 0),
	}
}
