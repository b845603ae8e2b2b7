package print

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// managed is the field entry of a manager over one field of a spec, with its time.
func managedBy(manager, field string, at time.Time) string {
	return fmt.Sprintf(`"managedFields":[{"manager":%q,"operation":"Update","apiVersion":"apps/v1","time":%q,"fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:%s":{}}}}]`, manager, at.Format(time.RFC3339), field)
}

// contested is a Deployment whose replicas two writers keep setting back, one that converged after a while, and a
// ReplicaSet that was deleted with its owner.
func contested() (ops []sourcetest.Op) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range 8 {
		who, n := "argocd-controller", 3
		if i%2 == 1 {
			who, n = "hpa-tool", 5
		}
		ops = append(ops, put("/registry/deployments/shop/web", "apps/v1", "Deployment", managedBy(who, "replicas", start.Add(time.Duration(i)*10*time.Second))+fmt.Sprintf(`,"generation":%d`, i+1), fmt.Sprintf(`,"spec":{"replicas":%d}`, n))) // 2 to 9
	}
	slow := func(observed, ready int) sourcetest.Op {
		return put("/registry/deployments/shop/slow", "apps/v1", "Deployment", `"generation":1`, fmt.Sprintf(`,"spec":{"replicas":1},"status":{"observedGeneration":%d,"replicas":1,"updatedReplicas":1,"readyReplicas":%d,"availableReplicas":%d}`, observed, ready, ready))
	}
	return append(ops, slow(0, 0), slow(1, 0), slow(1, 1), // 10 to 12
		put("/registry/replicasets/shop/rs", "apps/v1", "ReplicaSet", `"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"slow","uid":"uid-slow","controller":true}]`, `,"spec":{"replicas":0}`), // 13
		configMap("c", "", ""),                             // 14
		sourcetest.Delete("/registry/replicasets/shop/rs"), // 15
		sourcetest.Delete("/registry/configmaps/demo/c"))   // 16
}

// parts are the lines of a report by the part that they belong to.
func parts(list []map[string]any) map[string][]map[string]any {
	out := map[string][]map[string]any{}
	for _, o := range list {
		out[fmt.Sprint(o["report"])] = append(out[fmt.Sprint(o["report"])], o)
	}
	return out
}

// TestReportJSON: each line names its part, and has the fields of that.
func TestReportJSON(t *testing.T) {
	p := parts(printed(t, file(contested(), 0), 0, "report", "--limit", "0"))
	for part, must := range map[string]string{
		"waiting": "report key kind namespace name weight why since", "fight": "report key path sides undone from to", "converged": "report key until since",
		"writer": "report count sure lastMinute most mostCount lastRevision", "hotObject": "report key count", "hotField": "report kind path count", "deleted": "report key revision lastRevision owned",
	} {
		if len(p[part]) == 0 {
			t.Errorf("there is no %s", part)
			continue
		}
		for _, f := range strings.Fields(must) {
			if _, ok := p[part][0][f]; !ok {
				t.Errorf("%s has no %s: %v", part, f, p[part][0])
			}
		}
	}
	if f := p["fight"]; len(f) != 1 || f[0]["path"] != ".spec.replicas" || f[0]["name"] != "web" || len(f[0]["sides"].([]any)) != 2 {
		t.Errorf("the fight is %v", f)
	}
	if c := p["converged"]; len(c) != 1 || fmt.Sprint(c[0]["name"], c[0]["since"], " ", c[0]["until"]) != "slow10 12" {
		t.Errorf("what converged is %v", c)
	}
	if d := p["deleted"]; len(d) != 2 || d[0]["key"] != "/registry/configmaps/demo/c" || d[0]["owned"] != false || d[1]["owned"] != true || fmt.Sprint(d[1]["lastRevision"]) != "13" || d[0]["writer"] != nil {
		t.Errorf("what is deleted, the newest first: %v", d)
	}
}

// TestReportText: a part that is empty has no title; what an owner had made is not listed as lost.
func TestReportText(t *testing.T) {
	stdout, stderr, code := run(t, file(contested(), 0), "report")
	for _, want := range []string{"argocd-controller wants 3", "hpa-tool wants 5", "deployments/slow -n shop", "configmaps/c -n demo"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	_, deleted, _ := strings.Cut(stdout, "\nDeleted")
	if code != 0 || stderr != "" || strings.Contains(deleted, "replicasets/rs") || !strings.Contains(deleted, "  not known                   configmaps/c -n demo  last version 14") {
		t.Errorf("exit %d, %q\n%s", code, stderr, stdout)
	}
	stdout, _, _ = run(t, file([]sourcetest.Op{configMap("c", "", "")}, 0), "report")
	for _, none := range []string{"Not converged", "Fights", "Converged", "Deleted", "Clocks"} {
		if strings.Contains(stdout, none) {
			t.Errorf("an empty part %q in\n%s", none, stdout)
		}
	}
}

// TestReportLimit: a part is cut at the limit, says so in its title, and 0 is no limit.
func TestReportLimit(t *testing.T) {
	var ops []sourcetest.Op
	for i := range 20 {
		ops = append(ops, put(fmt.Sprintf("/registry/pods/demo/p%02d", i), "v1", "Pod", "", `,"spec":{"containers":[{"name":"c","image":"i"}]},"status":{"phase":"Pending"}`))
	}
	src := file(ops, 0)
	for limit, want := range map[string]int{"": 15, "--limit 3": 3, "--limit 0": 20, "--limit 100": 20} {
		p := parts(printed(t, src, 0, append([]string{"report"}, strings.Fields(limit)...)...))
		if len(p["waiting"]) != want {
			t.Errorf("%q: %d lines, want %d", limit, len(p["waiting"]), want)
		}
		if n := len(p["hotObject"]); n != want {
			t.Errorf("%q: %d busy objects, want %d", limit, n, want)
		}
		stdout, _, _ := run(t, src, append([]string{"report"}, strings.Fields(limit)...)...)
		if cut := fmt.Sprintf("(%d of 20)", want); strings.Contains(stdout, cut) != (want < 20) {
			t.Errorf("%q: is it cut, %q:\n%s", limit, cut, stdout)
		}
	}
}

// TestReportBounds: --since, --until and -n bound what is counted; what is as it should not be is that of the end.
func TestReportBounds(t *testing.T) {
	src := file(contested(), 0)
	for args, want := range map[string]string{"--since 14": "3", "--since 9 --until 9": "1", "--until 3": "2", "-n demo": "2", "-n shop": "13"} {
		n := 0
		for _, w := range parts(printed(t, src, 0, append([]string{"report"}, strings.Fields(args)...)...))["writer"] {
			var c int
			fmt.Sscan(fmt.Sprint(w["count"]), &c)
			n += c
		}
		if fmt.Sprint(n) != want {
			t.Errorf("%s: %d writes, want %s", args, n, want)
		}
	}
	if _, stderr, code := run(t, src, "report", "-n", "none"); code != exitNo || !strings.Contains(stderr, "no change in namespace none") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

// TestReportLive: of a live store the present is told, and how to have the rest; a past that is not read cannot be bounded.
func TestReportLive(t *testing.T) {
	p := parts(printed(t, running(cluster()), 0, "report"))
	if len(p["waiting"]) == 0 || len(p["writer"])+len(p["deleted"]) != 0 {
		t.Errorf("%v", p)
	}
	_, stderr, _ := run(t, running(cluster()), "report")
	if !strings.Contains(stderr, "--recall") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("%q", stderr)
	}
	for _, flag := range []string{"--since", "--until"} {
		ends(t, running(cluster()), "report "+flag+" 5", exitUsage, "add --recall")
	}
	want := parts(printed(t, file(cluster(), 0), 0, "report"))
	if got := parts(printed(t, recallable(cluster(), etcdsource.Cost{}), 0, "report", "--recall")); len(got["writer"]) != len(want["writer"]) || len(got["deleted"]) != len(want["deleted"]) {
		t.Errorf("recalled: %v, want %v", got, want)
	}
	if p := parts(printed(t, running(cluster()), 0, "report", "-n", "other")); len(p["waiting"]) != 1 || p["waiting"][0]["namespace"] != "other" {
		t.Errorf("of one namespace: %v", p)
	}
}

// TestDurationsOfReports are as exact as it is of use.
func TestDurationsOfReports(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "0s", 1234567 * time.Microsecond: "1.23s", 12*time.Second + 400*time.Millisecond: "12s", 90 * time.Second: "90s"} {
		if got := lasted(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	if times(1) != "once" || times(2) != "2 times" || times(0) != "0 times" {
		t.Error(times(1), times(2), times(0))
	}
	if when(time.Time{}) != "" || when(time.Unix(0, 0)) != "1970-01-01T00:00:00Z" {
		t.Error(when(time.Unix(0, 0)))
	}
}

// TestKeep: other namespaces are left out without being counted, and what is beyond the limit is counted.
func TestKeep(t *testing.T) {
	t.Parallel()
	list := []string{"a", "b", "a", "a"}
	self := func(s *string) string { return *s }
	for _, c := range []struct {
		r          reporter
		ns         func(*string) string
		kept, more int
	}{
		{reporter{}, self, 4, 0}, {reporter{limit: 2}, self, 2, 2}, {reporter{ns: "a"}, self, 3, 0}, {reporter{ns: "a", limit: 1}, self, 1, 2}, {reporter{ns: "b", limit: 1}, self, 1, 0}, {reporter{ns: "a", limit: 3}, nil, 3, 1},
	} {
		if kept, more := keep(&c.r, list, c.ns); len(kept) != c.kept || more != c.more {
			t.Errorf("%+v: %d and %d more, want %d and %d", c.r, len(kept), more, c.kept, c.more)
		}
	}
}

// TestNamespaceOf: an object belongs to its namespace, and a Namespace to itself.
func TestNamespaceOf(t *testing.T) {
	r := reporter{s: opened(t, file(cluster(), 0))}
	for key, want := range map[string]string{podKey: "demo", "/registry/namespaces/demo": "demo", "/registry/minions/node-a": "", "compact_rev_key": "", widgetKey: "demo"} {
		if got := r.namespaceOf(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if got := r.called("odd\x1b"); got != "odd␛" {
		t.Errorf("a foreign key is called %q", got)
	}
}

// TestReportGap: what is not held is named, and what was kept from before it is told apart from the history that is counted.
func TestReportGap(t *testing.T) {
	ops := append(workload(), put("/registry/configmaps/shop/c", "v1", "ConfigMap", "", `,"data":{"a":"2"}`)) // 8
	for compacted, want := range map[int64]string{0: "[] kept , written 7 times", 5: "[map[from:1 to:4]] kept 4, written 3 times", 8: "[map[from:1 to:7]] kept 6, written 0 times"} {
		stdout, stderr, code := run(t, file(ops, compacted), "report", "--from", "x.db", "-o", "json")
		gaps, kept, written := []any{}, "", int64(0)
		for _, l := range objects(t, stdout) {
			switch l["report"] {
			case "gap":
				gaps = append(gaps, l["gap"])
			case "kept":
				kept = fmt.Sprint(l["count"])
			case "hotObject":
				n, _ := l["count"].(json.Number).Int64()
				written += n
			}
		}
		if got := fmt.Sprintf("%v kept %s, written %d times", gaps, kept, written); code != 0 || got != want {
			t.Errorf("compacted at %d: exit %d, %s, want %s\n%s", compacted, code, got, want, stderr)
		}
		text, _, _ := run(t, file(ops, compacted), "report", "--from", "x.db")
		if strings.Contains(text, "The gap:") != (compacted > 0) {
			t.Errorf("compacted at %d:\n%s", compacted, text)
		}
	}
}
