package tui

import (
	"context"
	"sync"
	"time"

	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/learn"
)

const (
	// auditPast is how much of a running API server's audit log is read: what etcd retains is rarely older.
	auditPast = 15 * time.Minute
	// auditFresh is how long what was read of it is taken for new.
	auditFresh = 10 * time.Second
)

// auditor reads the audit log for the jobs that attribute changes: once for a file, again and again for what is
// running. It is asked outside of Update only, and nobody waits for what another one is reading.
type auditor struct {
	opened *learn.Opened
	mu     sync.Mutex // held while the log is read
	known  *audit.Log
	read   time.Time // when known was; guarded by state, as known is
	state  sync.Mutex
}

// newAuditor returns nil where no audit log is known.
func newAuditor(o *learn.Opened) *auditor {
	if o.Audit == nil {
		return nil
	}
	return &auditor{opened: o}
}

// log returns what is known of the log, nil for nothing. That of a file is read by the witness, which may take long.
func (a *auditor) log(ctx context.Context) *audit.Log {
	if a == nil {
		return nil
	}
	if !a.opened.Info.Running {
		known, _ := a.last()
		return known
	}
	return a.refresh(ctx)
}

// ended returns what is known of the log; it is read for what is not running only: a running one is read when somebody
// looks at a key, not whenever something is written.
func (a *auditor) ended(ctx context.Context) *audit.Log {
	if !a.opened.Info.Running {
		return a.refresh(ctx)
	}
	known, _ := a.last()
	return known
}

// refresh reads the log, unless that was done not long ago, or is being done.
func (a *auditor) refresh(ctx context.Context) *audit.Log {
	known, fresh := a.last()
	if fresh || !a.mu.TryLock() {
		return known
	}
	defer a.mu.Unlock()
	w, err := a.window(ctx)
	if err != nil {
		return known
	}
	l, _, err := audit.Read(ctx, a.opened.Audit, w)
	if err != nil {
		return known
	}
	a.state.Lock()
	defer a.state.Unlock()
	a.known, a.read = l, time.Now()
	return l
}

// last returns what was read last, and whether that is still new.
func (a *auditor) last() (*audit.Log, bool) {
	a.state.Lock()
	defer a.state.Unlock()
	ended := !a.opened.Info.Running
	return a.known, a.known != nil && (ended || time.Since(a.read) < auditFresh)
}

// window is the time in which the source's revisions were made.
func (a *auditor) window(ctx context.Context) (w audit.Window, err error) {
	o := a.opened
	if o.Info.Running {
		return audit.Window{From: time.Now().Add(-auditPast)}, nil
	}
	c, err := attribution.Frame(ctx, o.Source, o.Decoder, o.Root, false)
	if err != nil {
		return w, err
	}
	return attribution.AuditWindow(ctx, o.Source, o.Decoder, &o.Info, c)
}
