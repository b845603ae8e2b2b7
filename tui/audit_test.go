package tui

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// auditLine is what an API server writes of alice, acting as carol, who wrote the ConfigMap flags just now.
func auditLine(rev int64) string {
	at := time.Now().UTC().Format(time.RFC3339Nano)
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"5a9c","stage":"ResponseComplete","requestURI":"/x","verb":"update","user":{"username":"alice"},`+
		`"impersonatedUser":{"username":"carol"},"userAgent":"kubectl/v1.36.3 (linux/amd64)","objectRef":{"resource":"configmaps","namespace":"shop","name":"flags","apiVersion":"v1"},"responseStatus":{"code":200},`+
		`"responseObject":{"kind":"ConfigMap","metadata":{"name":"flags","resourceVersion":"%d"}},"requestReceivedTimestamp":%q,"stageTimestamp":%q}`+"\n", rev, at, at)
}

// audited opens a store whose API server keeps an audit log: alice, acting as carol, wrote the ConfigMap flags at a
// revision, just now. reads counts how often the log is read.
func audited(t *testing.T, src *tuitest.Memory, rev int64, reads *int) *tuitest.Driver {
	log := auditLine(rev)
	m := program(t, map[string]*tuitest.Memory{"": src})
	open := m.deps.Open
	m.deps.Open = func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
		o, err := open(ctx, target, report)
		if err == nil {
			o.AuditFound = "/var/log/audit.log"
			o.Audit = func(_ context.Context, _ time.Time, each func(string, io.Reader) error, _ func(string, error)) error {
				*reads++
				return each("audit.log", strings.NewReader(log))
			}
		}
		return o, err
	}
	d := drive(t, m, 240, 50)
	d.See("The audit log /var/log/audit.log says who wrote")
	d.Command("key /registry/configmaps/shop/flags")
	return d
}

// TestAudit: the timeline of a key, and the sequence, say which person wrote, as the audit log has it.
func TestAudit(t *testing.T) {
	for kind, rev := range map[etcdsource.Kind]int64{etcdsource.KindLive: 4, etcdsource.KindFile: 9} {
		src, reads := shop(), 0
		if kind == etcdsource.KindFile {
			src = quarrel(kind)
		}
		d := audited(t, src, rev, &reads)
		d.Press("2")
		d.See("by alice as carol, ")
		d.See("audit log: update configmaps by alice as carol")
		if kind == etcdsource.KindFile {
			d.Press("5")
			d.See("carol: kubectl")
		}
		if reads != 1 {
			t.Errorf("%v: the log was read %d times", kind, reads)
		}
	}
}

// TestAuditIsFollowed: a change that is shown already gets its person when the log has it, also where nothing is written
// after it; the log is followed no longer than the tab is open.
func TestAuditIsFollowed(t *testing.T) {
	src, lines, following := quarrel(etcdsource.KindLive), make(chan string, 1), make(chan bool, 2)
	m := program(t, map[string]*tuitest.Memory{"": src})
	open := m.deps.Open
	m.deps.Open = func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
		o, err := open(ctx, target, report)
		if err == nil {
			o.Follow = func(ctx context.Context, each func([]byte) error) error {
				following <- true
				defer func() { following <- false }()
				for {
					select {
					case l := <-lines:
						_ = each([]byte(l))
					case <-ctx.Done():
						return ctx.Err()
					}
				}
			}
		}
		return o, err
	}
	d := drive(t, m, 240, 60)
	listed(d)
	src.Put("/registry/configmaps/shop/flags", set(6))
	d.Settle("attributed without the log", func() bool {
		v, ok := m.view().Panes.Changes.Verdict(timeline.ID{Rev: 11})
		return ok && v.User == ""
	})
	lines <- auditLine(11)
	d.Settle("attributed with it", func() bool {
		v, _ := m.view().Panes.Changes.Verdict(timeline.ID{Rev: 11})
		return v.User == "alice" && v.As == "carol"
	})
	d.See("~ carol: kubectl")
	if !<-following {
		t.Fatal("the log was not followed")
	}
	m.view().Close()
	select {
	case on := <-following:
		if on {
			t.Error("the log is followed twice")
		}
	case <-time.After(5 * time.Second):
		t.Error("the log is followed still")
	}
}
