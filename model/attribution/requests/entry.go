package requests

import (
	"fmt"
	"slices"
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

// unlogged is for a change that no request fits. Where the log has what the writer sent about the object, and requests from
// before and after the change, an entry that did not move does not show that the writer made it.
func (m *match) unlogged(f rules.Finding) rules.Finding {
	switch {
	case !m.covered(&f):
	case m.Prev != nil && f.Stored && f.Grade >= rules.Likely && m.EntriesUnchanged():
		return rules.Finding{Evidence: "the audit log covers this time, and no request of it fits; no managedFields entry moved"}
	case m.Prev == nil && f.Quoted != nil && f.Quoted.Time.UnixNano()+int64(time.Second)+blur < m.own.span.lo:
		return rules.Finding{Evidence: fmt.Sprintf("the audit log covers this time, and no request of it fits; the newest managedFields entry, %s, is older than this revision, which was not written before %s",
			f.Quoted, time.Unix(0, m.own.span.lo).UTC().Format(time.RFC3339))}
	}
	return missing(f, "no request fits object and time")
}

// covered reports whether the log would hold a request of the writer about the object at the time of the change.
func (m *match) covered(f *rules.Finding) bool {
	lo, hi := m.log.bounds(m.Mod)
	return lo != 0 && hi != 0 && slices.ContainsFunc(m.log.audit.Of(objectOf(m.Change)), func(q *audit.Request) bool { return agrees(f, q) })
}

// oneProgram is for several requests that fit and are not told apart: they may all be of one program, or contradict what
// was found.
func oneProgram(f rules.Finding, fit []*audit.Request) rules.Finding {
	if f.Grade < rules.Likely {
		return missing(f, fitMore(fit))
	}
	f.Evidence += "; audit log: " + fitMore(fit)
	if !slices.ContainsFunc(fit, func(q *audit.Request) bool { return agrees(&f, q) }) {
		f.Grade = rules.Likely
		return f
	}
	program := fit[0].Sender.Program()
	if f.Writer == program || slices.ContainsFunc(fit, func(q *audit.Request) bool { return q.Sender.Program() != program }) {
		return f
	}
	f.Evidence += "; field manager " + f.Writer
	f.Writer = program
	return f
}
