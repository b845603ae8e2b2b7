package rescue

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/diff"
)

// stored reads the values of a real cluster as they were stored.
func stored(t *testing.T, name string) (objects []*decode.Object) {
	t.Helper()
	config, err := os.ReadFile(filepath.Join("testdata", "encryption.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	keyring, err := crypt.Parse(config)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join("testdata", name+".jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dec, lines := decode.New(decode.Options{Keyring: keyring}), bufio.NewScanner(z)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var l struct {
			Key   string
			Mod   int64
			Value []byte
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, dec.Object([]byte(l.Key), l.Value, l.Mod))
	}
	return objects
}

// byNamespace are the objects of each namespace, the Namespace first, as rescue -n finds them.
func byNamespace(objects []*decode.Object) map[string][]*decode.Object {
	out := map[string][]*decode.Object{}
	for _, o := range objects {
		if o.Kind == "Namespace" {
			out[o.Name] = append([]*decode.Object{o}, out[o.Name]...)
		} else if o.Namespace != "" {
			out[o.Namespace] = append(out[o.Namespace], o)
		}
	}
	return out
}

// never are paths, or parts of them, that no object may have when it is applied, by kind; "" for all.
var never = map[string][]string{
	"": {".status", ".metadata.uid", ".metadata.resourceVersion", ".metadata.generation", ".metadata.managedFields", ".metadata.selfLink", "creationTimestamp",
		".metadata.deletion", ".metadata.finalizers", "last-applied-configuration", "bind-completed", "bound-by-controller", ".spec.volumeName"},
	"Pod": {".spec.nodeName", ".spec.priority", ".spec.preemptionPolicy", "kube-api-access-", ".spec.ephemeralContainers", "pod-template-hash", "controller-revision-hash",
		"controller-uid", "job-name", "limit-ranger"},
	"Service": {".spec.clusterIP", "nodePort", ".spec.healthCheckNodePort"}, "Job": {"controller-uid", ".spec.selector", "job-name"}, "Namespace": {".spec"},
	"Deployment": {"deployment.kubernetes.io/"}, "DaemonSet": {"deprecated.daemonset"},
}

// forbidden returns the paths of a tree that must not be there.
func forbidden(a *Applied) (out []string) {
	for _, l := range diff.Leaves(a.Tree, diff.Lists{}) {
		for _, f := range append(slices.Clone(never[""]), never[a.Kind]...) {
			top := strings.HasPrefix(f, ".")
			if priority := f == ".spec.priority" && strings.HasPrefix(l.Path, ".spec.priorityClassName"); priority || f == ".spec.clusterIP" && l.Value == "None" {
				continue
			}
			if top && strings.HasPrefix(l.Path, f) || !top && strings.Contains(l.Path, f) {
				out = append(out, l.Path)
			}
		}
	}
	return out
}

// TestEveryNamespace: of each namespace of two real clusters, every object is printed or left out for a reason; what is
// printed decodes strictly, has nothing that the cluster filled in, and names no owner.
func TestEveryNamespace(t *testing.T) {
	t.Parallel()
	strict := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	documents, namespaces := 0, 0
	for _, cluster := range []string{"lifecycle", "encrypted"} {
		for ns, objects := range byNamespace(stored(t, cluster)) {
			namespaces++
			kept, left := Leave(objects, nil, Rules{})
			if len(kept)+len(left) != len(objects) {
				t.Errorf("%s %s: %d objects, %d kept, %d left out", cluster, ns, len(objects), len(kept), len(left))
			}
			for _, a := range Apply(kept, decode.View{Reveal: true}, Makes) {
				if a.Tree == nil {
					if a.Problem == "" {
						t.Errorf("%s %s: not printed, and no problem is said", cluster, a.Key)
					}
					continue
				}
				documents++
				if bad := forbidden(&a); bad != nil || a.Owned {
					t.Errorf("%s %s still has %q", cluster, a.Key, bad)
				}
				text := []byte(decode.PlainText(decode.YAML(a.Tree)))
				if !strings.Contains(a.APIVersion, "example.com") {
					if _, _, err := strict.Decode(text, nil, nil); err != nil {
						t.Errorf("%s %s: %v", cluster, a.Key, err)
					}
				}
			}
		}
	}
	if documents < 150 || namespaces < 11 {
		t.Errorf("only %d documents of %d namespaces", documents, namespaces)
	}
}

// TestWhatComesBack: what an administrator would apply of a namespace, object by object.
func TestWhatComesBack(t *testing.T) {
	t.Parallel()
	for ns, want := range map[string]string{
		"demo": "Namespace/demo ConfigMap/app-config ConfigMap/app-config2 ConfigMap/binary ConfigMap/by-carol CronJob/tick DaemonSet/agent Deployment/web " +
			"HorizontalPodAutoscaler/web Ingress/web LimitRange/defaults NetworkPolicy/web-allow PersistentVolumeClaim/data-db-0 PersistentVolumeClaim/data-db-1 " +
			"PodDisruptionBudget/web Pod/big Pod/crash ResourceClaimTemplate/one-gpu ResourceQuota/compute RoleBinding/alice-edit Secret/db-cred Secret/payments " +
			"Secret/pull Secret/web-tls ServiceAccount/builder ServiceAccount/default Service/db Service/web Widget/alpha Widget/beta Widget/delta StatefulSet/db",
		"doomed": "Namespace/doomed ConfigMap/held Widget/orphan",
	} {
		kept, _ := Leave(byNamespace(stored(t, "lifecycle"))[ns], nil, Rules{})
		got := make([]string, len(kept))
		for i, o := range kept {
			got[i] = o.Kind + "/" + o.Name
		}
		w := strings.Fields(want)
		slices.Sort(w)
		slices.Sort(got)
		if !slices.Equal(got, w) {
			t.Errorf("%s:\n got %s\nwant %s", ns, got, w)
		}
	}
}
