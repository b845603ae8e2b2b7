package requests

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
)

// Where the version before is not known, what a change did is not known either. The requests about the object are counted
// then: each that changes something makes one version more.

// lone returns the request of a version without predecessor, how sure that is, and why; nil where none is known.
func (m *match) lone() (q *audit.Request, g rules.Confidence, how string) {
	list, made := m.sinceCreation()
	if made {
		if q, g, how = m.counted(list); q != nil {
			return q, g, how
		}
	}
	n, v := len(list), int(m.Version)
	for n > 0 && list[n-1].Received > m.own.span.hi {
		n--
	}
	if n == 0 || n < len(list) && list[n].Received <= m.own.span.hi {
		return nil, rules.Unknown, ""
	}
	if q = list[n-1]; m.fitsLast(q) && (q.Writes() || m.hasEntryOf(q)) {
		return q, rules.Likely, "the last request about the object before the version after this one"
	}
	if q = m.beforeIdle(list[:n], len(list)-v); !made || q == nil || !m.fitsLast(q) {
		return nil, rules.Unknown, ""
	}
	return q, rules.Likely, fmt.Sprintf("the one that fits the newest managedFields entry, of %d requests for %d versions", len(list), v)
}

// counted returns the request that made this version, where as many were made since the object's creation, the first of
// list, as there are versions; nil where the numbers do not agree.
func (m *match) counted(list []*audit.Request) (q *audit.Request, g rules.Confidence, how string) {
	n, v := len(list), int(m.Version)
	switch {
	case v <= 0 || n < v || !m.fitsLast(list[v-1]):
		return nil, rules.Unknown, ""
	case n > v && list[v].Received > m.own.span.hi:
		return list[v-1], rules.Certain, fmt.Sprintf("request %d since the object was created, and this is version %d", v, v)
	case n > v:
		return nil, rules.Unknown, ""
	}
	q, how = list[n-1], fmt.Sprintf("the last of %d requests since the object was created, and this is version %d", n, v)
	if top := evidence.Newest(m.Cur.Entries); top != nil && !q.Writes() && !ofSecond(top, q) {
		return q, rules.Likely, how + ", but it left no managedFields entry of its second"
	}
	return q, rules.Certain, how
}

// beforeIdle returns the only request of the second of the newest entry, nil where there is none, or more requests came after
// it than changed nothing.
func (m *match) beforeIdle(list []*audit.Request, idle int) (q *audit.Request) {
	top := evidence.Newest(m.Cur.Entries)
	if top == nil {
		return nil
	}
	for i, r := range list {
		switch {
		case ofSecond(top, r) && q != nil:
			return nil
		case ofSecond(top, r) && len(list)-1-i <= idle:
			q = r
		case ofSecond(top, r), q != nil && r.Writes():
			return nil
		}
	}
	return q
}

// fitsLast reports whether a request lies within the revision's bounds and may be the last one about the version.
func (m *match) fitsLast(q *audit.Request) bool { return m.own.span.meets(q) && m.mayBeLast(q) }

// sinceCreation returns the requests that may have changed the object since it was created, in the order in which they were
// answered. made: the first of them created it.
func (m *match) sinceCreation() (list []*audit.Request, made bool) {
	created := m.Cur.Created
	for _, q := range m.log.audit.Of(objectOf(m.Change)) {
		switch {
		case q.Idle, q.Answered < created.UnixNano():
		case q.Made && q.Subresource == "" && q.Received < created.Add(time.Second).UnixNano():
			list, made = append(list[:0], q), true
		case q.Made && q.Subresource == "": // the next object of this name
			return list, made
		default:
			list = append(list, q)
		}
	}
	return list, made
}

// mayBeLast reports whether nothing in a version is newer than a request: no entry, no deletion mark.
func (m *match) mayBeLast(q *audit.Request) bool {
	v := m.Cur
	if top := evidence.Newest(v.Entries); top != nil && top.Time.UnixNano() > q.Answered+blur {
		return false
	}
	if !v.Deletion.IsZero() && !deletes(q) {
		return v.Deletion.Add(-time.Duration(max(v.Grace, 0))*time.Second).UnixNano() <= q.Answered+blur
	}
	return true
}
