package print

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/learn"
)

// openAudit opens the audit logs that were named, else the one that was found, if it can be read.
func (a *app) openAudit(ctx context.Context, o *learn.Opened, named []string, found string) (err error) {
	switch {
	case len(named) > 0 && a.funcs.Audit == nil:
		return usage("read the audit log: this build reads none")
	case len(named) > 0:
		if o.Audit, err = a.funcs.Audit(named); err == nil {
			err = a.holdEvents(ctx, named, o.Info.Running)
		}
	case found != "" && a.funcs.Audit != nil:
		named = []string{found}
		if o.Audit, err = a.funcs.Audit(named); err == nil {
			o.AuditFound = found
		}
		err = nil
	}
	if follow := a.funcs.Follow; o.Audit != nil && follow != nil {
		o.Follow = func(ctx context.Context, each func([]byte) error) error { return follow(ctx, named, each) }
	}
	return err
}

// holdEvents checks that each log that was named holds an audit event; that of an API server which runs may be empty yet.
func (a *app) holdEvents(ctx context.Context, named []string, running bool) error {
	for _, path := range named {
		files, err := a.funcs.Audit([]string{path})
		if err != nil {
			return err
		}
		event, text, err := audit.Holds(ctx, files)
		if err != nil {
			return err
		}
		if !event && (text || !running) {
			return &etcdsource.Problem{Tried: "read the audit log " + path, Why: audit.NoEvent, Do: audit.Readable}
		}
	}
	return nil
}

// listen begins to follow the audit log of a source that is running. It ends with the context.
func (l *logger) listen(ctx context.Context) {
	if l.s.Follow == nil || !l.follow || !l.s.Info.Running {
		return
	}
	tail := audit.NewTail()
	l.s.tail = tail
	safego.Go(nil, func() { _ = l.s.Follow(ctx, tail.Put) }) // until the context ends
}

// auditOf reads what the audit log says about the time in which a source's revisions were made; nil where there is none.
func (a *app) auditOf(ctx context.Context, s *store) (*audit.Log, error) {
	if s.Audit == nil {
		return nil, nil
	}
	c, err := s.frame(ctx)
	if err != nil {
		return nil, err
	}
	w, err := s.AuditWindow(ctx, c)
	if err != nil {
		return nil, err
	}
	known, err := a.readAudit(ctx, s, w)
	if err != nil || known == nil || w.From.IsZero() || known.Len() > 0 {
		return known, err
	}
	when := "since " + w.From.UTC().Format(time.RFC3339)
	if !w.To.IsZero() {
		when = "from between " + w.From.UTC().Format(time.RFC3339) + " and " + w.To.UTC().Format(time.RFC3339)
	}
	a.warn("the audit log is not used: it has no request %s, when what the store holds was written; is it that of another cluster or time?", when)
	return nil, nil
}

// auditFrom reads what the audit log says about the time since the oldest of the keys' versions, which are given.
func (l *logger) auditFrom(ctx context.Context, oldest []etcdsource.Event) (*audit.Log, error) {
	if l.s.Audit == nil || len(oldest) == 0 {
		return nil, nil
	}
	return l.readAudit(ctx, l.s, l.s.AuditSince(oldest))
}

func (a *app) readAudit(ctx context.Context, s *store, w audit.Window) (*audit.Log, error) {
	if s.AuditFound != "" {
		a.warn("the audit log %s is read too, which this node's API server writes", clean.Key([]byte(s.AuditFound)))
	}
	known, r, err := audit.Read(ctx, s.Audit, w)
	if err != nil {
		return nil, err
	}
	if line := r.Trouble(); line != "" {
		a.warn("read the audit log: %s", clean.Text(line))
	}
	return known, nil
}
