package kubectl

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// backup is a database that a real API server wrote: 1606 revisions of a node, a pod, Secrets and custom resources, some of
// which are encrypted.
const backup = "../../etcdsource/kms/testdata/encrypted.db.gz"

// head is its newest revision.
const head = "1606"

// serving is a running etcdscope serve.
type serving struct {
	Server, Kubeconfig, cache string
	process                   *os.Process
}

// start serves a file until the test ends.
func start(t *testing.T, args ...string) *serving {
	t.Helper()
	c := exec.Command(program(t), append([]string{"serve"}, args...)...)
	c.Stderr = t.Output()
	out, err := c.StdoutPipe()
	if err != nil || c.Start() != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Signal(os.Interrupt); _ = c.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	s := &serving{cache: t.TempDir(), process: c.Process}
	if err != nil || json.Unmarshal([]byte(line), s) != nil {
		t.Fatalf("it prints %q: %v", line, err)
	}
	return s
}

// client is the configuration of a Go client in a context of the kubeconfig.
func (s *serving) client(t *testing.T, context string) *rest.Config {
	t.Helper()
	c, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(&clientcmd.ClientConfigLoadingRules{ExplicitPath: s.Kubeconfig},
		&clientcmd.ConfigOverrides{CurrentContext: context}).ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	c.QPS = -1
	return c
}

// kubectl runs kubectl, and returns what it prints and its exit code.
func (s *serving) kubectl(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	name := os.Getenv("KUBECTL")
	if name == "" {
		t.Fatal("KUBECTL names no program: .ci/kubectl/run sets it")
	}
	c := exec.CommandContext(t.Context(), name, args...)
	c.Env = append(os.Environ(), "KUBECONFIG="+s.Kubeconfig, "KUBECACHEDIR="+s.cache, "HOME="+s.cache)
	var out, bad bytes.Buffer
	c.Stdout, c.Stderr = &out, &bad
	_ = c.Run()
	return out.String(), bad.String(), c.ProcessState.ExitCode()
}

// TestKubectl: what kubectl prints of a backup, and how what cannot be done is refused.
func TestKubectl(t *testing.T) {
	s := start(t, backup, "--rev", "1600", "--at", "begin=700")
	for _, c := range []struct {
		args, says string
		code       int
	}{
		{"get pods -A", `(?m)^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE\nvault +app +0/1 +Pending +0 +\d+s$`, 0},
		{"--context now get pods -n vault -o wide", `NOMINATED NODE +READINESS GATES\napp +0/1`, 0},
		{"--context begin get pods -A", `No resources found`, 0},
		{"get po app -n vault -o yaml", `(?s)^apiVersion: v1\nkind: Pod\nmetadata:.*name: app\n.*phase: Pending`, 0},
		{"get pod/app node/enc-node -n vault -o name", `^pod/app\nnode/enc-node\n$`, 0},
		{"get nodes -o jsonpath={.items[*].metadata.name}", `^enc-node$`, 0},
		{"get ns --show-labels", `vault +Active +\S+ +kubernetes.io/metadata.name=vault`, 0},
		{"get ns -l kubernetes.io/metadata.name=vault -o name", `^namespace/vault\n$`, 0},
		{"get ns -l kubernetes.io/metadata.name!=vault,x -o name", `^$`, 0},
		{"get pods -A --field-selector status.phase=Pending,metadata.name=app -o name", `^pod/app\n$`, 0},
		{"get pods -A --field-selector spec.nothing=x", `field label not supported: spec.nothing`, 1},
		{"get pods -A -o custom-columns=N:.metadata.name,P:.status.phase", `N +P\napp +Pending`, 0},
		{"get secrets -n vault -o yaml", `(?m)^    \w+: Kioq$`, 0},
		{"get widgets -A", `(?m)^vault +w-`, 0},
		{"get all -n vault", `pod/app`, 0},
		{"get pod none -n vault", `Error from server \(NotFound\): pods "none" not found`, 1},
		{"get things", `the server doesn't have a resource type "things"`, 1},
		{"describe pod app -n vault", `(?s)^Name: +app\nNamespace: +vault\n.*Image: +nginx:1.27\n.*Events: +<none>`, 0},
		{"describe node enc-node", `(?s)^Name: +enc-node\n.*Non-terminated Pods: +\(.*RegisteredNode`, 0},
		{"describe widgets -n vault", `(?m)^Kind: +Widget$`, 0},
		{"events -A --types=Normal", `Node/enc-node +Starting kubelet`, 0},
		{"get events -A", `(?m)^default .*Node enc-node status is now: NodeReady`, 0},
		{"api-resources", `(?m)^widgets +\S* *shop.example.com/v1 +true +Widget$`, 0},
		{"api-versions", `(?m)^apps/v1$`, 0},
		{"get --raw /version", `"gitVersion":"v1\.36\.3"`, 0},
		{"auth can-i list pods", `^yes\n`, 0},
		{"auth can-i delete pods", `^no`, 1},
		{"auth whoami", `Username +etcdscope`, 0},
		{"get --raw /readyz", `^ok`, 0},
		{"get --raw /api/v1/nodes?resourceVersion=1000&resourceVersionMatch=Exact", `"resourceVersion":"1000"`, 0},
		{"delete pod app -n vault", `nothing in it can be changed`, 1},
		{"label pod app -n vault a=b", `nothing in it can be changed`, 1},
		{"create ns x", `nothing in it can be changed`, 1},
		{"scale deployment x --replicas=2", `not found|no objects passed|nothing in it can be changed`, 1},
		{"logs app -n vault", `the logs of containers are on their nodes, not in etcd`, 1},
		{"exec app -n vault -- ls", `no running container`, 1},
		{"explain pods", `(?m)^Warning: the store has no schemas: kubectl explain needs an API server; nothing can be changed here$`, 1},
		{"top pods -A", `Metrics API not available`, 1},
	} {
		stdout, stderr, code := s.kubectl(t, strings.Fields(c.args)...)
		if code != c.code || !regexp.MustCompile(c.says).MatchString(stdout+stderr) {
			t.Errorf("kubectl %s: exit %d, want %d and %s\n%s%s", c.args, code, c.code, c.says, stdout, stderr)
		}
	}
}

// TestConfigChanged: a kubeconfig in which kubectl has changed a context is gone when serve ends.
func TestConfigChanged(t *testing.T) {
	for _, args := range [][]string{{backup}, {backup, "--kubeconfig", filepath.Join(t.TempDir(), "night.yaml")}} {
		s := start(t, args...)
		if _, stderr, code := s.kubectl(t, "config", "set-context", "--current", "--namespace", "vault"); code != 0 {
			t.Fatal(stderr)
		}
		if b, err := os.ReadFile(s.Kubeconfig); err != nil || bytes.HasPrefix(b, []byte("#")) {
			t.Errorf("kubectl has not written it: %v\n%s", err, b)
		}
		if out, stderr, code := s.kubectl(t, "get", "pods", "-o", "name"); code != 0 || out != "pod/app\n" {
			t.Errorf("exit %d: %s%s", code, out, stderr)
		}
		_ = s.process.Signal(syscall.SIGTERM)
		_, _ = s.process.Wait()
		if _, err := os.Stat(s.Kubeconfig); !os.IsNotExist(err) {
			t.Errorf("%v: it stays: %v", args, err)
		}
	}
}

// TestPaging: a list in chunks is the list.
func TestPaging(t *testing.T) {
	s := start(t, backup)
	all, _, _ := s.kubectl(t, "get", "clusterroles", "-o", "name", "--chunk-size=0")
	paged, stderr, code := s.kubectl(t, "get", "clusterroles", "-o", "name", "--chunk-size=7", "-v=8")
	if code != 0 || paged != all || strings.Count(all, "\n") < 60 {
		t.Errorf("exit %d: %d and %d lines", code, strings.Count(paged, "\n"), strings.Count(all, "\n"))
	}
	if n := strings.Count(stderr, "limit=7"); n < 9 {
		t.Errorf("%d requests with a limit", n)
	}
}

// TestSame: everything that kubectl reads of every type is what etcdscope reads of it itself.
func TestSame(t *testing.T) {
	s := start(t, backup)
	types, _, _ := s.kubectl(t, "api-resources", "-o", "name", "--verbs=list")
	names := strings.Fields(types)
	if len(names) < 50 {
		t.Fatalf("only %d types", len(names))
	}
	text, stderr, code := s.kubectl(t, "get", strings.Join(names, ","), "-A", "-o", "json", "--show-managed-fields")
	var list struct{ Items []map[string]any }
	if err := json.Unmarshal([]byte(text), &list); err != nil || code != 0 {
		t.Fatalf("exit %d: %v %s", code, err, stderr)
	}
	out, err := exec.Command(program(t), "ls", "/registry/", "--from", backup, "-o", "json").Output()
	if err != nil || len(out) == 0 {
		t.Fatalf("ls: %v", err)
	}
	kinds := map[string]int{}
	for _, it := range list.Items {
		kinds[it["kind"].(string)]++
	}
	for kind, want := range map[string]int{"ClusterRole": 69, "ClusterRoleBinding": 50, "APIService": 22, "Secret": 16, "ConfigMap": 15, "Widget": 8, "ServiceAccount": 42, "Pod": 1, "Node": 1} {
		if kinds[kind] != want {
			t.Errorf("%d of kind %s, want %d", kinds[kind], kind, want)
		}
	}
	for _, it := range list.Items {
		md := it["metadata"].(map[string]any)
		if it["apiVersion"] == "" || md["name"] == "" || md["resourceVersion"] == "" {
			t.Errorf("an object without a name or a version: %v", md)
		}
	}
}

// TestTruth: every object that kubectl reads, decrypted, is what the API server itself served at that revision. Those behind a KMS
// plugin, which does not run here, are served as metadata with the reason.
func TestTruth(t *testing.T) {
	s := start(t, backup, "--encryption-config", "../../decode/testdata/encryption.yaml", "--reveal", "--rev", "1604")
	types, _, _ := s.kubectl(t, "api-resources", "-o", "name", "--verbs=list")
	text, stderr, code := s.kubectl(t, "get", strings.Join(strings.Fields(types), ","), "-A", "-o", "json", "--show-managed-fields")
	var list struct{ Items []map[string]any }
	if err := json.Unmarshal([]byte(text), &list); err != nil || code != 0 {
		t.Fatalf("exit %d: %v %s", code, err, stderr)
	}
	got := map[string]map[string]any{}
	for _, it := range list.Items {
		got[identity(it)] = it
	}
	f, err := os.Open("../../etcdsource/kms/testdata/truth.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	same, unread := 0, 0
	for lines := json.NewDecoder(z); ; {
		var l struct{ Obj map[string]any }
		if err := lines.Decode(&l); err != nil {
			break
		}
		it := got[identity(l.Obj)]
		md, _ := it["metadata"].(map[string]any)
		notes, _ := md["annotations"].(map[string]any)
		switch {
		case notes["etcdscope.io/unreadable"] != nil:
			unread++
		case reflect.DeepEqual(it, l.Obj), it["kind"] == "CSINode": // the types of 1.37 have a status there
			same++
		default:
			t.Errorf("%s is\n%v\nwas served as\n%v", identity(l.Obj), it, l.Obj)
		}
	}
	if same < 270 || same+unread != 284 || unread == 0 {
		t.Errorf("%d are the same, %d cannot be read", same, unread)
	}
}

// identity names an object.
func identity(o map[string]any) string {
	md, _ := o["metadata"].(map[string]any)
	return fmt.Sprint(o["apiVersion"], o["kind"], md["namespace"], md["name"])
}

// TestWatchPrints: kubectl get -w prints what changes of a replay, and what is there of a frozen context.
func TestWatchPrints(t *testing.T) {
	s := start(t, backup, "--replay", "700", "--speed", "0")
	for context, want := range map[string]string{"replay": `(?s)^NAME +STATUS.*enc-node +Ready.*enc-node +Ready`, "now": `^NAME +STATUS +ROLES +AGE +VERSION\nenc-node +Ready +<none> +\S+ +v1.36.3\n$`} {
		out, stderr, _ := s.kubectl(t, "--context", context, "get", "nodes", "-w", "--request-timeout=3s")
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%s: %s%s", context, out, stderr)
		}
	}
}

// TestTables: the columns of the Tables of serve are those of the API server: names, types, formats and priorities.
func TestTables(t *testing.T) {
	objects := fixtures(t)
	seen := map[string]bool{}
	objects = slices.DeleteFunc(objects, func(o object) bool {
		name := o.kind.FullName()
		skip := seen[name] || !strings.HasPrefix(o.title, "HEAD/")
		seen[name] = seen[name] || !skip
		return skip
	})
	s := start(t, store(t, objects))
	h, err := rest.HTTPClientFor(s.client(t, "now"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, o := range objects {
		want, err := generate(o.value)
		if err != nil {
			continue
		}
		got := tableAt(t, h, s.Server, o.kind)
		if got == nil || len(got.Rows) == 0 {
			continue // it is served in no version that the fixtures have
		}
		compared++
		for i := range want.ColumnDefinitions {
			want.ColumnDefinitions[i].Description = ""
		}
		for i := range got.ColumnDefinitions {
			got.ColumnDefinitions[i].Description = ""
		}
		if w, g := fmt.Sprint(want.ColumnDefinitions), fmt.Sprint(got.ColumnDefinitions); w != g {
			t.Errorf("%s:\n%s\nwant\n%s", o.kind.FullName(), g, w)
			continue
		}
		w, _ := json.Marshal(want.Rows[0].Cells[:min(len(want.Rows[0].Cells), len(want.ColumnDefinitions))]) // some have one more
		g, _ := json.Marshal(got.Rows[0].Cells)
		if !sameCells(w, g) {
			t.Errorf("%s: cells\n%s\nwant\n%s", o.kind.FullName(), g, w)
		}
	}
	if compared < 40 {
		t.Errorf("only %d types were compared", compared)
	}
}

// sameCells compares the types of cells; the texts are compared by TestFixtures, where ages and names are cared for.
func sameCells(a, b []byte) bool {
	var x, y []any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil || len(x) != len(y) {
		return false
	}
	for i := range x {
		if fmt.Sprintf("%T", x[i]) != fmt.Sprintf("%T", y[i]) {
			return false
		}
	}
	return true
}

// tableAt asks for the Table of a type; nil where the type is not served.
func tableAt(t *testing.T, h *http.Client, server string, r kinds.Resource) *metav1.Table {
	t.Helper()
	path := "/api/" + r.Version
	if r.Group != "" {
		path = "/apis/" + r.Group + "/" + r.Version
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", server+path+"/"+r.Plural, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	resp, err := h.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	table := &metav1.Table{}
	if resp.StatusCode != 200 {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(table); err != nil {
		t.Fatalf("%s: %v", r.FullName(), err)
	}
	return table
}
