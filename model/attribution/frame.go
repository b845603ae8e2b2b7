package attribution

import (
	"context"
	"errors"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/change"
)

// leaseFolders are those of the leases that are renewed every few seconds: of leaders, and of nodes.
var leaseFolders = []string{"leases/kube-system/", "leases/kube-node-lease/"}

// leaderLeases are renewed every few seconds as long as a control plane lives.
var leaderLeases = []string{"leases/kube-system/" + evidence.ControllerManager, "leases/kube-system/" + evidence.Scheduler}

// Frame reads just enough of a source to date its revisions to a second or two: the leases of the control plane. A file
// or demo streams them, with the times that it knows itself, and where it has neither those at which its objects were created; of a live store the versions of
// the two leaders' leases are walked back.
func Frame(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, root string, live bool) (*clock.Clock, error) {
	c := clock.New()
	if live {
		return c, walkLeases(ctx, src, dec, root, c)
	}
	for _, folder := range leaseFolders {
		if err := streamLeases(ctx, src, dec, root+folder, c); err != nil {
			return nil, err
		}
	}
	return c, streamRest(ctx, src, dec, root, c)
}

// Ends is Frame for a file or demo of which only the revisions near its ends are dated: from, and the newest one. Of the leases it reads
// the first renewals and the last ones only, where there are many.
func Ends(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, root string, from int64) (*clock.Clock, error) {
	c := clock.New()
	for _, folder := range leaseFolders {
		if err := streamEnds(ctx, src, dec, root+folder, from, endRenewals, c); err != nil {
			return nil, err
		}
	}
	return c, streamRest(ctx, src, dec, root, c)
}

// streamRest adds the times that the source itself knows, and those of creations where nothing else is known.
func streamRest(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, root string, c *clock.Clock) error {
	timed, err := streamTimes(ctx, src, c)
	if err != nil || timed || c.Known() {
		return err
	}
	return streamCreations(ctx, src, dec, root, c)
}

// streamTimes adds the times that the source itself knows, and reports whether it knows any.
func streamTimes(ctx context.Context, src etcdsource.Source, c *clock.Clock) (bool, error) {
	info, err := src.Describe(ctx)
	if err != nil || !info.Timed {
		return false, err
	}
	last := int64(0)
	return true, etcdsource.EachChange(ctx, src, etcdsource.Prefix(""), info.Revision, func(e *etcdsource.Event) error {
		if e.Mod != last && !e.Time.IsZero() {
			c.Add(clock.Stamp{Revision: e.Mod, Kind: clock.Received, From: e.NotBefore, To: e.Time})
			last = e.Mod
		}
		return nil
	})
}

// streamCreations adds the creation of each object, also of those whose first version is gone.
func streamCreations(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, root string, c *clock.Clock) error {
	info, err := src.Describe(ctx)
	if err != nil {
		return err
	}
	met := map[int64]bool{} // revisions of creations
	return etcdsource.EachChange(ctx, src, etcdsource.Prefix(root), info.Revision, func(e *etcdsource.Event) error {
		if e.Type == etcdsource.Deleted || met[e.Create] || e.Create == 0 {
			return nil
		}
		if o := dec.Object(e.Key, e.Value, e.Mod); !o.Created.IsZero() {
			met[e.Create] = true
			c.Add(clock.Stamp{Revision: e.Create, Kind: clock.Create, Second: o.Created, Kept: e.Kept, Gone: e.Create != e.Mod})
		}
		return nil
	})
}

// stamper adds the stamps of the versions of leases, which come in the order of their revisions.
type stamper struct {
	c    *clock.Clock
	who  evidence.WriterClocks
	dec  *decode.Decoder
	p    evidence.Parser
	last map[string]*evidence.Version
}

func (s *stamper) add(e *etcdsource.Event) {
	k := string(e.Key)
	if e.Type == etcdsource.Deleted {
		delete(s.last, k)
		return
	}
	v := evidence.NewVersion(&s.p, s.dec.Object(e.Key, e.Value, e.Mod))
	evidence.Stamp(s.c, &s.who, &evidence.Change{Change: change.Change{Event: *e}, Prev: s.last[k], Cur: v})
	s.last[k] = v
}

func streamLeases(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, folder string, c *clock.Clock) error {
	info, err := src.Describe(ctx)
	if err != nil {
		return err
	}
	s := stamper{c: c, dec: dec, last: map[string]*evidence.Version{}}
	return etcdsource.EachChange(ctx, src, etcdsource.Prefix(folder), info.Revision, func(e *etcdsource.Event) error {
		s.add(e)
		return nil
	})
}

// endRenewals is how many changes of leases date one end of a source: of leaders' about ten minutes, of 5,000 nodes' two seconds.
const endRenewals = 1000

// errEnough ends a stream of which enough was read.
var errEnough = errors.New("enough")

// streamEnds adds the stamps of the first changes of leases from a revision on, with those of what lies before it, and of the last ones.
func streamEnds(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, folder string, from int64, most int, c *clock.Clock) error {
	info, err := src.Describe(ctx)
	if err != nil {
		return err
	}
	s := stamper{c: c, dec: dec, last: map[string]*evidence.Version{}}
	span, seen, reached := etcdsource.Prefix(folder), 0, int64(0)
	err = etcdsource.EachChange(ctx, src, span, info.Revision, func(e *etcdsource.Event) error {
		if seen >= most && e.Mod > reached {
			return errEnough
		}
		if s.add(e); e.Mod >= from {
			seen++
		}
		reached = e.Mod
		return nil
	})
	if !errors.Is(err, errEnough) {
		return err
	}
	begin, err := beforeLast(ctx, src, span, reached+1, info.Revision, most)
	if err != nil {
		return err
	}
	return etcdsource.EachChangeFrom(ctx, src, span, begin, info.Revision, func(e *etcdsource.Event) error {
		s.add(e)
		return nil
	})
}

// beforeLast returns a revision in [first, head] from which on a span has so many changes, or first where it has fewer.
func beforeLast(ctx context.Context, src etcdsource.Source, span etcdsource.Span, first, head int64, most int) (int64, error) {
	for step := 8 * int64(most); ; step *= 2 {
		begin, n := max(head-step, first), 0
		err := etcdsource.EachChangeFrom(ctx, src, span, begin, head, func(*etcdsource.Event) error {
			n++
			return nil
		})
		if err != nil || n >= most || begin == first {
			return begin, err
		}
	}
}

// maxLeaseVersions is how far one leader's lease is walked back: half an hour at one every two seconds.
const maxLeaseVersions = 1000

func walkLeases(ctx context.Context, src etcdsource.Source, dec *decode.Decoder, root string, c *clock.Clock) error {
	v, err := etcdsource.As[etcdsource.Versions](src)
	if err != nil {
		return err
	}
	for _, l := range leaderLeases {
		s := stamper{c: c, dec: dec, last: map[string]*evidence.Version{}}
		all, upTo := []etcdsource.Event(nil), int64(0)
		for len(all) < maxLeaseVersions {
			events, edge, err := v.Versions(ctx, []byte(root+l), upTo, 0)
			if etcdsource.Seen(err) != nil {
				return err
			}
			all = append(all, events...)
			if edge.Kind != etcdsource.EdgeMore || len(events) == 0 {
				break
			}
			upTo = events[len(events)-1].Mod - 1
		}
		for i := len(all) - 1; i >= 0; i-- {
			s.add(&all[i])
		}
	}
	return nil
}
