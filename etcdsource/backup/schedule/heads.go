package schedule

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// A change may be received late: its process, the network or a member stood still. So the store is asked for its newest revision all
// the time, and each change is noted with when the newest question was asked that was answered with an older revision:
//
//	asked 10:00:00.2: revision 41      asked 10:00:00.7: revision 41     (stopped)     received 10:00:21.3: revision 42
//	                                   └─ not made before this                         └─ made by then
const (
	askEvery = 500 * time.Millisecond // so that what is received at once is dated to a second
	askFor   = 5 * time.Second
)

// head is how far the store was when it was asked, or later.
type head struct {
	asked    time.Time
	revision int64
}

// heads are what the store has answered, each of a higher revision than the one before.
type heads []head

// mostHeads is how many answers are kept for changes that are not received yet.
const mostHeads = 1024

// add adds an answer. Of those with one revision the newest question counts.
func (h *heads) add(n head) {
	list := *h
	switch last := len(list) - 1; {
	case last >= 0 && n.revision < list[last].revision: // the store was set back
		list = append(list[:0], n)
	case last >= 0 && n.revision == list[last].revision:
		list[last] = n
	case len(list) < mostHeads:
		list = append(list, n)
	default: // changes are not received: every second answer dates them well enough
		for i := range len(list) / 2 {
			list[i] = list[2*i]
		}
		list = append(list[:len(list)/2], n)
	}
	*h = list
}

// notBefore returns when a change that was received at a time can have been made at the earliest, zero where that is not known. Changes
// are asked for in the order of their revisions.
func (h *heads) notBefore(rev int64, received time.Time) (t time.Time) {
	list := *h
	for len(list) > 1 && list[1].revision < rev {
		list = list[1:]
	}
	if *h = list; len(list) == 0 || list[0].revision >= rev {
		return t
	}
	// One of the two clocks is not enough: the wall clock may be set, and the other one does not count while a machine sleeps.
	asked := list[0].asked
	return received.Add(-max(received.Sub(asked), received.Round(0).Sub(asked.Round(0)), 0))
}

// ask asks a store for its newest revision. The answer is that of the cluster, and not of a member that is behind.
func ask(ctx context.Context, src etcdsource.Source) (head, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	h := head{asked: time.Now()}
	page, err := src.Range(ctx, etcdsource.Key([]byte{0}), etcdsource.At{})
	h.revision = page.Revision
	return h, err
}

// follow asks the store again and again.
func (c *chain) follow(ctx context.Context, src etcdsource.Source) {
	for {
		if h, err := ask(ctx, src); err == nil {
			c.mu.Lock()
			c.heads.add(h)
			c.mu.Unlock()
		}
		if wait(ctx, askEvery) != nil {
			return
		}
	}
}
