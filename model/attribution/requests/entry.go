package requests

import (
	"time"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/evidence"
	"github.com/etcdscope/etcdscope/model/attribution/rules"
)

// The entry that a request leaves in managedFields has the second in which it was served. Its manager is what the client
// called itself, which need not be the name of its program.

// ofSecond reports whether an entry has a second in which a request was served.
func ofSecond(e *evidence.Entry, q *audit.Request) bool {
	at := e.Time.UnixNano()
	return !e.Time.IsZero() && at <= q.Answered && at > q.Received-int64(time.Second)
}

// hasEntryOf reports whether the version has an entry of who sent a request, of the second in which it was served.
func (m *match) hasEntryOf(q *audit.Request) bool {
	if m.Cur == nil {
		return false
	}
	for i := range m.Cur.Entries {
		e := &m.Cur.Entries[i]
		if f := (rules.Finding{Writer: e.Manager}); agrees(&f, q) && ofSecond(e, q) {
			return true
		}
	}
	return false
}

// moved reports whether a request can have left the only entry that moved with the change. One that asked for another
// field manager has not.
func (m *match) moved(q *audit.Request) bool {
	if m.Prev == nil || m.Cur == nil {
		return false
	}
	list := m.Moved()
	return len(list) == 1 && ofSecond(list[0], q) && (q.Sender.Manager == "" || q.Sender.Manager == list[0].Manager)
}
