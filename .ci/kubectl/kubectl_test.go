package kubectl

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// program is the program that is tested.
func program(t *testing.T) string {
	t.Helper()
	p := os.Getenv("ETCDSCOPE")
	if p == "" {
		t.Fatal("ETCDSCOPE names no program: .ci/kubectl/run sets it")
	}
	return p
}

// object is a stored object and where it is stored.
type object struct {
	kind  kinds.Resource
	title string
	value []byte
}

// fixtures are the objects of all kinds that k8s.io/api has for its releases, with every field filled.
func fixtures(t *testing.T) (out []object) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/api").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "testdata", "*", "*.pb"))
	for _, f := range files {
		v, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		js, err := os.ReadFile(strings.TrimSuffix(f, ".pb") + ".json")
		if err != nil {
			continue
		}
		var head struct{ APIVersion, Kind string }
		if err := json.Unmarshal(js, &head); err != nil {
			t.Fatal(err)
		}
		r, ok := resource(head.APIVersion, head.Kind)
		if !ok {
			continue
		}
		title := filepath.Base(filepath.Dir(f)) + "/" + strings.TrimSuffix(filepath.Base(f), ".pb")
		out = append(out, object{r, title, v}, object{r, title + ".json", js})
	}
	if len(out) < 500 {
		t.Fatalf("only %d fixtures", len(out))
	}
	return out
}

// resource finds where objects of a kind are stored: those of extensions with those of their later groups.
func resource(apiVersion, kind string) (kinds.Resource, bool) {
	group, _, two := strings.Cut(apiVersion, "/")
	if !two {
		group = ""
	}
	for _, r := range kinds.Builtin().All() {
		if r.Kind == kind && (r.Group == group || group == "extensions" && (r.Group == "apps" || r.Group == "networking.k8s.io") || group == "events.k8s.io" && kind == "Event") {
			return r, true
		}
	}
	return kinds.Resource{}, false
}

// store writes objects into a database of etcd, each in a namespace of its own where its kind has namespaces, and a lease that
// was renewed now: it is the clock of the file.
func store(t *testing.T, objects []object) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	lease := fmt.Sprintf(`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"beat","namespace":"kube-system"},"spec":{"renewTime":%q}}`, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"))
	err = db.Update(func(tx *bolt.Tx) error {
		for _, b := range []string{"meta", "members", "members_removed", "cluster", "lease", "alarm", "auth", "authUsers", "authRoles"} {
			if _, err := tx.CreateBucketIfNotExists([]byte(b)); err != nil {
				return err
			}
		}
		keys, err := tx.CreateBucketIfNotExists([]byte("key"))
		if err != nil {
			return err
		}
		put := func(rev int, key string, value []byte) error {
			b, err := proto.Marshal(&mvccpb.KeyValue{Key: []byte(key), Value: value, CreateRevision: int64(rev), ModRevision: int64(rev), Version: 1})
			if err != nil {
				return err
			}
			k := binary.BigEndian.AppendUint64(nil, uint64(rev))
			return keys.Put(binary.BigEndian.AppendUint64(append(k, '_'), 0), b)
		}
		if err := put(2, "/registry/leases/kube-system/beat", []byte(lease)); err != nil {
			return err
		}
		for i, o := range objects {
			if err := put(3+i, "/registry/"+o.kind.Prefix+place(o, i), o.value); err != nil {
				return err
			}
		}
		index := binary.BigEndian.AppendUint64(nil, uint64(len(objects)+10))
		return tx.Bucket([]byte("meta")).Put([]byte("consistent_index"), index)
	})
	if err != nil || db.Close() != nil {
		t.Fatal(err)
	}
	return path
}

func place(o object, i int) string {
	if o.kind.Namespaced {
		return fmt.Sprintf("n%05d/x%05d", i, i)
	}
	return fmt.Sprintf("x%05d", i)
}

var gap = regexp.MustCompile(`\S(?: ?\S+)*`)

// rows are what the program prints of a kind: the cells of each row by what its place names it.
func rows(t *testing.T, db string, r kinds.Resource, wide bool) (heads []string, out [][]string) {
	t.Helper()
	args := []string{"get", r.FullName(), "-A", "--from", db}
	if wide {
		args = append(args, "-o", "wide")
	}
	cmd := exec.Command(program(t), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v %s", args, err, stderr.String())
	}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	at := gap.FindAllStringIndex(lines[0], -1)
	for n, line := range lines {
		var cells []string
		text := []rune(line)
		for i, p := range at {
			end := len(text)
			if i+1 < len(at) {
				end = min(end, at[i+1][0])
			}
			cells = append(cells, strings.TrimRight(string(text[min(p[0], end):end]), " "))
		}
		if n == 0 {
			heads = cells
			continue
		}
		out = append(out, cells)
	}
	return heads, out
}

// compare holds what the program prints of objects against what the API server would.
func compare(t *testing.T, objects []object) (compared int) {
	t.Helper()
	db := store(t, objects)
	by := map[string][]int{}
	for i, o := range objects {
		by[o.kind.FullName()] = append(by[o.kind.FullName()], i)
	}
	wrong := 0
	for _, wide := range []bool{false, true} {
		for _, list := range by {
			r := objects[list[0]].kind
			heads, got := rows(t, db, r, wide)
			if r.Kind == "Lease" {
				got = slices.DeleteFunc(got, func(c []string) bool { return slices.Contains(c, "beat") })
			}
			if len(got) != len(list) {
				t.Fatalf("%s: %d rows for %d objects", r.Kind, len(got), len(list))
			}
			for n, i := range list { // keys are in the order of their numbers
				want, err := serve(objects[i].value, wide)
				if err != nil {
					continue
				}
				compared++
				if s := differ(r, heads, got[n], want, fmt.Sprintf("x%05d", i)); s != "" {
					if wrong++; wrong < 40 {
						t.Errorf("wide=%t: %s\n%s", wide, s, objects[i].title)
					}
				}
			}
		}
	}
	return compared
}

// differ names the first cell that differs. Names are those of the keys; NAMESPACE is the program's own.
func differ(r kinds.Resource, heads, cells []string, want table, name string) string {
	if len(heads) > 0 && heads[0] == "NAMESPACE" {
		heads, cells = heads[1:], cells[1:]
	}
	if !slices.Equal(heads, want.heads) {
		return fmt.Sprintf("headings %q, want %q", heads, want.heads)
	}
	for i := range want.heads {
		w, g := strings.TrimRight(oneLine(want.cells[i]), " "), cells[i]
		if want.heads[i] == "NAME" && r.Kind != "Event" {
			mark := ""
			if _, m, ok := strings.Cut(w, " ("); ok {
				mark = " (" + m
			}
			w = name + mark
			if strings.HasSuffix(g, " (default)") && r.Kind == "StorageClass" {
				continue // of a list, not of each
			}
		}
		if want.heads[i] == "CLUSTER-IP" && w == "<none>" {
			continue // of before there were several addresses: the registry of services fills them in on reading
		}
		if g != w && !strings.HasPrefix(w, "  ") {
			return fmt.Sprintf("%s is %q, want %q", want.heads[i], g, w)
		}
	}
	return ""
}

func oneLine(s string) string { return strings.NewReplacer("\n", " ", "\t", " ").Replace(s) }

// TestFixtures: the tables of every kind, over the fixtures of all releases, as protobuf and as JSON.
func TestFixtures(t *testing.T) {
	objects := fixtures(t)
	n := compare(t, objects)
	t.Logf("%d rows of %d objects", n, len(objects))
	if n < 800 {
		t.Errorf("only %d rows were compared", n)
	}
}

// TestVariations: the same over objects of which random parts were left out, repeated or changed, with a fixed seed.
func TestVariations(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var objects []object
	for _, o := range fixtures(t) {
		if !strings.HasPrefix(o.title, "HEAD/") || !strings.HasSuffix(o.title, ".json") {
			continue
		}
		for v := range variations() {
			var tree map[string]any
			if err := json.Unmarshal(o.value, &tree); err != nil {
				t.Fatal(err)
			}
			vary(r, tree, 0)
			b, err := json.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := serve(b, true); err != nil {
				continue // what no API server stores
			}
			objects = append(objects, object{o.kind, fmt.Sprintf("%s variation %d %s", o.title, v, b), b})
		}
	}
	n := compare(t, objects)
	t.Logf("%d rows of %d objects", n, len(objects))
	if n < 1000 {
		t.Errorf("only %d rows were compared", n)
	}
}

// variations is how many of each fixture are made.
func variations() int {
	if n, err := strconv.Atoi(os.Getenv("VARIATIONS")); err == nil {
		return n
	}
	return 12
}

// words are values that fields with a few possible ones have.
var words = map[string][]string{
	"phase": {"Running", "Pending", "Failed", "Succeeded", "Bound", "Active"}, "reason": {"", "", "Completed", "CrashLoopBackOff", "PodInitializing", "NodeLost", "SchedulingGated", "Error"},
	"restartPolicy": {"Always", "Never"}, "status": {"True", "False", "Unknown"}, "protocol": {"TCP", "UDP"},
	"state": {"Active", "Completed", "Canceled", "Interrupted", "Inactive"}, "intent": {"Withdrawn", "Eviction"},
	"type": {"Ready", "Initialized", "PodScheduled", "Complete", "Failed", "Approved", "Denied", "Issued", "Dangling", "Suspended", "Running", "Succeeded", "TargetEvicted", "DisruptionTarget",
		"PodGroupInitiallyScheduled", "InternalIP", "ExternalIP", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "Resource", "Pods", "Object", "External", "ContainerResource"},
}

func vary(r *rand.Rand, v any, depth int) any {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range keysOf(x) {
			if depth == 0 && (k == "apiVersion" || k == "kind") || depth == 1 && k == "creationTimestamp" {
				continue
			}
			if r.Intn(6) == 0 && depth > 0 || k == "deletionTimestamp" && r.Intn(2) == 0 {
				delete(x, k)
				continue
			}
			if w := words[k]; w != nil && r.Intn(3) > 0 {
				if _, ok := x[k].(string); ok {
					x[k] = w[r.Intn(len(w))]
					continue
				}
			}
			x[k] = vary(r, x[k], depth+1)
		}
	case []any:
		n := len(x)
		for range r.Intn(4) {
			if n == 0 {
				break
			}
			b, _ := json.Marshal(x[r.Intn(n)])
			var copied any
			_ = json.Unmarshal(b, &copied)
			x = append(x, vary(r, copied, depth+1))
		}
		for i := range x {
			x[i] = vary(r, x[i], depth+1)
		}
		return x
	case bool:
		return r.Intn(2) == 0
	case float64:
		if r.Intn(2) == 0 {
			return float64(r.Intn(4))
		}
	}
	return v
}

func keysOf(m map[string]any) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
