package audit

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// Log is what was read of audit logs: the requests that may have written, by object. The zero Log knows none.
type Log struct {
	by      map[Object][]*Request // in the order in which they were answered, once all are read
	answers []*Request            // with a Revision, the largest first
	size    int
	senders map[Sender]*Sender
	texts   map[string]string
}

const (
	// maxRequests is how many requests are kept, some 200 bytes each; the newest are.
	maxRequests = 1 << 18
	maxTexts    = 1 << 16 // different texts that are kept once only
)

// New returns a log that knows no request yet.
func New() *Log { return newLog() }

func newLog() *Log {
	return &Log{by: map[Object][]*Request{}, senders: map[Sender]*Sender{}, texts: map[string]string{}}
}

// Len is the number of requests.
func (l *Log) Len() int {
	if l == nil {
		return 0
	}
	return l.size
}

// Of returns the requests about one object, in the order in which they were answered. Those about a collection are
// found under an empty name, and so are creations whose name the log does not tell.
func (l *Log) Of(o Object) []*Request {
	if l == nil {
		return nil
	}
	return l.by[o]
}

func (l *Log) add(o Object, r Request) {
	o = Object{l.text(o.Group), l.text(o.Resource), l.text(o.Namespace), o.Name}
	r.Object = o
	l.by[o] = append(l.by[o], &r)
	l.size++
}

// text returns one and the same string for equal ones.
func (l *Log) text(s string) string {
	if t, ok := l.texts[s]; ok {
		return t
	}
	if len(l.texts) >= maxTexts {
		clear(l.texts)
	}
	l.texts[s] = s
	return s
}

func (l *Log) sender(s Sender) *Sender {
	if p := l.senders[s]; p != nil {
		return p
	}
	if len(l.senders) >= maxTexts {
		clear(l.senders)
	}
	p := &s
	l.senders[s] = p
	return p
}

// shrink lets the older half of the requests go and returns how many went.
func (l *Log) shrink() int {
	times := make([]int64, 0, l.size)
	for _, list := range l.by {
		for i := range list {
			times = append(times, list[i].Answered)
		}
	}
	slices.Sort(times)
	n, from := l.size, times[len(times)/2]
	for o, list := range l.by {
		kept := slices.DeleteFunc(list, func(r *Request) bool { return r.Answered < from })
		l.size -= len(list) - len(kept)
		if len(kept) == 0 {
			delete(l.by, o)
		} else {
			l.by[o] = kept
		}
	}
	return n - l.size
}

// finish puts the requests in order, and finds those that cannot have written what they were answered with: when a
// request comes after a later revision was answered, the object in its answer was there before it.
func (l *Log) finish() {
	var all []*Request
	for o, list := range l.by {
		slices.SortStableFunc(list, byAnswer)
		n := len(list)
		list = slices.CompactFunc(list, sameEvent) // exports overlap
		l.by[o], l.size = list, l.size-n+len(list)
		for _, r := range list {
			if r.Revision > 0 {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, byRevision)
	later := math.MaxInt64 - slack // when the first answer with a larger revision went out
	for i := 0; i < len(all); {
		j, own := i, later
		for ; j < len(all) && all[j].Revision == all[i].Revision; j++ {
			all[j].Idle = all[j].Received > later+slack
			own = min(own, all[j].Answered)
		}
		i, later = j, own
	}
	l.answers, l.texts, l.senders = all, nil, nil
}

// sameEvent reports whether two requests are one, which was read twice.
func sameEvent(a, b *Request) bool {
	return a.ID != "" && a.ID == b.ID && a.Answered == b.Answered && a.Verb == b.Verb && a.Revision == b.Revision
}

func byAnswer(a, b *Request) int { return cmp.Compare(a.Answered, b.Answered) }

func byRevision(a, b *Request) int {
	return cmp.Or(cmp.Compare(b.Revision, a.Revision), byAnswer(a, b))
}

// Answered returns the requests whose answers carry a revision, in the order in which they were answered.
func (l *Log) Answered(rev int64) []*Request {
	if l == nil || rev <= 0 {
		return nil
	}
	find := func(r int64) int {
		return sort.Search(len(l.answers), func(i int) bool { return l.answers[i].Revision <= r })
	}
	return l.answers[find(rev):find(rev-1)]
}

// Between returns the requests about an object that were being served between two times, of which none lasted longer
// than a minute.
func (l *Log) Between(o Object, from, to int64) (out []*Request) {
	list := l.Of(o)
	i := sort.Search(len(list), func(i int) bool { return list[i].Answered >= from })
	for ; i < len(list) && list[i].Answered-longest <= to; i++ {
		if list[i].Received <= to {
			out = append(out, list[i])
		}
	}
	return out
}

// longest is how long a request that writes may take: API servers end them before.
const longest = int64(60e9)

// slack is how far the clocks of two API servers may lie apart before an order is read out of their times.
const slack = int64(1e9)
