package print

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// story is a store with a pod, its owners, Events of both forms, and a Secret.
func story() []sourcetest.Op {
	event := func(name, more string) sourcetest.Op {
		return sourcetest.Put("/registry/events/shop/"+name, `{"apiVersion":"v1","kind":"Event","metadata":{"name":"`+name+`","namespace":"shop"},`+more+`}`)
	}
	pod := `"involvedObject":{"apiVersion":"v1","kind":"Pod","namespace":"shop","name":"web-1","uid":"u1","fieldPath":"spec.containers{c}"}`
	return []sourcetest.Op{
		sourcetest.Put("/registry/namespaces/shop", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}`),
		sourcetest.Put("/registry/deployments/shop/web", `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"d1"}}`),
		sourcetest.Put("/registry/replicasets/shop/web-a", `{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web-a","namespace":"shop","uid":"r1","ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"d1","controller":true},{"apiVersion":"v1","kind":"ConfigMap","name":"gone","uid":"x"}]}}`),
		sourcetest.Put("/registry/pods/shop/web-1", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"shop","uid":"u1","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"web"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-a","uid":"r1","controller":true}],"managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{}}}]},"spec":{"nodeName":"n1"},"status":{"phase":"Running"}}`),
		sourcetest.Put("/registry/pods/shop/web-2", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-2","namespace":"shop","uid":"u2"},"spec":{"nodeName":"n\u001b[31m"}}`),
		event("b", `"type":"Normal","reason":"Pulled","message":"second ","count":3,"firstTimestamp":"2026-01-01T00:01:00Z","lastTimestamp":"2026-01-01T00:05:00Z","source":{"component":"kubelet"},`+pod),
		event("a", `"type":"Warning","reason":"Failed","message":"first","firstTimestamp":"2026-01-01T00:04:00Z","lastTimestamp":"2026-01-01T00:04:00Z","source":{"component":"kubelet"},`+pod),
		sourcetest.Put("/registry/events/shop/c", `{"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"c","namespace":"shop"},"type":"Normal","reason":"Scaled","note":"third","eventTime":"2026-01-01T00:00:30.500000Z","series":{"count":1,"lastObservedTime":"2026-01-01T00:06:00.000000Z"},"reportingController":"deployment-controller","regarding":{"apiVersion":"apps/v1","kind":"Deployment","namespace":"shop","name":"web","uid":"d1"}}`),
		sourcetest.Put("/registry/events/other/d", `{"apiVersion":"v1","kind":"Event","metadata":{"name":"d","namespace":"other"},"type":"Normal","reason":"X","eventTime":"2026-01-01T00:06:30.000000Z","involvedObject":{"kind":"Pod","namespace":"other","name":"web-1"}}`),
		sourcetest.Put("/registry/secrets/shop/s", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"shop"},"data":{"p":"aHVzaC1odXNo"}}`),
	}
}

// TestEvents: kubectl's columns, the one seen last at the end, of what is asked for.
func TestEvents(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-n shop": `LAST SEEN            TYPE      REASON   OBJECT           MESSAGE
2m30s                Warning   Failed   Pod/web-1        first
90s (x3 over 5m30s)  Normal    Pulled   Pod/web-1        second
30s (x1 over 5m59s)    Normal    Scaled   Deployment/web   third`,
		"-A --no-headers --types warning":   "shop 2m30s Warning Failed Pod/web-1 first",
		"-n shop --for deploy/web -o name":  "event/c",
		"-n shop --for po/web-1 -o name":    "event/a event/b",
		"-A --for pods/web-1 -o name":       "event/a event/b event/d",
		"-n shop --rev 7 -o name":           "event/b",
		"-n other -o wide":                  "LAST SEEN TYPE REASON OBJECT MESSAGE FROM NAME REVISION 0s Normal X Pod/web-1 d 10",
		"-n shop --for deploy/web -o json ": `{"apiVersion":"events.k8s.io/v1","eventTime":"2026-01-01T00:00:30.500000Z","kind":"Event","metadata":{"name":"c","namespace":"shop","resourceVersion":"9"},"note":"third","reason":"Scaled","regarding":{"apiVersion":"apps/v1","kind":"Deployment","name":"web","namespace":"shop","uid":"d1"},"reportingController":"deployment-controller","series":{"count":1,"lastObservedTime":"2026-01-01T00:06:00.000000Z"},"type":"Normal"}`,
	} {
		out, stderr, code := run(t, file(story(), 0), append([]string{"events"}, strings.Fields(args)...)...)
		if got := strings.Join(strings.Fields(out), " "); code != 0 || stderr != "" || got != strings.Join(strings.Fields(want), " ") {
			t.Errorf("%s: exit %d, %q\n%s", args, code, stderr, out)
		}
	}
	for args, want := range map[string]struct {
		code int
		says string
	}{
		"-n none": {1, "namespace none holds none"}, "": {1, "namespace default"}, "-n shop --for x/y": {2, "no such type"}, "-n shop --types Foo": {2, "read --types Foo: the types of Events are Normal and Warning"},
		"-n other --for po/none": {1, "namespace other holds none about po/none; -A instead of -n shows"}, "--for no/n1": {1, "namespace default, which has those about objects without a namespace, holds none about no/n1; -A shows"},
		"--watch-it": {2, "unknown flag"}, "--by x": {2, "--filter by:NAME"}, "--verbs get": {2, "kubectl api-resources --verbs"}, "--for pod": {2, "TYPE/NAME"}, "-A --for po/none": {1, "about po/none"}, "-n x -A": {2, "exclude"},
	} {
		if out, stderr, code := run(t, file(story(), 0), append([]string{"events"}, strings.Fields(args)...)...); code != want.code || out != "" || !strings.Contains(stderr, want.says) {
			t.Errorf("%s: exit %d, %q, %q", args, code, out, stderr)
		}
	}
}

// TestDescribe: fields, owners and theirs, last writers and Events; nothing that steers a terminal; Secrets are masked.
func TestDescribe(t *testing.T) {
	t.Parallel()
	out, stderr, code := run(t, file(story(), 0), "describe", "pod", "web-1", "-n", "shop")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, %q", code, stderr)
	}
	lines := words(out)
	for _, want := range []string{"Name: web-1", "Namespace: shop", "Labels: app=web", "Annotations: <none>", "Kind: Pod", "Status: Running", "Node Name: n1", "Key: /registry/pods/shop/web-1", "Revision: 5",
		"Created: 2026-01-01T00:00:00Z (6m30s ago)", "Owners: ReplicaSet/web-a controls it", "Deployment/web controls ReplicaSet/web-a", "ConfigMap/gone owns ReplicaSet/web-a; it is gone",
		"Type Reason Age From Message", "Warning Failed 2m30s kubelet spec.containers{c}: first", "Normal Pulled 90s (x3 over 5m30s) kubelet spec.containers{c}: second", "Revision Time Writer Type What"} {
		if !has(lines, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if !strings.Contains(out, "kubectl") {
		t.Errorf("the writer is not named:\n%s", out)
	}
	for args, want := range map[string]string{
		"pod web -n shop": "web-2", "pods -n shop": "web-2", "pod/web-2 -n shop": "␛[31m", "secret s -n shop": "***", "/registry/secrets/shop/s": "***", "secret s -n shop --reveal": "aHVzaC1odXNo",
		"pods -A -l app=web": "web-1", "pod web-1 -n shop --rev 5": "Events: <none>", "ns shop": "Written By:", "pod web-1 -n shop -o json": `"owners":[{"apiVersion":"apps/v1","kind":"ReplicaSet"`,
	} {
		out, stderr, code := run(t, file(story(), 0), append([]string{"describe"}, strings.Fields(args)...)...)
		if code != 0 || !strings.Contains(strings.Join(strings.Fields(out), " "), want) || strings.Contains(out, "\x1b") || strings.Contains(out, "aHVz") && !strings.Contains(args, "--reveal") {
			t.Errorf("%s: exit %d, %q\n%s", args, code, stderr, out)
		}
	}
	for args, want := range map[string]struct {
		code int
		says string
	}{
		"": {2, "nothing is named"}, "pod none -n shop": {1, "no such key"}, "pods -n none": {1, "nothing is there"}, "pods -A -l app=x": {1, "none of 2 objects is selected"}, "pod web-1 -n shop --rev 2": {1, "no such key"},
		"pod web-1": {1, "it was looked for in namespace default: add -n NAMESPACE"}, "ns none": {1, "no such key; etcdscope ls and get"},
	} {
		if out, stderr, code := run(t, file(story(), 0), append([]string{"describe"}, strings.Fields(args)...)...); code != want.code || out != "" || !strings.Contains(stderr, want.says) {
			t.Errorf("%s: exit %d, %q, %q", args, code, out, stderr)
		}
	}
	if o := printed(t, running(story()), 0, "describe", "pod", "web-1", "-n", "shop"); len(o) != 1 || len(o[0]["writers"].([]any)) != 1 || len(o[0]["events"].([]any)) != 2 {
		t.Errorf("of a running store: %v", o)
	}
}

// TestAPIResources: kubectl's columns and order, Kubernetes' own types and those of the store.
func TestAPIResources(t *testing.T) {
	t.Parallel()
	src := running(cluster()[:5])
	for args, want := range map[string]string{
		"--api-group shop.example.com":            "NAME SHORTNAMES APIVERSION NAMESPACED KIND widgets wd shop.example.com/v1 true Widget",
		"--api-group shop.example.com -o name":    "widgets.shop.example.com",
		"--api-group apps --no-headers -o wide":   "controllerrevisions apps/v1 true ControllerRevision get,list,watch daemonsets ds apps/v1 true DaemonSet get,list,watch all deployments deploy apps/v1 true Deployment get,list,watch all replicasets rs apps/v1 true ReplicaSet get,list,watch all statefulsets sts apps/v1 true StatefulSet get,list,watch all",
		"--api-group= --namespaced=false -o name": "namespaces nodes persistentvolumes",
		"--api-group batch --sort-by kind -o json": `{"name":"cronjobs","singularName":"cronjob","shortNames":["cj"],"apiVersion":"batch/v1","namespaced":true,"kind":"CronJob","verbs":["get","list","watch"],"categories":["all"]}
{"name":"jobs","singularName":"job","apiVersion":"batch/v1","namespaced":true,"kind":"Job","verbs":["get","list","watch"],"categories":["all"]}`,
	} {
		out, stderr, code := run(t, src, append([]string{"api-resources"}, strings.Fields(args)...)...)
		if got := strings.Join(strings.Fields(out), " "); code != 0 || stderr != "" || got != strings.Join(strings.Fields(want), " ") {
			t.Errorf("%s: exit %d, %q\n%s", args, code, stderr, out)
		}
	}
	if _, stderr, code := run(t, src, "api-resources", "--api-group", "none"); code != exitNo || !strings.Contains(stderr, "none is like that") {
		t.Errorf("exit %d, %q", code, stderr)
	}
	if _, stderr, code := run(t, src, "api-resources", "--sort-by", "age"); code != exitUsage || !strings.Contains(stderr, "name or kind") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

// watched runs get --watch over a running store, in which something is written meanwhile.
func watched(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	src := running(labelled())
	head := src.head()
	cm := func(name, app string, mod int64, typ etcdsource.Type) etcdsource.Event {
		e := etcdsource.Event{Key: []byte("/registry/configmaps/shop/" + name), Mod: head + mod, Create: 2, Version: 2, Type: typ}
		if typ != etcdsource.Deleted {
			e.Value = fmt.Appendf(nil, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q,"namespace":"shop","labels":{"app":%q}},"data":{"n":"%d"}}`, name, app, mod)
		}
		return e
	}
	secret := etcdsource.Event{Key: []byte("/registry/secrets/shop/s"), Mod: head + 6, Type: etcdsource.Updated, Value: []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"shop"},"data":{"p":"bmV3LXZhbHVl"}}`)}
	src.batches <- etcdsource.Batch{Revision: head + 6, Events: []etcdsource.Event{cm("a", "web", 1, etcdsource.Updated), cm("n", "web", 2, etcdsource.Created), cm("b", "web", 3, etcdsource.Updated),
		cm("a", "db", 4, etcdsource.Updated), cm("n", "", 5, etcdsource.Deleted), secret}}
	close(src.batches)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	f := Funcs{Open: func(context.Context, OpenOptions) (Opened, error) { return Opened{Source: src}, nil }}
	code = Execute(ctx, append([]string{"get"}, args...), strings.NewReader(""), &out, &errs, f)
	return out.String(), errs.String(), code
}

// TestGetWatch: what there is, then each object as it is written; one that is no longer selected is gone.
func TestGetWatch(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"cm -n shop -w -o name":                                      "configmap/a configmap/b configmap/a configmap/n configmap/b configmap/a configmap/n",
		"cm -n shop --watch-only -o name":                            "configmap/a configmap/n configmap/b configmap/a configmap/n",
		"cm -n shop -w --no-headers":                                 "a 1 <unknown> b 1 <unknown> a 1 <unknown> n 1 <unknown> b 1 <unknown> a 1 <unknown> n 1 <unknown>",
		"cm -A -l app=web -w --output-watch-events -L app":           "EVENT NAMESPACE NAME DATA AGE APP ADDED shop a 1 <unknown> web MODIFIED shop a 1 <unknown> web ADDED shop n 1 <unknown> web ADDED shop b 1 <unknown> web DELETED shop a 1 <unknown> web DELETED shop n 1 <unknown> web",
		"cm a -n shop -w":                                            "NAME DATA AGE a 1 <unknown> a 1 <unknown> a 1 <unknown>",
		"cm -n shop -w -o custom-columns=N:.metadata.name,V:.data.n": "N V a 10 b 9 a 1 n 2 b 3 a 4 n 2",
		"cm,secrets -n shop --watch-only -o jsonpath={.data}{'\\n'}": `{"n":"1"} {"n":"2"} {"n":"3"} {"n":"4"} {"n":"2"} {"p":"***"}`,
		"secret/s -n shop -w --sort-by .data.p -o jsonpath={.data}":  `{"p":"***"}{"p":"***"}`,
	} {
		out, stderr, code := watched(t, strings.Fields(args)...)
		if got := strings.Join(strings.Fields(out), " "); code != 0 || stderr != "" || got != want {
			t.Errorf("%s: exit %d, %q\n%s", args, code, stderr, out)
		}
	}
	for _, f := range []string{"yaml", "json", "text", "wide"} {
		if out, stderr, _ := watched(t, "secrets", "-A", "-w", "-o", f); strings.Contains(out+stderr, "bmV3") || !strings.Contains(out, "s") {
			t.Errorf("%s shows a value: %s", f, out)
		}
	}
	for args, says := range map[string]string{"-w -o raw": "it takes text", "-w --rev 3": "begins now", "--output-watch-events": "add --watch", "-w --output-watch-events -o name": "it takes text", "-w --apply -o yaml": "it takes text"} {
		if _, stderr, code := watched(t, append([]string{"cm"}, strings.Fields(args)...)...); code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("%s: exit %d, %q", args, code, stderr)
		}
	}
	if _, stderr, code := run(t, file(labelled(), 0), "get", "cm", "-w"); code != exitUsage || !strings.Contains(stderr, "does not change; etcdscope log TYPE") {
		t.Errorf("of a file: exit %d, %q", code, stderr)
	}
}
