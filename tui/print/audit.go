package print

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/learn"
)

// openAudit opens the audit logs that were named, else the one that was found, if it can be read.
func (a *app) openAudit(o *learn.Opened, found string) (err error) {
	switch {
	case len(a.flags.auditLogs) > 0 && a.funcs.Audit == nil:
		return usage("read the audit log: this build reads none")
	case len(a.flags.auditLogs) > 0:
		o.Audit, err = a.funcs.Audit(a.flags.auditLogs)
	case found != "" && a.funcs.Audit != nil:
		if o.Audit, err = a.funcs.Audit([]string{found}); err == nil {
			o.AuditFound = found
		}
		err = nil
	}
	return err
}

// clocks is how far the clocks of an API server and of the leases may lie apart.
const clocks = time.Minute

// auditOf reads what the audit log tells of the time in which a source's revisions were made; nil where there is none.
func (l *logger) auditOf(ctx context.Context) (*audit.Log, error) {
	if l.s.Audit == nil {
		return nil, nil
	}
	var w audit.Window
	c, err := l.s.frame(ctx)
	if err != nil {
		return nil, err
	}
	if l.s.Info.Compacted <= 1 { // else there are versions from long before
		if d := c.At(1); !d.Time.IsZero() {
			w.From = d.Time.Add(-clocks)
		}
	}
	if d := c.At(l.s.Info.Revision); l.s.Info.Kind == etcdsource.KindFile && !d.Time.IsZero() {
		w.To = later(d.Time, d.Hi).Add(clocks)
	}
	return l.readAudit(ctx, w)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// auditFrom reads what the audit log tells of the time since the oldest of a key's versions.
func (l *logger) auditFrom(ctx context.Context, events []etcdsource.Event) (*audit.Log, error) {
	if l.s.Audit == nil || len(events) == 0 {
		return nil, nil
	}
	var w audit.Window
	if e := &events[len(events)-1]; e.Type != etcdsource.Deleted {
		managed := l.s.Decoder.Object(e.Key, e.Value, e.Mod).Managed()
		for i := range managed {
			if t, err := time.Parse(time.RFC3339, managed[i].Time); err == nil {
				w.From = later(w.From, t.Add(-clocks))
			}
		}
	}
	return l.readAudit(ctx, w)
}

func (l *logger) readAudit(ctx context.Context, w audit.Window) (*audit.Log, error) {
	if l.s.AuditFound != "" {
		l.warn("the audit log %s is read too, which this node's API server writes", clean.Key([]byte(l.s.AuditFound)))
	}
	known, r, err := audit.Read(ctx, l.s.Audit, w)
	if err != nil {
		return nil, err
	}
	if line := r.Trouble(); line != "" {
		l.warn("read the audit log: %s", clean.Text(line))
	}
	return known, nil
}
