package learn

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// Which part of an audit log is needed:
//
//	a source that ended ─► AuditWindow: from its first object to its last revision
//	some keys of it     ─► AuditSince: since the oldest of their versions
//	a running source    ─► auditPast: the last minutes, again and again

const (
	// clocks is how far the clocks of an API server and of what dates revisions may lie apart.
	clocks = time.Minute
	// auditPast is how much of a running API server's audit log is read: what etcd retains is rarely older.
	auditPast = 15 * time.Minute
	// auditFresh is how long what was read of it counts as new.
	auditFresh = 10 * time.Second
)

// AuditWindow is the time in which the revisions of the source were made, by its clock, as far as an audit log can tell
// of them: since the oldest object that it holds was created. Its end is open where the source is running, or
// nothing says when the last revision was made.
func (o *Opened) AuditWindow(ctx context.Context, c *clock.Clock) (w audit.Window, err error) {
	oldest, err := o.oldest(ctx)
	if err != nil {
		return w, err
	}
	if !oldest.IsZero() {
		w.From = oldest.Add(-clocks)
	}
	if d := c.At(o.Info.Revision); !o.Info.Running && !d.Time.IsZero() && d.From != clock.Bound {
		if w.To = d.Time; d.Hi.After(d.Time) {
			w.To = d.Hi
		}
		w.To = w.To.Add(clocks)
	}
	return w, nil
}

// errDone ends a stream of changes that has said enough.
var errDone = errors.New("done")

// oldest returns when the oldest object of those was created that were there before a compaction, else of all; zero where none
// says so.
func (o *Opened) oldest(ctx context.Context) (at time.Time, err error) {
	met := map[int64]bool{} // revisions of creations
	err = etcdsource.EachChange(ctx, o.Source, etcdsource.Prefix(o.Root), o.Info.Revision, func(e *etcdsource.Event) error {
		switch {
		case e.Type == etcdsource.Deleted || met[e.Create]:
			return nil
		case e.Create > o.Info.Compacted && !at.IsZero(): // younger
			if o.Info.Compacted <= 1 {
				return errDone
			}
			return nil
		}
		met[e.Create] = true
		created := o.Decoder.Object(e.Key, e.Value, e.Mod).Created
		if !created.IsZero() && (at.IsZero() || created.Before(at)) {
			at = created
		}
		return nil
	})
	if errors.Is(err, errDone) {
		err = nil
	}
	return at, err
}

// AuditSince is the time since the oldest of some versions of keys. Where one of them does not say when it was written,
// that is all time.
func (k *Known) AuditSince(versions []etcdsource.Event) (w audit.Window) {
	for i := range versions {
		at := k.written(&versions[i])
		if at.IsZero() {
			return audit.Window{}
		}
		if at = at.Add(-clocks); i == 0 || at.Before(w.From) {
			w.From = at
		}
	}
	return w
}

// written returns when a version was written, by the newest time of its managers; zero where none says so.
func (k *Known) written(e *etcdsource.Event) (at time.Time) {
	if e.Type == etcdsource.Deleted {
		return at
	}
	managed := k.Decoder.Object(e.Key, e.Value, e.Mod).Managed()
	for i := range managed {
		if t, err := time.Parse(time.RFC3339, managed[i].Time); err == nil && t.After(at) {
			at = t
		}
	}
	return at
}

// OldestOf returns the oldest of the changes of each key, of changes in their order.
func OldestOf(events []etcdsource.Event, keys []string) (out []etcdsource.Event) {
	met := map[string]bool{}
	for i := range events {
		if k := string(events[i].Key); !met[k] && slices.Contains(keys, k) {
			met[k] = true
			out = append(out, events[i])
		}
	}
	return out
}

// AuditLog is what is known of a source's audit log: read once for a source that ended, again and again for what is
// running. It is safe for concurrent use, and nobody waits for what another one is reading. A nil AuditLog knows nothing.
type AuditLog struct {
	opened  *Opened
	reading sync.Mutex // held while the log is read
	mu      sync.Mutex // guards what follows
	known   *audit.Log
	read    time.Time // when known was
}

// NewAuditLog returns nil where no audit log is known.
func NewAuditLog(o *Opened) *AuditLog {
	if o.Audit == nil {
		return nil
	}
	return &AuditLog{opened: o}
}

// Log returns what is known of the log, nil for nothing. That of a source that ended is read by Ended, which may take long.
func (a *AuditLog) Log(ctx context.Context) *audit.Log {
	if a == nil {
		return nil
	}
	if !a.opened.Info.Running {
		known, _ := a.last()
		return known
	}
	return a.refresh(ctx)
}

// Ended returns what is known of the log; it is read for what is not running only: a running one is read when somebody
// looks at a key, not whenever something is written.
func (a *AuditLog) Ended(ctx context.Context) *audit.Log {
	if a == nil {
		return nil
	}
	if !a.opened.Info.Running {
		return a.refresh(ctx)
	}
	known, _ := a.last()
	return known
}

// refresh reads the log, unless that was done not long ago, or is being done.
func (a *AuditLog) refresh(ctx context.Context) *audit.Log {
	known, fresh := a.last()
	if fresh || !a.reading.TryLock() {
		return known
	}
	defer a.reading.Unlock()
	w, err := a.window(ctx)
	if err != nil {
		return known
	}
	l, _, err := audit.Read(ctx, a.opened.Audit, w)
	if err != nil {
		return known
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known, a.read = l, time.Now()
	return l
}

// last returns what was read last, and whether that is still new.
func (a *AuditLog) last() (*audit.Log, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known, a.known != nil && (!a.opened.Info.Running || time.Since(a.read) < auditFresh)
}

// window is the part of the log that is read.
func (a *AuditLog) window(ctx context.Context) (w audit.Window, err error) {
	o := a.opened
	if o.Info.Running {
		return audit.Window{From: time.Now().Add(-auditPast)}, nil
	}
	c, err := attribution.Frame(ctx, o.Source, o.Decoder, o.Root, false)
	if err != nil {
		return w, err
	}
	return o.AuditWindow(ctx, c)
}
