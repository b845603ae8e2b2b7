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
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// audited opens a store whose API server keeps an audit log: alice, acting as carol, wrote the ConfigMap flags at a
// revision, just now. reads counts how often the log is read.
func audited(t *testing.T, src *tuitest.Memory, rev int64, reads *int) *tuitest.Driver {
	at := time.Now().UTC().Format(time.RFC3339Nano)
	log := fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"5a9c","stage":"ResponseComplete","requestURI":"/x","verb":"update","user":{"username":"alice"},`+
		`"impersonatedUser":{"username":"carol"},"userAgent":"kubectl/v1.36.3 (linux/amd64)","objectRef":{"resource":"configmaps","namespace":"shop","name":"flags","apiVersion":"v1"},"responseStatus":{"code":200},`+
		`"responseObject":{"kind":"ConfigMap","metadata":{"name":"flags","resourceVersion":"%d"}},"requestReceivedTimestamp":%q,"stageTimestamp":%q}`+"\n", rev, at, at)
	m := program(t, map[string]*tuitest.Memory{"": src})
	open := m.deps.Open
	m.deps.Open = func(ctx context.Context, target Target) (*learn.Opened, error) {
		o, err := open(ctx, target)
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
	d.See("The audit log /var/log/audit.log tells who wrote")
	d.Command("key /registry/configmaps/shop/flags")
	return d
}

// TestAudit: the timeline of a key, and the sequence, say which person wrote, as the audit log tells.
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
			d.See("carol: kubectl-edit")
		}
		if reads != 1 {
			t.Errorf("%v: the log was read %d times", kind, reads)
		}
	}
}
