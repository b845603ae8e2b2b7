package attribution

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/evidence/evidencetest"
)

var req = evidencetest.NewRequest

// heard makes the engine hear lines of the log.
func (f *feed) heard(requests ...evidencetest.Request) {
	f.t.Helper()
	tail := audit.NewTail()
	if err := tail.Put([]byte(evidencetest.AuditLines(requests...))); err != nil {
		f.t.Fatal(err)
	}
	f.e.Heard(tail.Take())
}

// again returns what is said of changes that arrived before second s, as "revision writer grade user".
func (f *feed) again(s float64) (out []string) {
	for _, a := range f.e.Again(at(s)) {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", a.Mod, a.Writer, a.Confidence, a.User)))
	}
	return out
}

// TestRecheck: lines of the log that come after the change describe it, and not before all of them had time to come.
func TestRecheck(t *testing.T) {
	own := mf("x/Update 1", `"f:data":{"f:a":{},"f:b":{}}`)
	start := func() (*feed, int64) {
		f := newFeed(t)
		f.e.Follow()
		f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1","b":"1"}`, own))
		f.put("configmaps/demo/o", object("ConfigMap", "demo", "o", `"creationTimestamp":"2026-01-02T10:02:04Z"`, "", mf("x/Update 4", `"f:data":{}`)))
		rev := f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, own))
		f.e.Arrived(rev, at(5.3))
		v := f.verdicts()
		f.want(v[rev], "unknown other", "only removals")
		return f, rev
	}
	alice := req("patch", "configmaps/c", "alice", evidencetest.Kubectl, 5.1, 5.2, 0, "kubectl-edit")
	bob := req("patch", "configmaps/c", "bob", "bot/1", 5.15, 5.25, 0, "")
	for _, c := range []struct {
		name           string
		before, late   []evidencetest.Request // that are heard before the change is settled, and after it
		first, settled string
	}{
		{"one by time", []evidencetest.Request{alice}, nil, "4 kubectl likely alice", ""},
		{"one by time, and two were there in the end", []evidencetest.Request{bob, alice}, nil, "", ""},
		{"by its answer", []evidencetest.Request{req("patch", "configmaps/c", "alice", evidencetest.Kubectl, 5.1, 5.2, 4, "kubectl-edit"), bob}, nil, "4 kubectl certain alice", ""},
		{"after all others", nil, []evidencetest.Request{alice}, "", "4 kubectl likely alice"},
		{"heard twice", []evidencetest.Request{alice, alice}, nil, "4 kubectl likely alice", ""},
		{"came after the change had been seen", []evidencetest.Request{req("patch", "configmaps/c", "bob", "bot/1", 6.1, 6.2, 0, "")}, nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, rev := start()
			if len(c.before) > 0 {
				f.heard(c.before[:1]...)
			}
			if got := f.again(5.2); got != nil {
				t.Errorf("before revision %d is settled: %q", rev, got)
			}
			f.heard(c.before...)
			if got := strings.Join(f.again(6.4), ", "); got != c.first {
				t.Errorf("got %q, want %q", got, c.first)
			}
			f.heard(c.late...)
			if got := strings.Join(f.again(7), ", "); got != c.settled {
				t.Errorf("later: got %q, want %q", got, c.settled)
			}
			if got := f.again(9); got != nil {
				t.Errorf("told twice: %q", got)
			}
		})
	}
}

// TestRecheckIsBounded: changes that no request comes for are dropped, the oldest first.
func TestRecheckIsBounded(t *testing.T) {
	f := newFeed(t)
	f.e.Follow()
	own := mf("x/Update 1", `"f:data":{"f:a":{}}`)
	for i := range maxRecheck + 50 {
		f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", fmt.Sprintf(`"data":{"a":"%d"}`, i), own))
		f.e.Arrived(f.Revision, at(float64(i)/100))
		f.e.Take(true)
	}
	big := strings.Repeat("x", 1<<20)
	if n := len(f.e.recheck.list); n != maxRecheck || f.e.recheck.list[0].Mod != 52 {
		t.Errorf("%d are kept from revision %d on", n, f.e.recheck.list[0].Mod)
	}
	for i := range 12 {
		f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", fmt.Sprintf(`"data":{"a":"%s%d"}`, big, i), own))
		f.e.Take(true)
	}
	if len(f.e.recheck.list) > 8 || f.e.recheck.bytes > maxRecheckBytes {
		t.Errorf("%d are kept, %d bytes", len(f.e.recheck.list), f.e.recheck.bytes)
	}
}
