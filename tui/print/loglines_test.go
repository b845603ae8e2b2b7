package print

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/attribution"
)

// configMap is a ConfigMap of the namespace demo, with metadata and a rest.
func configMap(name, meta, rest string) sourcetest.Op {
	return put("/registry/configmaps/demo/"+name, "v1", "ConfigMap", meta, rest)
}

// TestLogJSON: the fields of a change are those of the contract; what is not known is left out, and what is known to be
// none is there: the group of the core, the namespace of an object of the cluster, the controller of a plain writer.
func TestLogJSON(t *testing.T) {
	const object = "apiVersion aspect bytes confidence evidence group index key kind name namespace resource revision summary time timeFrom type version"
	list := printed(t, file(cluster(), 0), 0, "log")
	for _, c := range []struct {
		rev    int
		fields string
		values map[string]string
	}{
		{4, object, map[string]string{"type": "created", "kind": "Pod", "resource": "pods", "namespace": "demo", "name": "nginx", "group": "", "apiVersion": "v1", "version": "1", "index": "0", "confidence": "unknown"}},
		{5, object, map[string]string{"kind": "Node", "resource": "nodes", "namespace": "", "name": "node-a"}},
		{6, object + " controller writer", map[string]string{"type": "updated", "writer": "kube-scheduler", "controller": "", "confidence": "likely", "aspect": "spec", "summary": "assigned to node-a", "version": "2"}},
		{10, object, map[string]string{"group": "shop.example.com", "apiVersion": "shop.example.com/v1", "kind": "Widget", "resource": "widgets"}},
		{12, object, map[string]string{"aspect": "heartbeat", "kind": "Lease", "group": "coordination.k8s.io"}},
		{13, strings.Replace(strings.Replace(object, "bytes ", "", 1), " version", "", 1), map[string]string{"type": "deleted", "aspect": "delete", "name": "alpha"}},
		{14, "aspect bytes confidence controller evidence index key revision summary time timeFrom type version writer", map[string]string{"writer": "kube-apiserver", "confidence": "certain"}},
		{15, "aspect bytes confidence evidence index key keyBase64 revision summary time timeFrom type version", map[string]string{"key": "odd/\\xff\x1b[31m", "keyBase64": "b2RkL/8bWzMxbQ=="}},
	} {
		found := false
		for _, o := range list {
			if fmt.Sprint(o["revision"]) != fmt.Sprint(c.rev) {
				continue
			}
			found = true
			want := map[string]bool{}
			for _, f := range strings.Fields(c.fields) {
				want[f] = true
			}
			for f := range o {
				if !want[f] {
					t.Errorf("revision %d has %s: %v", c.rev, f, o[f])
				}
			}
			for f := range want {
				if _, ok := o[f]; !ok {
					t.Errorf("revision %d has no %s", c.rev, f)
				}
			}
			for f, v := range c.values {
				if fmt.Sprint(o[f]) != v {
					t.Errorf("revision %d: %s is %v, want %s", c.rev, f, o[f], v)
				}
			}
		}
		if !found {
			t.Errorf("revision %d is not printed", c.rev)
		}
	}
}

// TestLogTransaction: several keys of one transaction share its revision and count up in index.
func TestLogTransaction(t *testing.T) {
	var got []string
	for _, o := range printed(t, file(cluster(), 0), 0, "log", "two/") {
		got = append(got, fmt.Sprint(o["revision"], " ", o["index"], " ", o["key"], " ", o["type"]))
	}
	if want := "16 0 two/a created, 16 1 two/b created, 19 0 two/a deleted"; strings.Join(got, ", ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestLogChanges: --changes names the fields that differ, by merge keys, with both values; of a creation and a deletion
// there are none, and managedFields and resourceVersion are no changes.
func TestLogChanges(t *testing.T) {
	managed := func(rev string) string {
		return `"resourceVersion":"` + rev + `","labels":{"a.b/c":"` + rev + `"},"managedFields":[{"manager":"m` + rev + `","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{}}}]`
	}
	pod := func(meta, image string) sourcetest.Op {
		return put(podKey, "v1", "Pod", meta, `,"spec":{"containers":[{"name":"side","image":"x"},{"name":"web","image":"`+image+`"}]}`)
	}
	ops := []sourcetest.Op{pod(managed("1"), "nginx:1"), pod(managed("2"), "nginx:2"), pod(managed("2"), "nginx:2"), sourcetest.Delete(podKey),
		configMap("c", "", `,"data":{"a":"1","gone":"x"}`), configMap("c", "", `,"data":{"a":"1","new":"y"}`)}
	list := printed(t, file(ops, 0), 0, "log", "--changes")
	for i, want := range []string{
		"<nil>",
		`[map[new:2 old:1 op:replace path:.metadata.labels["a.b/c"]] map[new:nginx:2 old:nginx:1 op:replace path:.spec.containers[name=web].image]]`,
		"[]", "<nil>", "<nil>",
		"[map[old:x op:remove path:.data.gone] map[new:y op:add path:.data.new]]",
	} {
		if got := fmt.Sprint(list[i]["changes"]); got != want {
			t.Errorf("line %d: %s, want %s", i+1, got, want)
		}
	}
	stdout, _, _ := run(t, file(ops, 0), "log", "--changes")
	lines := words(stdout)
	for _, want := range []string{"~ .spec.containers[name=web].image: nginx:1 → nginx:2", "− .data.gone: x", "+ .data.new: y"} {
		if !has(lines, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if stdout, _, _ := run(t, file(ops, 0), "log", "-o", "json"); strings.Contains(stdout, `"changes"`) {
		t.Error("they are printed unasked")
	}
}

// TestLogFilters: what is printed is what all filters let through; a filter that leaves nothing is no error, for what was
// named is there.
func TestLogFilters(t *testing.T) {
	for args, want := range map[string]string{
		"log --type deleted":                         "13 19",
		"log --type created,deleted --since 13":      "13 14 15 16 16 17 18 19",
		"log --aspect heartbeat":                     "12",
		"log --aspect create --until 4":              "2 3 4",
		"log --no-noise --since 11 --until 13":       "11 13",
		"log --since 18":                             "18 19",
		"log --until 3":                              "2 3",
		"log --since 7 --until 7":                    "7",
		"log -n demo":                                "4 6 7 8 9 10 13 17",
		"log po -A --type created":                   "4 17 18",
		"log po -n other":                            "18",
		"log secrets/creds -n demo":                  "8 9",
		"log /registry/pods/demo/":                   "4 6 7 17",
		"log /registry/pods --since 17":              "17 18",
		"log " + podKey + " compact_rev_key":         "4 6 7 14",
		"log --writer kube-scheduler,kube-apiserver": "6 14",
		"log --writer unknown --since 18":            "18 19",
		"log --type deleted --until 12":              "",
		"log po -A --since 19":                       "",
	} {
		var revs []string
		stdout, stderr, code := run(t, file(cluster(), 0), append(strings.Fields(args), "-o", "json")...)
		for _, o := range objects(t, stdout) {
			revs = append(revs, fmt.Sprint(o["revision"]))
		}
		if got := strings.Join(revs, " "); code != 0 || got != want || stderr != "" {
			t.Errorf("%s: exit %d, %q, want %q; it said %q", args, code, got, want, stderr)
		}
	}
}

// TestLogNamesWriters: where --writer leaves nothing, those who wrote are named, the busiest first, and not without end.
func TestLogNamesWriters(t *testing.T) {
	_, stderr, code := run(t, file(cluster(), 0), "log", "--writer", "n\x1bobody")
	if code != 0 || !strings.Contains(stderr, "n␛obody") || !strings.Contains(stderr, "kube-apiserver (1), kube-scheduler (1)") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit %d, %q", code, stderr)
	}
	l := logger{app: &app{stderr: &strings.Builder{}, out: &out{}}, others: map[string]int{}}
	for i := range maxOthers + 3 {
		l.others[fmt.Sprintf("w%02d", i)] = i
	}
	l.namesWriters()
	said := l.stderr.(*strings.Builder).String()
	if !strings.Contains(said, "w14 (14), w13 (13)") || !strings.Contains(said, "3 more") || strings.Contains(said, "w02") {
		t.Errorf("it said %q", said)
	}
}

// TestLogCompactedVersions: versions from before the compaction come first and are marked, and the gap is the first line,
// but for who asks for what lies behind it.
func TestLogCompactedVersions(t *testing.T) {
	src := file(cluster(), 8)
	list := printed(t, src, 0, "log")
	if fmt.Sprint(list[0]["gap"]) != "map[from:1 to:7]" || list[0]["reason"] != "compacted" || fieldsOf(list[0]) != "gap reason" {
		t.Errorf("the first line is %v", list[0])
	}
	for _, o := range list[1:] {
		var rev int
		fmt.Sscan(fmt.Sprint(o["revision"]), &rev)
		if kept := o["kept"] == true; kept != (rev <= 8) {
			t.Errorf("revision %d: kept is %v", rev, o["kept"])
		}
	}
	for args, gap := range map[string]bool{"--since 8": false, "--since 7": true, "--until 5": true, "--since 9": false} {
		stdout, _, _ := run(t, src, append([]string{"log", "-o", "json"}, strings.Fields(args)...)...)
		if strings.Contains(stdout, `{"gap"`) != gap {
			t.Errorf("%s: a gap is printed: %v, want %v", args, !gap, gap)
		}
	}
	stdout, _, _ := run(t, src, "log", "secrets", "-A")
	if !strings.HasPrefix(stdout, "     gap  revisions 1 to 7: compacted\n") {
		t.Errorf("as text: %s", stdout)
	}
}

// TestLogText: a line has the revision, the time, the type, kubectl's name, what changed and who wrote it; -o wide names
// the key, and says more of the version and the evidence.
func TestLogText(t *testing.T) {
	for args, want := range map[string]string{
		"log po/nginx -n demo":         "6 2026-01-02T03:04:05Z ~ kube-scheduler updated pods/nginx -n demo assigned to node-a",
		"log compact_rev_key":          "14 2026-01-02T03:04:05Z ✓ kube-apiserver created compact_rev_key",
		"log secrets/creds -n demo":    "8 2026-01-02T03:04:05Z not known created secrets/creds -n demo",
		"log po/nginx -n demo -o wide": "spec.nodeName was set (binding); spec.schedulerName is default-scheduler",
		"log two/":                     "19 ≥2026-01-02T03:04:05Z not known deleted two/a",
		"log two/ --ascii":             "19 >=2026-01-02T03:04:05Z not known deleted two/a",
		"log compact_rev_key --ascii":  "14 2026-01-02T03:04:05Z " + attribution.Certain.Mark(true) + " kube-apiserver created compact_rev_key",
		"log " + leaseKey + " -o wide": "12 2026-01-02T03:15:05Z not known updated /registry/leases/kube-node-lease/node-a renewed version 2, " + fmt.Sprint(len(cluster()[10][0].Value)) + " bytes",
	} {
		stdout, stderr, code := run(t, file(cluster(), 0), strings.Fields(args)...)
		if code != 0 || !has(words(stdout), want) {
			t.Errorf("%s: exit %d, no %q in\n%s%s", args, code, want, stdout, stderr)
		}
	}
}

// TestLogUntrusted: names, managers and values that could steer a terminal come out as pictures or as JSON escapes.
func TestLogUntrusted(t *testing.T) {
	meta := `"managedFields":[{"manager":"m\u001b]0;x\u0007","operation":"Update","apiVersion":"v1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}]`
	ops := []sourcetest.Op{configMap("c", meta, `,"data":{"a":"1"}`), configMap("c", meta, `,"data":{"a":"\u001b[2J\u202e\u009b"}`)}
	for _, args := range []string{"log --changes", "log --changes -o wide", "log --changes -o json", "blame cm/c -n demo", "blame cm/c -n demo -o json", "diff cm/c -n demo", "diff cm/c -n demo -o json", "report", "trace cm/c -n demo"} {
		stdout, stderr, _ := run(t, file(ops, 0), strings.Fields(args)...)
		if strings.ContainsAny(stdout+stderr, "\x1b\a\u202e\u009b") || !strings.Contains(stdout, "c") {
			t.Errorf("%s: %q", args, stdout+stderr)
		}
	}
}

// TestWriterText: the mark of the grade comes first; a controller is named unless it is the writer; a person only with a
// client, for a component acts for itself.
func TestWriterText(t *testing.T) {
	t.Parallel()
	l := logger{app: &app{out: &out{}}}
	for _, c := range []struct {
		v    attribution.Verdict
		want string
	}{
		{attribution.Verdict{}, "  not known"},
		{attribution.Verdict{Writer: "kubelet", Confidence: attribution.Certain}, "✓ kubelet"},
		{attribution.Verdict{Writer: "kube-controller-manager", Controller: "job-controller", Confidence: attribution.Likely}, "~ kube-controller-manager (job-controller)"},
		{attribution.Verdict{Writer: "argocd", Controller: "argocd", Confidence: attribution.Guess}, "? argocd"},
		{attribution.Verdict{Writer: "kubectl", User: "alice", Lane: attribution.LaneClient, Confidence: attribution.Certain}, "✓ kubectl by alice"},
		{attribution.Verdict{Writer: "kubectl", User: "alice", As: "root", Lane: attribution.LaneClient, Confidence: attribution.Certain}, "✓ kubectl by alice as root"},
		{attribution.Verdict{Writer: "kubectl", As: "root", Lane: attribution.LaneClient, Confidence: attribution.Certain}, "✓ kubectl"},
		{attribution.Verdict{Writer: "kubelet", User: "system:node:a", Lane: attribution.LaneKubelet, Confidence: attribution.Certain}, "✓ kubelet"},
	} {
		if got := l.writer(l.out, &c.v); got != c.want {
			t.Errorf("%+v: %q, want %q", c.v, got, c.want)
		}
	}
}

// TestClockTime: a time that is not known takes the room of one, so that columns stay in line.
func TestClockTime(t *testing.T) {
	t.Parallel()
	at := clockTime(time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600)))
	if at != "2026-01-02T02:04:05Z" || clockTime(time.Time{}) != strings.Repeat(" ", len(at)) {
		t.Errorf("%q, %q", at, clockTime(time.Time{}))
	}
}

// TestChangesText: an added, a removed and a replaced field have a sign each, and paths are safe.
func TestChangesText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	o := newOut(&b)
	if err := o.changes("  ", []diff.Change{{Path: ".a", Op: diff.Add, New: "1"}, {Path: ".b\x1b", Op: diff.Remove, Old: int64(2)}, {Path: ".c", Op: diff.Replace, Old: true, New: nil}}); err != nil {
		t.Fatal(err)
	}
	o.close()
	if got, want := b.String(), "  + .a: 1\n  − .b␛: 2\n  ~ .c: true → nothing\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestBudget: so many a second, and again in the next.
func TestBudget(t *testing.T) {
	t.Parallel()
	b, now := budget{perSecond: 2}, time.Unix(100, 0)
	for i, want := range []bool{true, true, false} {
		if b.take(now) != want {
			t.Errorf("the %d. of a second: %v", i+1, !want)
		}
	}
	if !b.take(now.Add(time.Second)) {
		t.Error("none in the next second")
	}
}

// TestFollowFetches: the version before a change that is met first is read from the live store, so that the change can be
// told; what was deleted has none.
func TestFollowFetches(t *testing.T) {
	src := running(cluster())
	pod := cluster()[5][0]
	changed := strings.ReplaceAll(string(pod.Value), "1.27", "1.28")
	src.m.Events = append(src.m.Events, etcdsource.Event{Key: pod.Key, Value: []byte(changed), Create: 4, Mod: 20, Version: 4, Type: etcdsource.Updated})
	src.batches <- etcdsource.Batch{Events: src.m.Events[len(src.m.Events)-1:], Revision: 20}
	close(src.batches)
	list := printed(t, src, 0, "log", "pods", "-A", "--follow", "--changes")
	if len(list) != 2 || !strings.Contains(fmt.Sprint(list[1]["changes"]), "new:nginx:1.28 old:nginx:1.27") {
		t.Errorf("%v", list)
	}
}

// TestLogEdge: the gap before the oldest version of one key of a live store says why it is there.
func TestLogEdge(t *testing.T) {
	for _, c := range []struct {
		edge   etcdsource.Edge
		events []etcdsource.Event
		want   string
	}{
		{etcdsource.Edge{Kind: etcdsource.EdgeCreated, Revision: 9}, nil, ""},
		{etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: 9}, nil, "gap revisions 1 to 8: compacted"},
		{etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: 1}, nil, ""},
		{etcdsource.Edge{Kind: etcdsource.EdgeNotSearched, Revision: 9}, nil, "gap revisions 1 to 8: not searched"},
		{etcdsource.Edge{Kind: etcdsource.EdgeNotSearched, Revision: 9}, []etcdsource.Event{{Mod: 12}, {Mod: 5}}, "gap revisions 1 to 4: not searched"},
		{etcdsource.Edge{Kind: etcdsource.EdgeNotSearched}, []etcdsource.Event{{Mod: 1}}, ""},
	} {
		var b strings.Builder
		l := logger{app: &app{out: newOut(&b)}}
		if err := l.edge(c.edge, c.events); err != nil {
			t.Fatal(err)
		}
		l.out.close()
		if got := strings.Join(words(b.String()), "|"); !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%+v: %q, want %q", c.edge, got, c.want)
		}
	}
}

// TestWalkSince: of one key of a live store, versions are read back to --since and one more, to compare with.
func TestWalkSince(t *testing.T) {
	var ops []sourcetest.Op
	for i := range 9 {
		ops = append(ops, configMap("c", "", fmt.Sprintf(`,"data":{"n":"%d"}`, i)))
	}
	list := printed(t, running(ops), 0, "log", "cm/c", "-n", "demo", "--since", "8", "--until", "9", "--changes")
	if len(list) != 2 || fmt.Sprint(list[0]["changes"]) != "[map[new:6 old:5 op:replace path:.data.n]]" || fmt.Sprint(list[1]["revision"]) != "9" {
		t.Errorf("%v", list)
	}
}
