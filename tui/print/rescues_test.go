package print

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// workload is a Deployment with its ReplicaSet and Pod, what they need, and an Event.
func workload() []sourcetest.Op {
	ownedBy := func(kind, name string) string {
		return `"ownerReferences":[{"apiVersion":"apps/v1","kind":"` + kind + `","name":"` + name + `","uid":"uid-` + name + `","controller":true}]`
	}
	return []sourcetest.Op{
		put("/registry/pods/shop/web-1-x", "v1", "Pod", ownedBy("ReplicaSet", "web-1"), `,"spec":{"containers":[{"name":"web","image":"nginx"}]}`), // 2
		put("/registry/replicasets/shop/web-1", "apps/v1", "ReplicaSet", ownedBy("Deployment", "web"), `,"spec":{"replicas":1}`),                   // 3
		put("/registry/deployments/shop/web", "apps/v1", "Deployment", "", `,"spec":{"replicas":1}`),                                               // 4
		put("/registry/configmaps/shop/c", "v1", "ConfigMap", "", `,"data":{"a":"1"}`),                                                             // 5
		put("/registry/namespaces/shop", "v1", "Namespace", "", ""),                                                                                // 6
		put("/registry/events/shop/e", "v1", "Event", "", `,"involvedObject":{"kind":"Pod","name":"web-1-x","uid":"uid-web-1-x"}`),                 // 7
	}
}

// kindsOf are the kinds of objects in their order.
func kindsOf(list []map[string]any) string {
	var out []string
	for _, o := range list {
		out = append(out, fmt.Sprint(o["kind"]))
	}
	return strings.Join(out, " ")
}

// TestRescueOrder: objects come in an order that applies, and what an owner in the output recreates can be left out.
func TestRescueOrder(t *testing.T) {
	src := file(workload(), 0)
	for args, want := range map[string]string{
		"rescue -n shop --from x.db":                                 "Namespace ConfigMap Deployment",
		"rescue -n shop --owned --from x.db":                         "Namespace ConfigMap Pod ReplicaSet Deployment",
		"rescue pod/web-1-x deploy/web -n shop --from x.db":          "Pod Deployment",
		"rescue pods -n shop --from x.db":                            "Pod",
		"rescue -n shop --no-owned --from x.db":                      "Namespace ConfigMap Deployment",
		"rescue deploy/web -n shop --from x.db":                      "Deployment",
		"rescue --owner deploy/web -n shop --from x.db":              "Pod ReplicaSet Deployment",
		"rescue --owner deploy/web -n shop --no-owned --from x.db":   "Deployment",
		"rescue cm/c deploy/web -n shop --from x.db":                 "ConfigMap Deployment",
		"rescue cm -n shop --from x.db":                              "ConfigMap",
		"rescue cm,deploy -A --from x.db":                            "ConfigMap Deployment",
		"rescue /registry/replicasets/ --from x.db":                  "ReplicaSet",
		"rescue -n shop --rev 4 --no-owned --from x.db":              "Deployment",
		"rescue --owner rs/web-1 -n shop --rev 3 --from x.db":        "Pod ReplicaSet",
		"rescue --owner /registry/replicasets/shop/web-1 --from x.d": "Pod ReplicaSet",
	} {
		if got := kindsOf(printed(t, src, 0, strings.Fields(args)...)); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
	_, stderr, _ := run(t, src, "rescue", "-n", "shop", "--no-owned", "--from", "x.db")
	for _, want := range []string{"only record what happened: events (1)", "make them again (--owned includes them): pods web-1-x\n", "replicasets.apps web-1\n", "left out of each object: status"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("what was left out is listed: no %q in %q", want, stderr)
		}
	}
	if _, stderr, code := run(t, src, strings.Fields("rescue -n shop --owned --no-owned --from x.db")...); code != exitUsage || !strings.Contains(stderr, "owned") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

// TestRescueDeleted: what is deleted comes back as it was last; of a deleted owner, all that belonged to it then.
func TestRescueDeleted(t *testing.T) {
	ops := workload()
	for _, key := range []string{"/registry/deployments/shop/web", "/registry/replicasets/shop/web-1", "/registry/pods/shop/web-1-x", "/registry/configmaps/shop/c", "/registry/namespaces/shop"} {
		ops = append(ops, sourcetest.Delete(key)) // 8 to 12
	}
	src := file(ops, 0)
	for args, want := range map[string]string{
		"rescue deploy/web -n shop --from x.db":         "Deployment",
		"rescue --owner deploy/web -n shop --from x.db": "Pod ReplicaSet Deployment",
		"rescue deploy/web cm/c -n shop --from x.db":    "ConfigMap Deployment",
		"rescue -n shop --rev 7 --no-owned --from x.db": "Namespace ConfigMap Deployment",
	} {
		if got := kindsOf(printed(t, src, 0, strings.Fields(args)...)); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
	_, stderr, code := run(t, src, "rescue", "-n", "shop", "--from", "x.db")
	if code != exitNo || !strings.Contains(stderr, "namespace shop is deleted") || !strings.Contains(stderr, "--rev 6") || !strings.Contains(stderr, "all that is there was left out") {
		t.Errorf("the revision of a deleted namespace is named: exit %d, %q", code, stderr)
	}
	for args, says := range map[string]string{
		"rescue cm/c -n shop --rev 4 --from x.db":  "at revision 4",
		"rescue cm/never -n shop --from x.db":      "none that was deleted",
		"rescue -n nowhere --from x.db":            "nothing is there",
		"rescue cm/c -n shop --rev 11 --from x.db": "last at revision 5",
	} {
		if _, stderr, code := run(t, src, strings.Fields(args)...); code != exitNo || !strings.Contains(stderr, says) {
			t.Errorf("%s: exit %d, %q", args, code, stderr)
		}
	}
}

// TestRescueForeign: what is no object cannot be applied: it is left out, and named.
func TestRescueForeign(t *testing.T) {
	src := file(append(workload(), sourcetest.Put("foreign", "1"), sourcetest.Put("/registry/configmaps/shop/broken", "k8s\x00\xff")), 0)
	stdout, stderr, _ := run(t, src, "rescue", "foreign", "--from", "x.db")
	if stdout != "" || !strings.Contains(stderr, "leave out foreign") {
		t.Errorf("%q, %q", stdout, stderr)
	}
	src = file(append(workload(), sourcetest.Put("/registry/configmaps/shop/broken", "k8s\x00\xff"),
		sourcetest.Put("/registry/configmaps/shop/other", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"another","namespace":"shop"}}`)), 0)
	stdout, stderr, code := run(t, src, "rescue", "cm", "-n", "shop", "--from", "x.db")
	if strings.Count(stdout, "kind:") != 1 || code != exitNo || !strings.Contains(stderr, "left out /registry/configmaps/shop/broken, which cannot be brought back: malformed protobuf envelope") ||
		!strings.Contains(stderr, "left out /registry/configmaps/shop/other, which cannot be brought back: the value is another object: it calls itself shop/another") || !strings.Contains(stderr, "2 values that cannot be read were not printed") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	src = file(append(workload(), sourcetest.Put("/registry/configmaps/shop/broken", "k8s\x00\xff"),
		sourcetest.Put("/registry/secrets/shop/s", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"shop"},"data":{"p":"YQ=="}}`)), 0)
	for _, args := range [][]string{{"-n", "shop"}, {"cm/broken", "secret/s", "-n", "shop"}} {
		_, stderr, code = run(t, src, append(append([]string{"rescue"}, args...), "--from", "x.db")...)
		if code != exitNo || !strings.Contains(stderr, "1 value that cannot be read was not printed") || !strings.Contains(stderr, "print a Secret: it would show secret values, which are masked; add --reveal") {
			t.Errorf("%v, a Secret beside it: exit %d, %q", args, code, stderr)
		}
	}
}

// rescued rescues from one source and compares with another, the live one.
func rescued(t *testing.T, then, now []sourcetest.Op, args string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err strings.Builder
	code = Execute(t.Context(), strings.Fields(args), strings.NewReader(""), &out, &err, Funcs{
		Open: func(_ context.Context, o OpenOptions) (Opened, error) {
			if o.Path != "" {
				return Opened{Source: file(then, 0)}, nil
			}
			return Opened{Source: running(now)}, nil
		},
	})
	return out.String(), err.String(), code
}

// TestRescueTellsLive: with --endpoints, stderr says of each object whether it is missing there, differs, or is the same;
// stdout stays what is to be applied, and nothing of a Secret is shown.
func TestRescueTellsLive(t *testing.T) {
	then := append(workload(), put("/registry/secrets/shop/s", "v1", "Secret", "", `,"data":{"p":"aHVudGVyMg=="}`))
	now := []sourcetest.Op{put("/registry/configmaps/shop/c", "v1", "ConfigMap", `"resourceVersion":"9"`, `,"data":{"a":"2"}`), put("/registry/deployments/shop/web", "apps/v1", "Deployment", "", `,"spec":{"replicas":1},"status":{"replicas":1}`),
		put("/registry/secrets/shop/s", "v1", "Secret", "", `,"data":{"p":"b3RoZXI="}`), put("/registry/namespaces/shop", "v1", "Namespace", "", "")}
	stdout, stderr, code := rescued(t, then, now, "rescue -n shop --no-owned --reveal --from x.db --endpoints e")
	lines := words(stderr)
	for _, want := range []string{"~ configmaps/c -n shop", "~ .data.a: 2 → 1", "~ secrets/s -n shop", "= 2 objects the same in the live store"} {
		if !has(lines, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	if code != 0 || strings.Contains(stderr, "aHVudGVyMg") || strings.Contains(stderr, "b3RoZXI") || !strings.Contains(stdout, "aHVudGVyMg==") || strings.Contains(stdout, "same") {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	_, stderr, _ = rescued(t, then, now[1:], "rescue cm/c -n shop --from x.db --endpoints e")
	if !has(words(stderr), "+ configmaps/c -n shop is not in the live store") {
		t.Errorf("%q", stderr)
	}
	if stdout, stderr, code := rescued(t, then, []sourcetest.Op{sourcetest.Put("x", "1")}, "rescue cm/c -n shop --from x.db --endpoints e -o json"); code != 0 || len(objects(t, stdout)) != 1 || stderr == "" {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

// TestRescueLiveFails: a live store that cannot be opened ends the command before anything is printed.
func TestRescueLiveFails(t *testing.T) {
	var out, errs strings.Builder
	code := Execute(t.Context(), strings.Fields("rescue cm/c -n shop --from x.db --endpoints e"), nil, &out, &errs, Funcs{
		Open: func(_ context.Context, o OpenOptions) (Opened, error) {
			if o.Path != "" {
				return Opened{Source: file(workload(), 0)}, nil
			}
			return Opened{}, &etcdsource.Problem{Tried: "connect to e", Why: "connection refused"}
		},
	})
	if code != exitSource || out.String() != "" || errs.String() != "etcdscope: connect to e: connection refused\n" {
		t.Errorf("exit %d, %q, %q", code, out.String(), errs.String())
	}
}

// TestRescueListsOmissions: stderr names every object of a namespace that is not printed, and what must be known before the
// others are applied; --jobs and --owned take in what they say.
func TestRescueListsOmissions(t *testing.T) {
	src := file([]sourcetest.Op{
		put("/registry/namespaces/shop", "v1", "Namespace", "", ""),
		put("/registry/jobs/shop/once", "batch/v1", "Job", "", `,"status":{"conditions":[{"type":"Complete","status":"True"}]}`),
		put("/registry/pods/shop/once-x", "v1", "Pod", `"ownerReferences":[{"apiVersion":"batch/v1","kind":"Job","name":"once","uid":"uid-once"}]`, `,"status":{"phase":"Succeeded"}`),
		put("/registry/persistentvolumeclaims/shop/data", "v1", "PersistentVolumeClaim", "", `,"spec":{"volumeName":"pv-7"}`),
		put("/registry/configmaps/shop/going", "v1", "ConfigMap", `"deletionTimestamp":"2026-01-02T03:04:05Z"`, ""),
		put("/registry/statefulsets/shop/db", "apps/v1", "StatefulSet", "", ""),
		put("/registry/persistentvolumeclaims/shop/own", "v1", "PersistentVolumeClaim", `"ownerReferences":[{"apiVersion":"apps/v1","kind":"StatefulSet","name":"db","uid":"uid-db"}]`, `,"spec":{"volumeName":"pv-8"}`),
	}, 0)
	for _, c := range []struct{ args, kinds, says string }{
		{"", "Namespace ConfigMap PersistentVolumeClaim StatefulSet", "jobs.batch once|pods once-x|persistentvolumeclaims own|keep spec.volumeName: pv-7|pv-8|configmap/going: it was being deleted"},
		{" --jobs", "Namespace ConfigMap PersistentVolumeClaim StatefulSet Job", "pods once-x|job.batch/once: it has ended (Complete): applied, it runs again"},
		{" --owned", "Namespace ConfigMap PersistentVolumeClaim PersistentVolumeClaim StatefulSet", "jobs.batch once|pods once-x"},
		{" --owned --jobs", "Namespace ConfigMap PersistentVolumeClaim PersistentVolumeClaim Pod StatefulSet Job", "keep spec.volumeName: pv-8"},
	} {
		args := strings.Fields("rescue -n shop -o json --from x.db" + c.args)
		stdout, stderr, code := run(t, src, args...)
		if got := kindsOf(objects(t, stdout)); code != 0 || got != c.kinds {
			t.Errorf("%q: exit %d, %s, want %s", c.args, code, got, c.kinds)
		}
		for want := range strings.SplitSeq(c.says, "|") {
			if !strings.Contains(stderr, want) {
				t.Errorf("%q: no %q in\n%s", c.args, want, stderr)
			}
		}
	}
}

// TestRescueNamespaceBeforeItsDeletion: the revision that is named is the one before the namespace was marked: by the time it
// went, so had all that was in it.
func TestRescueNamespaceBeforeItsDeletion(t *testing.T) {
	marked := `"deletionTimestamp":"2026-01-02T03:04:05Z"`
	ops := append(workload(), put("/registry/namespaces/shop", "v1", "Namespace", marked, ""), sourcetest.Delete("/registry/configmaps/shop/c"), // 8, 9
		put("/registry/namespaces/shop", "v1", "Namespace", marked, `,"spec":{}`)) // 10
	_, stderr, code := run(t, file(ops, 0), "rescue", "-n", "shop", "--from", "x.db")
	if code != 0 || !strings.Contains(stderr, "was being deleted since revision 8") || !strings.Contains(stderr, "add --rev 7 ") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	for _, key := range []string{"/registry/deployments/shop/web", "/registry/replicasets/shop/web-1", "/registry/pods/shop/web-1-x", "/registry/namespaces/shop"} {
		ops = append(ops, sourcetest.Delete(key))
	}
	_, stderr, code = run(t, file(ops, 0), "rescue", "-n", "shop", "--from", "x.db")
	if code != exitNo || !strings.Contains(stderr, "its deletion began at revision 8: add --rev 7 ") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if got := kindsOf(printed(t, file(ops, 0), 0, "rescue", "-n", "shop", "--rev", "7", "--from", "x.db")); got != "Namespace ConfigMap Deployment" {
		t.Errorf("at revision 7: %s", got)
	}
}
