package print

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
)

// auditEvent is an event as an API server writes it. The test's cluster wrote all its revisions within one minute.
func auditEvent(verb, resource, ns, name string, rev int64) string {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Format(time.RFC3339Nano)
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"5a9c","stage":"ResponseComplete","requestURI":"/x","verb":%q,"user":{"username":"alice"},`+
		`"impersonatedUser":{"username":"carol"},"userAgent":"kubectl/v1.36.3 (linux/amd64)","objectRef":{"resource":%q,"namespace":%q,"name":%q,"apiVersion":"v1"},"responseStatus":{"code":200},`+
		`"responseObject":{"kind":"X","metadata":{"name":%q,"resourceVersion":"%d"}},"requestReceivedTimestamp":%q,"stageTimestamp":%q}`+"\n", verb, resource, ns, name, name, rev, at, at)
}

// withAudit runs the program over a source, with an audit log that is there under the path "audit.log"; found is the
// one that the node has.
func withAudit(src etcdsource.Source, log, found string, args ...string) (stdout, stderr string, code int) {
	var out, err strings.Builder
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	code = Execute(ctx, args, strings.NewReader(""), &out, &err, Funcs{
		Open: func(context.Context, OpenOptions) (Opened, error) { return Opened{Source: src, AuditLog: found}, nil },
		Audit: func(paths []string) (audit.Files, error) {
			if !slices.Equal(paths, []string{"audit.log"}) {
				return nil, &etcdsource.Problem{Tried: "read the audit log " + paths[len(paths)-1], Why: "no such file"}
			}
			return func(_ context.Context, _ time.Time, each func(string, io.Reader) error, _ func(string, error)) error {
				return each("audit.log", strings.NewReader(log))
			}, nil
		},
	})
	return out.String(), err.String(), code
}

func TestAuditLog(t *testing.T) {
	log := auditEvent("update", "secrets", "demo", "creds", 9) + `{"kind":"Eve`
	src := file(cluster(), 0)
	for _, args := range [][]string{{"log", "secret", "creds", "-n", "demo"}, {"log"}} {
		out, errs, code := withAudit(src, log, "", append(args, "--from", "x", "--audit-log", "audit.log")...)
		if code != 0 || !strings.Contains(out, "✓ kubectl by alice as carol") {
			t.Errorf("%v: exit %d\n%s", args, code, out)
		}
		if want := "etcdscope: read the audit log: 1 line is damaged or cut, and was passed over\n"; errs != want {
			t.Errorf("%v: stderr %q", args, errs)
		}
	}
	out, _, _ := withAudit(src, log, "", "log", "secret", "creds", "-n", "demo", "--writer", "carol", "-o", "json", "--from", "x", "--audit-log", "audit.log")
	want := `"writer":"kubectl","user":"alice","impersonatedUser":"carol","userAgent":"kubectl/v1.36.3 (linux/amd64)","controller":"","confidence":"certain",` +
		`"evidence":"audit log: update secrets by alice as carol with kubectl/v1.36.3 (5a9c), its answer carries this revision"`
	if !strings.Contains(out, want) || strings.Count(out, "\n") != 1 {
		t.Errorf("json: %s", out)
	}
	out, _, code := withAudit(src, log, "", "trace", "secret", "creds", "-n", "demo", "-o", "wide", "--from", "x", "--audit-log", "audit.log")
	if code != 0 || !strings.Contains(out, "audit log: update secrets by alice as carol") {
		t.Errorf("trace: exit %d\n%s", code, out)
	}
}

// TestAuditLogOfAnotherTime: a log of which no request is from the time of the store is refused, and dates and names nothing.
func TestAuditLogOfAnotherTime(t *testing.T) {
	other := strings.ReplaceAll(auditEvent("update", "secrets", "demo", "creds", 9), "2026-", "2024-")
	out, errs, code := withAudit(file(cluster(), 0), other, "", "log", "-A", "-o", "json", "--from", "x", "--audit-log", "audit.log")
	if code != 0 || !strings.Contains(errs, "the audit log is not used: it has no request ") || strings.Contains(out, "auditLog") || strings.Contains(out, `"user"`) {
		t.Errorf("exit %d, %s\n%s", code, errs, out)
	}
}

func TestAuditLogOfNode(t *testing.T) {
	log := auditEvent("update", "secrets", "demo", "creds", 9)
	src := running(cluster())
	out, errs, code := withAudit(src, log, "audit.log", "log", "secret", "creds", "-n", "demo", "--endpoints", "x")
	if code != 0 || !strings.Contains(out, "✓ kubectl by alice as carol") || !strings.Contains(errs, "the audit log audit.log is read too, which this node's API server writes") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	out, errs, code = withAudit(src, log, "locked.log", "log", "secret", "creds", "-n", "demo", "--endpoints", "x")
	if code != 0 || errs != "" || strings.Contains(out, "alice") {
		t.Errorf("one that may not be read: exit %d: %s%s", code, out, errs)
	}
}

func TestAuditLogUnreadable(t *testing.T) {
	for _, args := range [][]string{{"log"}, {"get", "pods", "-A"}} {
		out, errs, code := withAudit(file(cluster(), 0), "", "", append(args, "--from", "x", "--audit-log", "none.log")...)
		if code != 3 || out != "" || errs != "etcdscope: read the audit log none.log: no such file\n" {
			t.Errorf("%v: exit %d: %q %q", args, code, out, errs)
		}
	}
}

// TestNoAuditLog: a file that was named and holds no audit event is an error before anything is printed, in every command.
// That of a running API server may be empty yet, and one that was found is passed over.
func TestNoAuditLog(t *testing.T) {
	const want = "etcdscope: read the audit log audit.log: it holds no audit event (audit.k8s.io); give the file that kube-apiserver's --audit-log-path names, or an export of it: "
	for _, log := range []string{"", "\n", "root:x:0:0\n", `{"kind":"Event","apiVersion":"v1"}`} {
		for _, args := range [][]string{{"log"}, {"get", "pods", "-A"}} {
			out, errs, code := withAudit(file(cluster(), 0), log, "", append(args, "--from", "x", "--audit-log", "audit.log")...)
			if code != 3 || out != "" || !strings.HasPrefix(errs, want) || strings.Count(errs, "\n") != 1 {
				t.Errorf("%q, %v: exit %d: %q %q", log, args, code, out, errs)
			}
		}
	}
	if _, errs, code := withAudit(running(cluster()), "", "", "log", "secret", "creds", "-n", "demo", "--endpoints", "x", "--audit-log", "audit.log"); code != 0 || errs != "" {
		t.Errorf("an empty log of a running API server: exit %d: %s", code, errs)
	}
	if _, _, code := withAudit(running(cluster()), "no event\n", "audit.log", "log", "secret", "creds", "-n", "demo", "--endpoints", "x"); code != 0 {
		t.Errorf("one that was found: exit %d", code)
	}
}
