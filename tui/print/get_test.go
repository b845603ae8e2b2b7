package print

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestGetHeaders: kubectl's columns, a namespace only where there can be several, a type in front of the names only where
// there are several; revision and size only where they are asked for, and of what is no object.
func TestGetHeaders(t *testing.T) {
	for _, c := range []struct{ args, head, row string }{
		{"get po -n demo", "NAME READY STATUS RESTARTS AGE", "nginx 0/1 Running 2 11m"},
		{"get po -A", "NAMESPACE NAME READY STATUS RESTARTS AGE", "other web 0/1 Pending 0 11m"},
		{"get ns", "NAME STATUS AGE", "demo Active 11m"},
		{"get no", "NAME STATUS ROLES AGE VERSION", "node-a Ready <none> 11m"},
		{"get secrets -n demo", "NAME TYPE DATA AGE", "creds Opaque 1 11m"},
		{"get wd -n demo --rev 10", "NAME SIZE AGE", "alpha 9007199254740993 0s"},
		{"get wd -n demo --rev 10 -o wide", "NAME SIZE NOTE AGE", "alpha 9007199254740993 a␛[2Jb 0s"},
		{"get wd -n demo --rev 10 -o wide --show-stored", "NAME SIZE NOTE AGE BYTES REVISION VERSIONS MODIFIED", "alpha 9007199254740993 a␛[2Jb 0s 214 10 1 0s"},
		{"get pod/nginx -n demo --show-stored", "NAME READY STATUS RESTARTS AGE BYTES REVISION VERSIONS MODIFIED", "nginx 0/1 Running 2 11m 316 7 3 11m"},
		{"get /registry/pods/demo/nginx compact_rev_key", "NAME READY STATUS RESTARTS AGE", "pod/nginx 0/1 Running 2 11m"},
		{"get compact_rev_key two/b", "KEY BYTES REVISION", "two/b 1 16"},
		{"get /registry/pods/", "NAMESPACE NAME READY STATUS RESTARTS AGE", "demo web 0/1 Terminating 0 11m"},
	} {
		stdout, stderr, code := run(t, file(cluster(), 0), strings.Fields(c.args)...)
		lines := words(stdout)
		if code != 0 || stderr != "" || len(lines) < 2 || lines[0] != c.head || !has(lines, c.row) {
			t.Errorf("%s: exit %d, %q, want %q and %q in\n%s", c.args, code, stderr, c.head, c.row, stdout)
		}
	}
}

// TestGetNamespace: without -n a type that lives in namespaces is looked for in default, as kubectl does; -A is all of
// them, and what has no namespace needs neither.
func TestGetNamespace(t *testing.T) {
	ops := []sourcetest.Op{put("/registry/configmaps/default/a", "v1", "ConfigMap", "", ""), put("/registry/configmaps/kube-system/b", "v1", "ConfigMap", "", ""),
		put("/registry/namespaces/default", "v1", "Namespace", "", "")}
	for args, want := range map[string]string{
		"get cm":                    "configmap/a",
		"get cm -n kube-system":     "configmap/b",
		"get cm -A":                 "configmap/a configmap/b",
		"get cm b -n kube-system":   "configmap/b",
		"get configmap a":           "configmap/a",
		"get cm/a":                  "configmap/a",
		"get namespaces":            "namespace/default",
		"get -n kube-system":        "configmap/b",
		"get -n default":            "configmap/a",
		"get namespace/default":     "namespace/default",
		"get -A":                    "configmap/a configmap/b namespace/default",
		"get /registry/configmaps/": "configmap/a configmap/b",
	} {
		stdout, stderr, code := run(t, file(ops, 0), append(strings.Fields(args), "-o", "name")...)
		if got := strings.Join(strings.Fields(stdout), " "); code != 0 || got != want {
			t.Errorf("%s: exit %d, %q, want %q; it said %q", args, code, got, want, stderr)
		}
	}
}

// TestGetNames: -o name is kubectl's: singular, with the group but of the core; the key of what is no object.
func TestGetNames(t *testing.T) {
	for args, want := range map[string]string{
		"get po nginx -n demo": "pod/nginx",
		"get " + crdKey:        "customresourcedefinition.apiextensions.k8s.io/widgets.shop.example.com",
		"get wd -A --rev 10":   "widget.shop.example.com/alpha",
		"get leases -A":        "lease.coordination.k8s.io/node-a",
		"get compact_rev_key":  "compact_rev_key",
		"get " + oddKey:        `odd/\xff␛[31m`,
	} {
		stdout, _, code := run(t, file(cluster(), 0), append(strings.Fields(args), "-o", "name")...)
		if code != 0 || stdout != want+"\n" {
			t.Errorf("%s: exit %d, %q, want %q", args, code, stdout, want)
		}
	}
}

// TestGetStoredBytes: raw is what is stored, byte by byte; hex is the same in digits; fields names what is there.
func TestGetStoredBytes(t *testing.T) {
	stored := string(cluster()[5][0].Value)
	stdout, stderr, code := run(t, file(cluster(), 0), "get", podKey, "-o", "raw")
	if code != 0 || stdout != stored || stderr != "" {
		t.Errorf("raw: exit %d, %q, %q", code, stdout, stderr)
	}
	if stdout, _, _ = run(t, file(cluster(), 0), "get", oddKey, "-o", "raw"); stdout != "\x1b]0;title\a" {
		t.Errorf("raw of what no decoder knows: %q", stdout)
	}
	stdout, _, code = run(t, file(cluster(), 0), "get", podKey, "-o", "hex")
	var bytes strings.Builder
	for line := range strings.Lines(stdout) {
		for _, w := range strings.Fields(line)[1:] {
			b, err := hex.DecodeString(w)
			if err != nil || len(w)%2 != 0 {
				break
			}
			bytes.Write(b)
		}
	}
	if code != 0 || !strings.HasPrefix(bytes.String(), stored[:8]) {
		t.Errorf("hex: exit %d, %q begins\n%s", code, bytes.String(), stdout)
	}
	if stdout, _, code = run(t, file(cluster(), 0), "get", secretKey, "-o", "raw", "--reveal"); code != 0 || stdout != string(cluster()[7][0].Value) {
		t.Errorf("raw with --reveal: exit %d, %q", code, stdout)
	}
	if stdout, _, code = run(t, file(cluster(), 0), "get", "two/b", "-o", "fields"); code != 0 || stdout == "" {
		t.Errorf("fields of a foreign value: exit %d, %q", code, stdout)
	}
}

// TestGetRefusesSecrets: what cannot be masked is refused with exit code 2, and what else was named is printed.
func TestGetRefusesSecrets(t *testing.T) {
	for _, f := range []string{"raw", "hex", "fields"} {
		stdout, stderr, code := run(t, file(cluster(), 0), "get", secretKey, "compact_rev_key", "-o", f)
		if code != exitUsage || !strings.Contains(stderr, "--reveal") || stdout == "" || strings.Contains(stdout, "password") {
			t.Errorf("%s: exit %d, %q, %q", f, code, stdout, stderr)
		}
	}
	stdout, stderr, code := run(t, file(cluster(), 0), "get", secretKey, podKey, "--apply")
	if code != exitUsage || !strings.Contains(stderr, "--apply") || !strings.Contains(stdout, "kind: Pod") || strings.Contains(stdout, "Secret") {
		t.Errorf("--apply: exit %d, %q, %q", code, stdout, stderr)
	}
	if _, stderr, _ := run(t, file(cluster(), 0), "get", secretKey, secretKey, "-o", "raw"); !strings.Contains(stderr, "2 Secrets") {
		t.Errorf("they are counted: %q", stderr)
	}
}

// TestGetMasksLastApplied: what kubectl apply keeps of a Secret in an annotation is masked like the Secret itself.
func TestGetMasksLastApplied(t *testing.T) {
	ops := []sourcetest.Op{put(secretKey, "v1", "Secret", `"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"password\":\"aHVudGVyMg==\"}}"}`, `,"data":{"password":"aHVudGVyMg=="}`)}
	for _, f := range []string{"json", "yaml", "text"} {
		stdout, _, code := run(t, file(ops, 0), "get", secretKey, "-o", f)
		if code != 0 || strings.Contains(stdout, "aHVudGVyMg") || !strings.Contains(stdout, "***") {
			t.Errorf("%s: exit %d\n%s", f, code, stdout)
		}
		if stdout, _, _ := run(t, file(ops, 0), "get", secretKey, "-o", f, "--reveal"); strings.Count(stdout, "aHVudGVyMg==") != 2 {
			t.Errorf("%s --reveal:\n%s", f, stdout)
		}
	}
}

// TestGetManagedFields: they are left out until they are asked for, as kubectl does.
func TestGetManagedFields(t *testing.T) {
	meta := `"managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"v1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}]`
	src := file([]sourcetest.Op{put("/registry/configmaps/demo/c", "v1", "ConfigMap", meta, `,"data":{"a":"1"}`)}, 0)
	for _, f := range []string{"json", "yaml"} {
		without, _, _ := run(t, src, "get", "cm/c", "-n", "demo", "-o", f)
		with, _, _ := run(t, src, "get", "cm/c", "-n", "demo", "-o", f, "--show-managed-fields")
		if strings.Contains(without, "managedFields") || !strings.Contains(with, "managedFields") || !strings.Contains(with, "f:a") {
			t.Errorf("%s: without\n%s\nwith\n%s", f, without, with)
		}
	}
}

// TestGetApply: --apply leaves out what the cluster fills in, and keeps what a user wrote.
func TestGetApply(t *testing.T) {
	meta := `"generation":3,"resourceVersion":"7","labels":{"app":"web"},"finalizers":["x/y"],"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-1","uid":"gone","controller":true}]`
	src := file([]sourcetest.Op{put(podKey, "v1", "Pod", meta, `,"spec":{"nodeName":"node-a","containers":[{"name":"web","image":"nginx"}]},"status":{"phase":"Running"}`),
		put("/registry/services/specs/demo/web", "v1", "Service", "", `,"spec":{"clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],"ports":[{"port":80,"nodePort":30080}]}`)}, 0)
	stdout, stderr, code := run(t, src, "get", podKey, "/registry/services/specs/demo/web", "--apply")
	for _, gone := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "finalizers", "ownerReferences", "nodeName", "status", "clusterIP", "nodePort"} {
		if strings.Contains(stdout, gone) {
			t.Errorf("%s is kept:\n%s", gone, stdout)
		}
	}
	for _, kept := range []string{"app: web", "image: nginx", "port: 80", "namespace: demo", "\n---\n"} {
		if !strings.Contains(stdout, kept) {
			t.Errorf("%s is missing:\n%s", kept, stdout)
		}
	}
	if code != 0 || !strings.Contains(stderr, "pod/nginx: ") {
		t.Errorf("exit %d; what was left out is not said: %q", code, stderr)
	}
	stdout, _, _ = run(t, src, "get", podKey, "/registry/services/specs/demo/web", "--apply", "-o", "json")
	if list := objects(t, stdout); len(list) != 2 || list[0]["kind"] != "Pod" || list[1]["kind"] != "Service" || strings.Contains(stdout, "---") {
		t.Errorf("as JSON, one a line:\n%s", stdout)
	}
}

// TestApplyKeepsOwners: an owner that is in the output too is kept, and what that means is said; what is no object is
// left out.
func TestApplyKeepsOwners(t *testing.T) {
	owned := func(key string) sourcetest.Op {
		return put(key, "v1", "ConfigMap", `"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":"uid-a"}]`, "")
	}
	src := file([]sourcetest.Op{put("/registry/configmaps/demo/a", "v1", "ConfigMap", "", ""), owned("/registry/configmaps/demo/b"), owned("/registry/configmaps/demo/c"), sourcetest.Put("foreign", "1")}, 0)
	stdout, stderr, code := run(t, src, "get", "-n", "demo", "--apply")
	if code != 0 || strings.Count(stdout, "ownerReferences") != 2 || !strings.Contains(stderr, "2 objects name an owner") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	stdout, stderr, code = run(t, src, "get", "/registry/configmaps/demo/a", "/registry/configmaps/demo/b", "--apply")
	if code != 0 || strings.Count(stdout, "ownerReferences") != 1 || !strings.Contains(stderr, "an object names an owner") {
		t.Errorf("one: exit %d\n%s%s", code, stdout, stderr)
	}
	stdout, stderr, code = run(t, src, "get", "foreign", "--apply")
	if code != exitNo || stdout != "" || !strings.Contains(stderr, "leave out foreign") {
		t.Errorf("no object: exit %d, %q, %q", code, stdout, stderr)
	}
}

// TestGetMissing: what is there is printed, what is not makes the exit code 1, and both are named.
func TestGetMissing(t *testing.T) {
	for _, c := range []struct{ args, out, says string }{
		{"get pods nginx none -n demo -o name", "pod/nginx\n", "/registry/pods/demo/none"},
		{"get pods none never -n demo -o name", "", "/registry/pods/demo/none, /registry/pods/demo/never"},
		{"get pods -n elsewhere -o name", "", "get pods"},
		{"get -n elsewhere -o name", "", "namespace elsewhere"},
		{"get pod web -n demo --rev 16", "", "at revision 16"},
		{"get two/a", "", "add --rev 16"},
		{"get pod \x1b[2J -n demo", "", "␛[2J"},
	} {
		stdout, stderr, code := run(t, file(cluster(), 0), strings.Split(c.args, " ")...)
		if code != exitNo || stdout != c.out || !strings.Contains(stderr, c.says) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit %d, %q, %q; want %q, %q", c.args, code, stdout, stderr, c.out, c.says)
		}
	}
}

// TestGetUndecodable: a value that no decoder can read is printed as far as it is known; why is said on stderr, and the
// exit code is 0, for it is there.
func TestGetUndecodable(t *testing.T) {
	broken := file([]sourcetest.Op{put("/registry/namespaces/demo", "v1", "Namespace", "", ""), sourcetest.Put(podKey, "k8s\x00\x0a\xff\xff"), sourcetest.Put(secretKey, "k8s:enc:aescbc:v1:key1:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")}, 0)
	for _, key := range []string{podKey, secretKey} {
		for _, f := range []string{"text", "json", "yaml"} {
			stdout, stderr, code := run(t, broken, "get", key, "-o", f)
			if code != 0 || stdout == "" || !strings.HasPrefix(stderr, "etcdscope: decode "+key+": ") || strings.Count(stderr, "\n") != 1 {
				t.Errorf("%s as %s: exit %d, %q, %q", key, f, code, stdout, stderr)
			}
			if f == "json" && !json.Valid([]byte(stdout)) {
				t.Errorf("%s: no JSON: %s", key, stdout)
			}
		}
	}
	stdout, _, code := run(t, broken, "get", "pods", "-A")
	if lines := words(stdout); code != 0 || len(lines) != 2 || !strings.HasPrefix(lines[1], "demo nginx ") {
		t.Errorf("in a table: exit %d\n%s", code, stdout)
	}
}

// TestGetLivePast: of a live store, the custom resources of the asked revision are read: one that was defined later is
// not known then.
func TestGetLivePast(t *testing.T) {
	ops := append(cluster(), sourcetest.Delete(crdKey)) // 20
	if list := printed(t, running(ops), 0, "get", "wd", "-A", "--rev", "10"); len(list) != 1 || list[0]["kind"] != "Widget" {
		t.Errorf("then: %v", list)
	}
	if list := printed(t, running(ops), 0, "get", "-n", "demo", "--rev", "10"); len(list) != 3 {
		t.Errorf("all of the namespace then: %v", list)
	}
	if _, stderr, code := run(t, running(ops), "get", "wd", "-A"); code != exitNo || !strings.Contains(stderr, "get wd: there is no type or key wd; etcdscope api-resources") {
		t.Errorf("now: exit %d, %q", code, stderr)
	}
}

// TestGetCategory: a category is all types that belong to it, custom ones too; of a running store their definitions are read for it.
func TestGetCategory(t *testing.T) {
	t.Parallel()
	crd := func(plural, kind, more string) sourcetest.Op {
		return sourcetest.Put("/registry/apiextensions.k8s.io/customresourcedefinitions/"+plural+".example.com", `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"`+plural+`.example.com"},`+
			`"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"`+plural+`","kind":"`+kind+`"`+more+`},"versions":[{"name":"v1","served":true,"storage":true}]}}`)
	}
	ops := []sourcetest.Op{crd("apples", "Apple", `,"categories":["all","fruit"]`), crd("pears", "Pear", `,"categories":["fruit"]`), crd("stones", "Stone", ""),
		put("/registry/pods/default/p", "v1", "Pod", "", ""), put("/registry/configmaps/default/c", "v1", "ConfigMap", "", ""),
		put("/registry/example.com/apples/default/a", "example.com/v1", "Apple", "", ""), put("/registry/example.com/pears/default/b", "example.com/v1", "Pear", "", ""), put("/registry/example.com/stones/default/s", "example.com/v1", "Stone", "", "")}
	for args, want := range map[string]string{
		"get all":            "pod/p apples.example.com/a",
		"get fruit":          "apples.example.com/a pears.example.com/b",
		"get cm,fruit":       "configmap/c apples.example.com/a pears.example.com/b",
		"get api-extensions": "customresourcedefinition.apiextensions.k8s.io/apples.example.com customresourcedefinition.apiextensions.k8s.io/pears.example.com customresourcedefinition.apiextensions.k8s.io/stones.example.com",
	} {
		for name, src := range map[string]etcdsource.Source{"file": file(ops, 0), "running": running(ops)} {
			stdout, stderr, code := run(t, src, append(strings.Fields(args), "-o", "name")...)
			if got := strings.Join(strings.Fields(stdout), " "); code != 0 || got != want {
				t.Errorf("%s, %s: exit %d, %q, want %q; it said %q", name, args, code, got, want, stderr)
			}
		}
	}
}

// TestUnknownType: a type that is not known is named, with the nearest one.
func TestUnknownType(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"get podz":                  "get podz: there is no type or key podz; did you mean pods? etcdscope api-resources lists the types",
		"get podz web -n demo":      "get podz, web: there is no type or key podz; did you mean pods?",
		"get deploymet/web":         "did you mean deployment?",
		"get deploy,zzzz -n demo":   "there is no type or key zzzz; etcdscope api-resources",
		"get zzzz -A":               "get zzzz: there is no type or key zzzz; etcdscope api-resources",
		"describe podz":             "describe podz: there is no type or key podz; did you mean pods?",
		"get pod none -n demo":      "no such key",
		"get /registry/podz/demo/x": "no such key",
	} {
		if _, stderr, code := run(t, file(cluster(), 0), strings.Fields(args)...); code != exitNo || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %q", args, code, stderr)
		}
	}
}

// TestCount: a number of things as people write it.
func TestCount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n          int
		what, want string
	}{{0, "Secret", "0 Secrets"}, {1, "Secret", "a Secret"}, {1, "object", "an object"}, {2, "object", "2 objects"}, {1, "Kubernetes root", "a Kubernetes root"}} {
		if got := count(c.n, c.what); got != c.want {
			t.Errorf("%d %s: %q, want %q", c.n, c.what, got, c.want)
		}
	}
}

// TestKnowing: of two sources, the newer one names an object if it can, for its definitions may be newer.
func TestKnowing(t *testing.T) {
	older, newer := file(cluster(), 0), file(cluster()[1:2], 0)
	for _, c := range []struct {
		from, to etcdsource.Source
		key      string
	}{{older, newer, "widget"}, {newer, older, "widget"}} {
		a, b := opened(t, c.from), opened(t, c.to)
		ref, ok := knowing(a, b, []byte(widgetKey)).locate([]byte(widgetKey))
		if !ok || ref.Singular != c.key {
			t.Errorf("%+v, %v", ref, ok)
		}
	}
}

// opened is a source as commands have it.
func opened(t *testing.T, src etcdsource.Source) *store {
	t.Helper()
	a := &app{stderr: t.Output(), stdin: strings.NewReader(""), out: newOut(t.Output())}
	s, err := appOver(a, src).openWith(t.Context(), OpenOptions{Path: "x.db"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestGetTableOfOne: one object that is named by its type is a row of a table where a flag asks for one, as in kubectl.
func TestGetTableOfOne(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{"-o wide": "NAME ", "--no-headers": "nginx ", "--sort-by .metadata.name": "NAME ", "": "apiVersion:", "-o yaml --sort-by .metadata.name": "apiVersion:"} {
		stdout, stderr, code := run(t, file(cluster(), 0), append(strings.Fields("get pod nginx -n demo"), strings.Fields(args)...)...)
		if code != 0 || !strings.HasPrefix(stdout, want) {
			t.Errorf("%q: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
}

// TestGetFlagsOfKubectl: flags that change nothing here are taken; with --ignore-not-found nothing is printed of what is not there.
func TestGetFlagsOfKubectl(t *testing.T) {
	t.Parallel()
	want, _, _ := run(t, file(cluster(), 0), strings.Fields("get pods -A")...)
	for _, flags := range []string{"--chunk-size=500", "--chunk-size 0", "--server-print=false", "--ignore-not-found"} {
		if stdout, stderr, code := run(t, file(cluster(), 0), append(strings.Fields("get pods -A"), strings.Fields(flags)...)...); code != 0 || stdout != want {
			t.Errorf("%s: exit %d, %q, %q", flags, code, stdout, stderr)
		}
	}
	for _, args := range []string{"get pod nothing -n demo", "get pods -n nothing"} {
		if stdout, stderr, code := run(t, file(cluster(), 0), append(strings.Fields(args), "--ignore-not-found")...); code != 0 || stdout+stderr != "" {
			t.Errorf("%s: exit %d, %q, %q", args, code, stdout, stderr)
		}
		if _, _, code := run(t, file(cluster(), 0), strings.Fields(args)...); code != exitNo {
			t.Errorf("%s: exit %d", args, code)
		}
	}
}
