package print

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestReportTellsClocks: a node whose clock is 40 s ahead is named by a report, and bends no dates; where nothing says
// when exactly a write was made, log says between which times it was.
func TestReportTellsClocks(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var ops []sourcetest.Op
	lease := func(ns, name string, at, seconds time.Time) {
		ops = append(ops, sourcetest.Put("/registry/leases/"+ns+"/"+name, fmt.Sprintf(`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease",`+
			`"metadata":{"name":%q,"namespace":%q,"uid":"u-%s","creationTimestamp":%q,"managedFields":[{"manager":"kubelet","operation":"Update","apiVersion":"coordination.k8s.io/v1",`+
			`"time":%q,"fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:renewTime":{}}}}]},"spec":{"holderIdentity":"%s_1","renewTime":%q}}`,
			name, ns, name, start.Format(time.RFC3339), seconds.Format(time.RFC3339), name, at.Format("2006-01-02T15:04:05.000000Z07:00"))))
	}
	for i := range 40 {
		now := start.Add(time.Duration(i) * 2300 * time.Millisecond)
		lease("kube-system", "kube-controller-manager", now, now)
		lease("kube-system", "kube-scheduler", now.Add(600*time.Millisecond), now.Add(600*time.Millisecond))
		lease("kube-node-lease", "node-a", now.Add(40*time.Second+1200*time.Millisecond), now.Add(1200*time.Millisecond))
	}
	src := file(ops, 0)
	out, _, code := run(t, src, "report")
	if code != 0 || !strings.Contains(out, "Clocks that differ from the one that dates revisions\n  node-a  40s ahead, by ") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	out, _, _ = run(t, src, "report", "-o", "json")
	if !strings.Contains(out, `{"report":"clock","source":"node-a","aheadSeconds":39.`) {
		t.Errorf("as JSON: %s", out)
	}
	ops = append(ops[:1:1], sourcetest.Put("/registry/configmaps/d/x", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","namespace":"d","uid":"u"}}`), ops[len(ops)-3])
	out, _, _ = run(t, file(ops, 0), "log", "cm/x", "-n", "d", "-o", "json")
	if !strings.Contains(out, `"earliest":"2026-01-02T03:04:05`) || !strings.Contains(out, `"latest":"2026-01-02T03:05:3`) {
		t.Errorf("the bounds are printed so: %s", out)
	}
	out, _, _ = run(t, file(ops, 0), "log", "cm/x", "-n", "d", "-o", "wide")
	if !strings.Contains(out, "bytes  between 03:04:05.0 and 03:05:3") {
		t.Errorf("they are printed so: %s", out)
	}
}
